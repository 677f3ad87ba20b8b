/** The shop's own changes of stock are told, each once, in the order in which they were made. */
import { Array, Effect } from "effect"
import { aggregate, type Event } from "../../domain/Event.js"
import { Catalog } from "../../services/Catalog.js"
import { Imports } from "../../services/Imports.js"
import { Relay } from "../../services/Relay.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refused, same } from "../Law.js"
import { transacted } from "./done.js"
import { recovering, spread } from "./trade.js"

/** What a host is told of a book. */
const toldOf = (bookId: string) =>
  Effect.gen(function* () {
    const relay = yield* Relay
    const told: Array<Event> = []
    yield* relay.deliver((event) =>
      aggregate(event) === bookId ? Effect.sync(() => told.push(event)) : Effect.fail("not of this check")
    )
    return told.map((event) => (event._tag === "StockChanged" ? [event.from, event.to] : event._tag))
  })

const byHand = law(
  "a change of stock tells from what and to what, and that there are copies again after there were none",
  recovering(() =>
    Effect.gen(function* () {
      const catalog = yield* Catalog
      const { id } = yield* catalog.add({ title: `Book ${yield* Given.word}`, author: "Anonymous", price: "1.00" })
      yield* same("what is told of a new book", yield* toldOf(id), [])
      for (const quantity of [5, 5, 3, 0, 0]) yield* catalog.changeStock(id, { quantity })
      yield* refused(catalog.changeStock(id, { delta: -1 }))
      yield* refused(catalog.changeStock(id, { delta: 1, expected: 7 }))
      yield* Effect.exit(transacted(Effect.zipRight(catalog.changeStock(id, { quantity: 9 }), Effect.fail("undone"))))
      yield* catalog.changeStock(id, { delta: 2 })
      yield* catalog.change(id, { title: `Another ${yield* Given.word}` })
      const expected = [[0, 5], "BookRestocked", [5, 3], [3, 0], [0, 2], "BookRestocked"]
      yield* same("what is told", yield* toldOf(id), expected)
    })
  )
)

const imported = law(
  "an import tells of the stock that it changes of books that were there, and of no other",
  recovering(() =>
    Effect.gen(function* () {
      const imports = yield* Imports
      const [empty, full, fresh] = [yield* Given.isbn, yield* Given.isbn, yield* Given.isbn]
      const one = yield* Given.onSale({ isbn: empty, stockQuantity: Given.stock(0) })
      const two = yield* Given.onSale({ isbn: full, stockQuantity: Given.stock(4) })
      const row = (isbn: string, stock?: number) => ({
        isbn,
        title: "A book",
        author: "Anonymous",
        price: "1.00",
        ...(stock === undefined ? {} : { stock })
      })
      const merge = imports.merge([row(empty, 2), row(full, 4), row(fresh, 7), row(empty, 1), row(full), row(fresh, 7)])
      yield* Effect.exit(transacted(Effect.zipRight(merge, Effect.fail("undone"))))
      yield* merge
      yield* same("what is told of the one that had none", yield* toldOf(one.id), [[0, 2], "BookRestocked", [2, 1]])
      yield* same("what is told of the one that has as many", yield* toldOf(two.id), [])
    })
  )
)

const inOrder = race(
  "changes of one book's stock that several processes make at once are told in the order in which they were made",
  recovering(() =>
    Effect.gen(function* () {
      const { id } = yield* Given.shelved(0)
      const change = Effect.flatMap(Catalog, (catalog) => catalog.changeStock(id, { delta: 1 }))
      const { failures } = yield* atOnce(10, (i) => spread(i, change))
      yield* onlyRefusals(failures, [])
      const steps = Array.range(0, 9).flatMap((n) => (n === 0 ? [[0, 1], "BookRestocked"] : [[n, n + 1]]))
      yield* same("what is told", yield* toldOf(id), steps)
    })
  )
)

export const stockEvents: ReadonlyArray<Law> = [byHand, imported, inOrder]
