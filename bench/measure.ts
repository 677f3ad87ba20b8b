/** Both sides in turn, round by round, so that whatever else the machine does hits both. */
import type { Place, Side } from "./shop.js"

export interface Operation {
  readonly name: string
  /** Operations in a round. */
  readonly count: number
  /** Made before each round, outside the measured time: what each of its operations will do. */
  readonly prepare: (side: Side, count: number) => Task | Promise<Task>
  /** How many are at it at once; as many as the store's other operations have unless said otherwise. */
  readonly clients?: number
  /** How many rounds, and none before them, where one takes long enough. */
  readonly rounds?: number
  /** How many items one operation stands for; 1 unless said otherwise. */
  readonly items?: number
}

export type Task = (i: number) => unknown

export interface Result {
  readonly store: Place["store"]
  readonly operation: string
  readonly statements: Pair
  readonly perSecond: Pair
  /** Median of the rounds' ratios, ours to the hand-written. */
  readonly ratio: number
  /** Median milliseconds of an operation that is alone. */
  readonly alone: Pair
}

export interface Pair {
  readonly ours: number
  readonly hand: number
}

export const measure = async (place: Place, operation: Operation, rounds: number): Promise<Result> => {
  const { ours, hand, store, clients, statements } = place
  const { name, count, prepare, items = 1 } = operation
  const atOnce = operation.clients ?? clients
  const round = async (side: Side) => (items * count) / (await seconds(await prepare(side, count), count, atOnce))
  const both = async <A>(one: (side: Side) => Promise<A>) => ({ ours: await one(ours), hand: await one(hand) })

  progress(`${store}: ${name}`)
  if (operation.rounds === undefined) await both((side) => round(side))
  const rates: Array<Pair> = []
  for (let i = 0; i < Math.min(rounds, operation.rounds ?? rounds); i++) {
    rates.push(await both(round))
  }
  const few = Math.min(count, 100)
  const alone = await both(async (side) => latency(await prepare(side, few), few))
  const counted = await both(async (side) => {
    const task = await prepare(side, few)
    return (await statements(() => seconds(task, few, 1))) / few
  })
  return {
    store,
    operation: name,
    statements: counted,
    perSecond: { ours: median(rates.map(({ ours }) => ours)), hand: median(rates.map(({ hand }) => hand)) },
    ratio: median(rates.map(({ ours, hand }) => ours / hand)),
    alone
  }
}

/** On a terminal one line that is written over. */
export const progress = (text: string): void => {
  process.stderr.write(process.stderr.isTTY ? `${text.padEnd(100)}\r` : `${text}\n`)
}

export const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** The time that `count` calls of a task take with so many under way at once. */
export const seconds = async (task: Task, count: number, clients: number): Promise<number> => {
  let next = 0
  const client = async () => {
    while (next < count) await task(next++)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  return (performance.now() - start) / 1000
}

// internal

const latency = async (task: Task, count: number): Promise<number> => {
  const times: Array<number> = []
  for (let i = 0; i < count; i++) times.push((await seconds(() => task(i), 1, 1)) * 1000)
  return median(times)
}
