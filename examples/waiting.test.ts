import { Effect, Layer } from "effect"
import { Catalog, PreBookings } from "octavo"
import * as Memory from "octavo/memory"
import { Mailbox } from "octavo/testing"
import { expect, it } from "vitest"
import { shop } from "./waiting.js"

it("holds a copy for the next in line, and mails it", async () => {
  const { mails, statuses } = await Effect.runPromise(
    Effect.gen(function* () {
      const [catalog, preBookings] = [yield* Catalog.Catalog, yield* PreBookings.PreBookings]
      const { sent } = yield* Mailbox.Mailbox
      const book = yield* catalog.add({ title: "Emma", author: "Jane Austen", price: "12.50" })
      yield* preBookings.request("ada", { bookId: book.id })
      yield* preBookings.request("ben", { bookId: book.id })
      yield* catalog.changeStock(book.id, { quantity: 1 })
      const statuses = yield* Effect.forEach(["ada", "ben"], (customer) =>
        Effect.map(preBookings.list(customer), ({ items }) => items.map(({ status }) => status).join())
      )
      const mails = yield* Effect.repeat(Effect.delay(sent, "50 millis"), { until: (all) => all.length > 0 })
      return { mails, statuses }
    }).pipe(Effect.provide(Layer.provideMerge(shop, Layer.merge(Memory.layer, Mailbox.layer))))
  )
  expect(statuses).toEqual(["held", "waiting"])
  expect(mails).toMatchObject([
    { to: { name: "Ada", address: "ada@example.org" }, subject: expect.stringMatching(/Emma/) }
  ])
})
