/** One database and one provider, and the lives that come and go on them. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PaymentProvider } from "../../src/testing/provider/index.js"
import { freshDatabase } from "../support/postgres.js"
import { between } from "./Clocks.js"
import { type Finding, judge, judgeAll } from "./Judge.js"
import { begin, type End } from "./Life.js"
import type { Place, Restart, Spec, Work } from "./Messages.js"
import type { Passed } from "./Steps.js"
import * as Truth from "./Truth.js"
import { World } from "./World.js"

export interface Options {
  readonly dialect: Place["dialect"]
  /** The program of the lives. */
  readonly worker: string
  /** Where databases are made. */
  readonly postgresUrl: string
  /** So many turns at most: time has to pass between them. */
  readonly turns: number
}

/** What is to become of a life once it works. */
export interface Fate {
  readonly work: Work
  /** The step at which it kills itself. */
  readonly killAt?: string
  /** Milliseconds after which it is killed. */
  readonly killAfter?: number
}

export interface Surroundings {
  /** How many books the shop puts on sale first, for all. */
  readonly shelves?: number
  /** The seed of the provider's troubles; none unless said. */
  readonly trouble?: number
}

export interface Tally {
  kills: number
  acknowledged: number
  readonly findings: Array<Finding & { readonly after: string }>
}

export const open = async ({ dialect, worker, postgresUrl, turns }: Options) => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-crash-"))
  const database =
    dialect === "postgres"
      ? await freshDatabase(postgresUrl)
      : { url: join(directory, "store.db"), drop: async () => {} }
  const provider = await PaymentProvider.start({ ledger: join(directory, "ledger.jsonl") })
  const place: Place = { dialect, at: database.url }
  const handled = join(directory, "handled.jsonl")
  const tally: Tally = { kills: 0, acknowledged: 0, findings: [] }
  const worlds: Array<World> = []
  let truth: Truth.Truth | null = null
  let turn = 0
  let last = { world: new World(), name: "the beginning" }

  const clock = () => (turn - turns) * between

  const spec = (name: string, work: Work, alone: boolean): Spec => ({
    place,
    provider: { url: provider.url, secretKey: provider.secretKey },
    clock: clock(),
    name,
    handled,
    again: [],
    alone,
    work
  })

  /** Each once: what is wrong stays so. */
  const found = (findings: ReadonlyArray<Finding>, after = last.name) => {
    for (const finding of findings) {
      if (!tally.findings.some(({ what }) => what === finding.what)) tally.findings.push({ ...finding, after })
    }
  }

  /** The lives that ended before are judged once those that come after them have put things in order. */
  const restarted = async (restarts: ReadonlyArray<Restart>) => {
    for (const { leftOpen, violations, again } of restarts) {
      if (leftOpen > 0) found([{ kind: "wrong", what: `a second recovery found ${leftOpen} open` }])
      found(violations.map((what) => ({ kind: "wrong", what: `audit after restart: ${what}` })))
      last.world.repeated(again)
    }
    truth ??= Truth.open(place, provider, handled)
    found(await judge(last.world, truth))
    return truth
  }

  const buried = async (name: string, world: World, fates: ReadonlyArray<Fate>, ends: ReadonlyArray<End>) => {
    for (const [i, { messages, killed, log }] of ends.entries()) {
      if (killed) tally.kills++
      world.take(messages)
      const broken = messages.find(({ say }) => say === "broken")
      if (broken?.say === "broken") found([{ kind: "wrong", what: `a worker broke: ${broken.why} ${log}` }], name)
      else if (!killed && fates[i]?.killAt !== undefined)
        found([{ kind: "wrong", what: "the step is not come by" }], name)
    }
    tally.acknowledged += world.acknowledged
    await truth?.settled()
    world.charged = truth === null ? [] : await chargedOf(truth, world)
    worlds.push(world)
    last = { world, name }
  }

  const abandon = async () => {
    await truth?.close()
    await provider.stop()
    await database.drop()
    rmSync(directory, { recursive: true, force: true })
  }

  return {
    tally,

    /** Lives begin, put in order what was left, are judged by it, and work until they end. */
    turn: async (
      name: string,
      fates: (books: ReadonlyArray<string>) => ReadonlyArray<Fate>,
      { shelves = 0, trouble }: Surroundings = {}
    ) => {
      turn++
      const world = new World()
      const all = fates(truth === null ? [] : await stocked(world, truth, name, { shelves, clock: clock() }))
      const lives = all.map(({ work, killAt }, i) =>
        begin(
          worker,
          { ...spec(`${name} ${i}`, work, all.length === 1), again: i === 0 ? last.world.keyed : [] },
          killAt
        )
      )
      await restarted(await Promise.all(lives.map(({ ready }) => ready)))
      if (trouble !== undefined) await provider.set({ seed: trouble, weights: PaymentProvider.troubles })
      const ends = lives.map(async ({ go, kill, end }, i) => {
        go()
        const killAfter = all[i]?.killAfter
        const timer = killAfter === undefined ? undefined : setTimeout(kill, killAfter)
        return end.finally(() => clearTimeout(timer))
      })
      const ended = await Promise.all(ends)
      if (trouble !== undefined) await provider.set({ weights: {} })
      // A life of several scenarios takes as many times as long.
      turn += Math.max(...all.map(({ work }) => (work.kind === "scenarios" ? work.names.length - 1 : 0)))
      await buried(name, world, all, ended)
      return ended.flatMap(({ messages }) => messages)
    },

    /** Lives begin, and are killed while they put things in order. */
    falseStart: async (name: string, killAfter: ReadonlyArray<number>) => {
      turn++
      const lives = killAfter.map((_, i) => begin(worker, spec(`${name} ${i}`, { kind: "none" }, false)))
      const ends = lives.map(({ kill, end }, i) => {
        const timer = setTimeout(kill, killAfter[i])
        return end.finally(() => clearTimeout(timer))
      })
      tally.kills += (await Promise.all(ends)).filter(({ killed }) => killed).length
      await truth?.settled()
    },

    /** A last life puts things in order, and all is judged once more. */
    close: async () => {
      try {
        turn++
        const life = begin(worker, { ...spec("the end", { kind: "none" }, true), again: last.world.keyed })
        const now = await restarted([await life.ready])
        life.go()
        await life.end
        found(await judgeAll(now), "everything")
        for (const world of worlds) found(await judge(world, now), "everything")
      } finally {
        await abandon()
      }
    },

    abandon
  }
}

