import { describe, expect, it } from "vitest"
import * as Simulation from "../../../src/testing/Simulation.js"
import { flaws } from "./flaws.js"

/** A flaw that takes more seeds to be seen would not be seen at a desk. */
const seeds = 500

describe("the simulation finds a bookstore wanting in which", () => {
  it.each(Object.entries(flaws))("%s", (_, options) => {
    const found = Simulation.make(options).search({ count: seeds })
    expect(found?.violations).toHaveLength(1)
    expect(found?.trace.length).toBeGreaterThan(0)
  })
})
