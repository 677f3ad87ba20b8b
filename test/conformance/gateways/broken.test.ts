import { Effect, Either } from "effect"
import { describe, expect, it } from "vitest"
import { check } from "../../../src/testing/GatewayConformance.js"
import { gatewayLaws } from "../../../src/testing/gatewayLaws/index.js"
import type { GatewayLaw } from "../../../src/testing/gatewayLaws/Subject.js"
import { LawBroken } from "../../../src/testing/Law.js"
import { breaking, type Setup } from "./broken/Bank.js"
import { flaws } from "./broken/flaws.js"

const verdict = (law: GatewayLaw, { gateway, ...others }: Setup) =>
  Effect.runPromise(
    Effect.either(check(law, gateway, { declined: "decline", ...others, rounds: 3, timeLimit: "20 seconds" }))
  )

describe("the suite of gateways", () => {
  it("has a broken gateway for every law, and a law for every broken gateway", () => {
    expect(Object.keys(flaws).toSorted()).toEqual(gatewayLaws.map(({ name }) => name).toSorted())
  })
})

for (const law of gatewayLaws) {
  describe(law.name, () => {
    it("holds where nothing is broken", async () => {
      expect(
        await verdict(
          law,
          breaking(() => ({}))
        )
      ).toEqual(Either.void)
    })

    for (const [flaw, setup] of Object.entries(flaws[law.name] ?? {})) {
      it(`is broken: ${flaw}`, async () => {
        const told = await verdict(law, setup)
        if (Either.isRight(told)) return expect.unreachable("the law did not catch it")
        expect(told.left).toBeInstanceOf(LawBroken)
        expect(told.left.message).not.toContain("did not come to an end")
      })
    }
  })
}