export type Era = Awaited<ReturnType<typeof open>>

/** The steps of each scenario, as the lives told them. */
export const passed = (messages: Awaited<ReturnType<Era["turn"]>>): ReadonlyMap<string, ReadonlyArray<Passed>> =>
  new Map(messages.flatMap((message) => (message.say === "passed" ? [[message.scenario, message.steps]] : [])))

// internal

const chargedOf = async (truth: Truth.Truth, world: World) => {
  const waiting = (await truth.customers(world.customers)).flatMap(({ orders }) =>
    orders.filter(({ status }) => status === "pending_payment")
  )
  if (waiting.length === 0) return []
  const ledger = truth.ledger()
  return waiting.flatMap(({ id }) => (ledger.capturesOf(id) > 0 ? [id] : []))
}

/** The shop's own calls are part of the world. */
const stocked = async (
  world: World,
  truth: Truth.Truth,
  name: string,
  { shelves, clock }: { readonly shelves: number; readonly clock: number }
) => {
  const ids: Array<string> = []
  for (let shelf = 0; shelf < shelves; shelf++) {
    const id = await truth.stock(`${name} book ${shelf}`, copies, clock)
    world.calls.push({ request: { do: "change_stock", book: id, delta: copies }, answer: { tag: "Done", id } })
    ids.push(id)
  }
  return ids
}

const copies = 12
