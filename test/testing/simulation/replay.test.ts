import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { Effect, Fiber, Layer } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { GatewayError, PaymentGateway } from "../../../src/ports/PaymentGateway.js"
import { Checkout } from "../../../src/services/Checkout.js"
import * as Simulation from "../../../src/testing/Simulation.js"

const seeds = [3, 11, 42, 107]

/** A million are run by `npm run simulate -- --seeds 1000000`. */
const many = Number(process.env.OCTAVO_SEEDS ?? 10_000)

const script = (...options: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, ["simulate/dist/simulate/main.js", ...options], { maxBuffer: 2 ** 26 })

describe("a run is a function of its seed", () => {
  it("whatever ran before it, and with a trace or without", () => {
    const one = Simulation.make()
    const other = Simulation.make()
    const there = seeds.map((seed) => one.run(seed))
    const back = seeds.toReversed().map((seed) => other.run(seed))
    expect(back.toReversed()).toEqual(there)
    for (const { seed, trail, steps, millis } of there) {
      expect(one.replay(seed)).toMatchObject({ trail, steps, millis })
    }
    expect(new Set(there.map(({ trail }) => trail)).size).toBe(seeds.length)
  })

  it("how far a recovery with a limit came is known to no other process", () => {
    const unheard = Effect.fail(new GatewayError({ moneyMoved: "Unknown", cause: "silence" }))
    const options: Simulation.Options = {
      gateway: (provider) =>
        Layer.succeed(PaymentGateway, {
          ...provider,
          charge: (request) => Effect.zipRight(provider.charge(request), unheard)
        }),
      commands: [
        {
          name: "recovers one",
          weight: 50,
          run: ({ customer }) =>
            Effect.gen(function* () {
              const checkout = yield* Checkout
              yield* Effect.ignore(checkout.place(customer))
              yield* Effect.sleep("40 seconds")
              yield* checkout.recover({ grace: 0, limit: 1 })
            })
        }
      ]
    }
    const alone = Array.from({ length: 15 }, (_, seed) => Simulation.make(options).run(seed).trail)
    const together = Simulation.make(options)
    expect(Array.from({ length: 15 }, (_, seed) => together.run(seed).trail)).toEqual(alone)
  })

  it("nothing of a run is left", () => {
    const simulation = Simulation.make()
    const before = Fiber.unsafeRoots().length
    const limit = Error.stackTraceLimit
    const crashes = Array.from({ length: 50 }, (_, seed) => simulation.run(seed).crashes)
    expect(crashes.some((count) => count > 0)).toBe(true)
    expect(Fiber.unsafeRoots().length).toBe(before)
    expect(Error.stackTraceLimit).toBe(limit)
  })
})

describe("npm run simulate", () => {
  beforeAll(
    () =>
      promisify(execFile)(process.execPath, [
        "node_modules/typescript/bin/tsc",
        "-p",
        "simulate/tsconfig.json",
        "--noCheck"
      ]),
    120_000
  )

  it("replays in another process what was seen in this one, step by step", async () => {
    const simulation = Simulation.make()
    simulation.run(1)
    for (const seed of seeds) {
      const { stdout } = await script("--seed", String(seed))
      expect(stdout.trimEnd()).toBe(Simulation.describe(simulation.replay(seed)))
    }
  })

  it(`finds no violation in ${many} seeds`, { timeout: 3_600_000 }, async () => {
    const told = await script("--seeds", String(many)).catch((error: unknown) => error)
    expect(told).toMatchObject({
      stdout: expect.stringMatching(
        / seeds, \d+ a second on \d+ threads?: .* steps, .* crashes, .* orders\nNo violation\.\n$/
      )
    })
  })

  it("stopped, it says where to go on", async () => {
    const running = promisify(execFile)(process.execPath, ["simulate/dist/simulate/main.js", "--seeds", "1000000"])
    running.child.stdout?.once("data", () => running.child.kill("SIGINT"))
    const stopped: unknown = await running.catch((error: unknown) => error)
    expect(stopped).toMatchObject({
      code: 130,
      stdout: expect.stringMatching(/Go on with: .* --from \d+ --seeds \d+\n$/)
    })
  })
})
