import { type ChildProcess, fork } from "node:child_process"
import { setTimeout } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { bundle } from "../support/bundle.js"
import { onDatabases, rounds, type Warehouse } from "./warehouse.js"
import type { Order, Spec, Told } from "./worker.js"

/** Of a claim of the process that is stopped; those of the servers are not over before the test is. */
const seconds = 2

let program: Awaited<ReturnType<typeof bundle>>
beforeAll(async () => {
  program = await bundle("test/http/worker.ts")
})
afterAll(() => program.remove())

const processes = new Set<ChildProcess>()
afterEach(() => {
  for (const child of processes) child.kill("SIGKILL")
  processes.clear()
})

/** A process of a worker's that is ready for work. */
const hire = async (spec: Omit<Spec, "seconds">) => {
  const child = fork(program.path, [JSON.stringify({ ...spec, seconds } satisfies Spec)], { execArgv: [] })
  processes.add(child)
  const told: Array<Told> = []
  let heard = () => {}
  child.on("message", (message: Told) => {
    told.push(message)
    heard()
  })
  const next = async (): Promise<Told> => {
    while (told.length === 0) {
      await new Promise<void>((resolve, reject) => {
        heard = resolve
        child.once("exit", (code, signal) => reject(new Error(`the worker has ended: ${code ?? signal}`)))
      })
    }
    return told.shift() as Told
  }
  await next()
  return {
    order: (order: Order) => void child.send(order),
    next,
    results: async () => {
      const answer = await next()
      return "results" in answer ? answer.results : []
    },
    isSilent: () => told.length === 0,
    stop: () => void child.kill("SIGSTOP"),
    goOn: () => void child.kill("SIGCONT")
  }
}

const kinds = async (view: Warehouse["view"], order: string) =>
  (await view(order)).history.map(
    ({ kind, worker, epoch }: { kind: string; worker: string; epoch: number }) => `${worker} ${kind} ${epoch}`
  )

onDatabases((warehouse, place) => {
  const { does, paid, view } = warehouse
  const several = async (count: number) => {
    const orders: Array<string> = []
    for (let i = 0; i < count; i++) orders.push(await paid())
    return orders
  }

  it(
    "refuses a worker who was stopped past the end of his claims whatever he writes",
    async () => {
      const asleep = await hire({ ...place(), worker: "asleep" })
      for (let round = 0; round < Math.ceil(rounds / 10); round++) {
        const [left, held, gone, retaken] = [await several(5), await several(5), await several(5), await several(5)]
        const orders = [...left, ...held, ...gone, ...retaken]
        asleep.order({ command: "take", orders })
        expect(await asleep.results()).toEqual(orders.map(() => "done"))
        asleep.stop()
        asleep.order({ command: "complete", orders, epoch: 1 })
        await setTimeout(seconds * 1000 + 200)
        for (const order of [...held, ...gone]) expect((await does("awake", "take", order)).status).toBe(200)
        for (const order of retaken) expect((await does("asleep", "take", order)).status).toBe(200)
        for (const order of gone) expect((await does("awake", "complete", order)).status).toBe(200)
        expect(asleep.isSilent()).toBe(true)
        asleep.goOn()

        const refused = [
          ...left.map(() => "ClaimLapsed"),
          ...held.map(() => "NotHolder"),
          ...gone.map(() => "NotHolder"),
          ...retaken.map(() => "ClaimLapsed")
        ]
        expect(await asleep.results()).toEqual(refused)
        for (const command of ["pause", "renew"] as const) {
          asleep.order({ command, orders, epoch: 1 })
          expect(await asleep.results()).toEqual(refused)
        }
        asleep.order({ command: "complete", orders: [...left, ...held, ...gone] })
        expect(await asleep.results()).toEqual(refused.slice(0, 15))

        for (const order of left) expect(await kinds(view, order)).toEqual(["asleep taken 1"])
        for (const order of held) expect(await kinds(view, order)).toEqual(["asleep taken 1", "awake taken 2"])
        for (const order of gone)
          expect(await kinds(view, order)).toEqual(["asleep taken 1", "awake taken 2", "awake completed 2"])
        for (const order of retaken) expect(await kinds(view, order)).toEqual(["asleep taken 1", "asleep taken 2"])

        // Nobody holds it against him.
        const [again = ""] = left
        asleep.order({ command: "take", orders: [again] })
        expect(await asleep.results()).toEqual(["done"])
        asleep.order({ command: "complete", orders: [again], epoch: 2 })
        expect(await asleep.results()).toEqual(["done"])
      }
    },
    60_000 + rounds * 3000
  )
})

describe("on a database that others may write to meanwhile", () => {
  onDatabases(
    ({ does, paid, view }, place) => {
      it.each(["pause", "complete", "renew"] as const)(
        "a worker who was stopped inside his transaction, before he writes, does not %s what another has",
        async (command) => {
          const asleep = await hire({ ...place(), worker: "asleep" })
          const order = await paid()
          asleep.order({ command: "take", orders: [order] })
          expect(await asleep.results()).toEqual(["done"])
          asleep.order({ command, orders: [order], epoch: 1, stopsMidway: true })
          expect(await asleep.next()).toEqual({ stops: true })
          await setTimeout(seconds * 1000 + 200)
          expect((await does("awake", "take", order)).json).toMatchObject({ epoch: 2, previous_holder: "asleep" })
          expect(asleep.isSilent()).toBe(true)
          asleep.goOn()
          expect(await asleep.results()).toEqual(["NotHolder"])
          expect(await kinds(view, order)).toEqual(["asleep taken 1", "awake taken 2"])
          expect((await does("awake", "complete", order, { epoch: 2 })).status).toBe(200)
        }
      )
    },
    ["postgres"]
  )
})
