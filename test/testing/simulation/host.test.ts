import { readFileSync } from "node:fs"
import { Effect, Layer, Ref } from "effect"
import { PaymentGateway } from "octavo"
import { Simulation } from "octavo/testing"
import { describe, expect, it } from "vitest"
import { careful, gifts } from "./host.js"

const runs = (simulation: Simulation.Simulation, count: number) =>
  Array.from({ length: count }, (_, seed) => simulation.run(seed))

describe("a host's own parts in the simulation", () => {
  it("gateway, services, commands and rules run in it, and hold", () => {
    const violations = runs(Simulation.make({ ...gifts, ...careful }), 100).flatMap((run) => run.violations)
    expect(violations).toEqual([])
  })

  it("a rule that does not hold is told by its name, with the seed", () => {
    const simulation = Simulation.make({
      invariants: [{ name: "nobody buys", check: ({ orders }) => orders[0] && `${orders[0].customerId} did` }]
    })
    const found = simulation.search({ count: 100 })
    expect(found?.violations[0]?.message).toMatch(/^nobody buys: c\d did$/)
    expect(Simulation.describe(found ?? simulation.run(1))).toContain(
      `Again: npm run simulate -- --seed ${found?.seed}`
    )
  })

  it("a rule for the end is not asked before", () => {
    let asked = 0
    const simulation = Simulation.make({
      invariants: [{ name: "in the end", when: "in the end", check: () => void asked++ }]
    })
    simulation.run(1)
    expect(asked).toBe(1)
  })

  it("an answer that the host judges wrong is a violation", () => {
    const simulation = Simulation.make({
      commands: [{ name: "asks", weight: 100, run: () => Effect.succeed(1), judge: () => "that is no answer" }]
    })
    expect(simulation.run(1).violations[0]?.message).toMatch(/^c\d: asks: that is no answer$/)
  })

  it("a defect of the host's is a violation", () => {
    const simulation = Simulation.make({
      commands: [{ name: "breaks", weight: 100, run: () => Effect.die(new Error("a bug of the host's")) }]
    })
    expect(simulation.run(1).violations[0]?.message).toContain("a bug of the host's")
  })

  it("a gateway of the host's is built anew for each process, and what it held is gone with it", () => {
    let built = 0
    const simulation = Simulation.make({
      gateway: (provider) =>
        Layer.effect(
          PaymentGateway.PaymentGateway,
          Effect.map(Ref.make(built++), () => provider)
        )
    })
    const crashes = runs(simulation, 50).reduce((sum, run) => sum + run.crashes, 0)
    expect(crashes).toBeGreaterThan(0)
    expect(built).toBeGreaterThanOrEqual(50 + crashes)
  })

  it("who waits for the world outside loses patience, and the run goes on", () => {
    const simulation = Simulation.make({
      commands: [{ name: "fetches", weight: 1000, run: () => Effect.promise(() => new Promise(() => {})) }]
    })
    expect(runs(simulation, 5).flatMap(({ violations }) => violations)).toEqual([])
  })

  it("the page about the simulation shows the example that runs here", () => {
    const page = readFileSync(new URL("../../../docs/simulation.md", import.meta.url), "utf8")
    expect(page).toContain(readFileSync(new URL("./host.ts", import.meta.url), "utf8"))
  })
})
