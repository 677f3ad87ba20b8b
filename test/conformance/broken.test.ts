import { Effect, Either } from "effect"
import { describe, expect, it } from "vitest"
import { check } from "../../src/testing/Conformance.js"
import { LawBroken } from "../../src/testing/Law.js"
import { laws } from "../../src/testing/laws/index.js"
import { auditing } from "./broken/auditing.js"
import type { Flaws } from "./broken/Breaking.js"
import { breaking } from "./broken/Breaking.js"
import { books, stock } from "./broken/books.js"
import { carts } from "./broken/carts.js"
import { bookIndex, genres, imports } from "./broken/catalogue.js"
import { commits } from "./broken/commits.js"
import { fulfilling } from "./broken/fulfilling.js"
import { fulfilmentLists, fulfilments } from "./broken/fulfilments.js"
import { inbox } from "./broken/inbox.js"
import { leases } from "./broken/leases.js"
import { model } from "./broken/model.js"
import { orderLists, orders } from "./broken/orders.js"
import { outbox, restocks } from "./broken/outbox.js"
import { preBookQueue } from "./broken/preBookHolds.js"
import { preBookings } from "./broken/preBookings.js"
import { preBookLarge } from "./broken/preBookLarge.js"
import { preBookRaces } from "./broken/preBookRaces.js"
import { preBookRestocks } from "./broken/preBookServing.js"
import { prices } from "./broken/prices.js"
import { refunds } from "./broken/refunds.js"
import { services } from "./broken/services.js"
import { transactor } from "./broken/transactor.js"
import { undeliverable } from "./broken/undeliverable.js"
import { unfinished } from "./broken/unfinished.js"
import { wishes } from "./broken/wishes.js"

const flaws: Flaws = {
  ...books,
  ...stock,
  ...genres,
  ...imports,
  ...bookIndex,
  ...carts,
  ...wishes,
  ...orders,
  ...orderLists,
  ...unfinished,
  ...outbox,
  ...undeliverable,
  ...restocks,
  ...commits,
  ...prices,
  ...refunds,
  ...leases,
  ...fulfilments,
  ...fulfilmentLists,
  ...inbox,
  ...auditing,
  ...transactor,
  ...services,
  ...fulfilling,
  ...preBookings,
  ...preBookRestocks,
  ...preBookQueue,
  ...preBookRaces,
  ...preBookLarge,
  ...model
}

describe("the suite", () => {
  it("has a broken adapter for every law, and a law for every broken adapter", () => {
    expect(Object.keys(flaws).toSorted()).toEqual(laws.map(({ name }) => name).toSorted())
  })

  it("has a name of its own for every law", () => {
    expect(new Set(laws.map(({ name }) => name)).size).toBe(laws.length)
  })
})

for (const law of laws) {
  describe(law.name, () => {
    it("holds where nothing is broken", () =>
      Effect.runPromise(
        check(
          law,
          breaking(() => ({})),
          { rounds: 1 }
        )
      ))

    for (const [flaw, stores] of Object.entries(flaws[law.name] ?? {})) {
      it(`is broken: ${flaw}`, async () => {
        const verdict = await Effect.runPromise(Effect.either(check(law, stores, { timeLimit: "20 seconds" })))
        if (Either.isRight(verdict)) return expect.unreachable("the law did not catch it")
        expect(verdict.left).toBeInstanceOf(LawBroken)
        expect(verdict.left.message).not.toContain("did not come to an end")
      })
    }
  })
}
