/**
 * The process is killed with SIGKILL, and the next one puts in order what it left. `npm run crash` does it by the thousand,
 * at every step, again and again; here each database has one pass over those that differ.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import * as Bundle from "./Bundle.js"
import * as Chains from "./Chains.js"
import * as Era from "./Era.js"
import * as Turmoil from "./Turmoil.js"

let bundle: Bundle.Bundle
beforeAll(async () => {
  bundle = await Bundle.make()
})
afterAll(() => bundle.remove())

describe.each(["sqlite", "postgres"] as const)("%s", (dialect) => {
  const options = (turns: number): Era.Options => ({
    dialect,
    worker: bundle.worker,
    postgresUrl: inject("postgresUrl"),
    turns
  })

  it("loses nothing acknowledged and leaves nothing half done, at whichever step the process dies", async () => {
    const { steps, tallies } = await Chains.pass(options(200), 2)
    expect(tallies.flatMap(({ findings }) => findings)).toEqual([])
    expect(tallies.reduce((sum, { kills }) => sum + kills, 0)).toBe(steps)
    expect(steps).toBeGreaterThan(60)
  }, 900_000)

  it("loses nothing acknowledged when several processes at work are killed at any instant", async () => {
    const era = await Era.open(options(20))
    await era.turn("the beginning", () => [{ work: { kind: "none" } }])
    for (let seed = 1; seed <= 3; seed++) await Turmoil.round(era, `seed ${seed}`, seed)
    await era.close()
    expect(era.tally.findings).toEqual([])
    expect(era.tally.kills).toBeGreaterThanOrEqual(6)
  }, 300_000)
})
