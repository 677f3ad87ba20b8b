/** The process is killed with SIGKILL wherever that leaves something else behind, and put in order by the next one. */
import { expect, inject, it } from "vitest"
import * as Bundle from "./Bundle.js"
import * as Chains from "./Chains.js"

it.each(["sqlite", "postgres"] as const)(
  "on %s, nothing acknowledged is lost and nothing is left half done, whichever step the process dies at",
  async (dialect) => {
    const options = { dialect, worker: await Bundle.worker(), postgresUrl: inject("postgresUrl"), turns: 200 }
    const { steps, tallies } = await Chains.pass(options, 2, "different")
    expect(tallies.flatMap(({ findings }) => findings)).toEqual([])
    expect(tallies.reduce((sum, { kills }) => sum + kills, 0)).toBe(steps)
    expect(steps).toBeGreaterThan(60)
  },
  600_000
)
