/** Prices that change while customers buy. */
import { Array, Effect, Either } from "effect"
import { Book } from "../../domain/Book.js"
import { format, Price, total } from "../../domain/Money.js"
import { BookRepository } from "../../ports/BookRepository.js"
import * as Given from "../Given.js"
import { type Law, onlyRefusals, race, same } from "../Law.js"
import { ordersOf } from "./seen.js"
import { ledger, place, shopper, trading } from "./trade.js"

const priced = (book: Book, price: number) =>
  Effect.flatMap(BookRepository, (books) =>
    books.modify(book.id, (is) => Either.right(new Book({ ...is, price: Price.make(price) })))
  )

const agreed = race(
  "beside price changes an order has the total that was agreed to, which is that of its lines and of its charge",
  trading(
    Effect.gen(function* () {
      const shelf = yield* Given.shelf(3, 99)
      const shoppers = yield* Effect.forEach(Array.range(1, 10), () => shopper(shelf))
      const changes = Effect.forEach(Array.range(1, 30), (n) =>
        Effect.forEach(shelf, (book) => priced(book, n % 2 === 0 ? 1000 : 2000))
      )
      const buy = ({ customer }: (typeof shoppers)[number]) =>
        Effect.retry(place(customer, { expectedTotal: format(Given.usd, 3000) }), {
          while: ({ _tag }) => _tag === "PriceChanged",
          times: 20
        })
      const [, bought] = yield* Effect.all(
        [changes, Effect.forEach(shoppers, (one) => Effect.either(buy(one)), { concurrency: "unbounded" })],
        { concurrency: "unbounded" }
      )
      yield* onlyRefusals(Array.getLefts(bought), ["PriceChanged"])
      const { charges } = yield* ledger
      for (const order of Array.getRights(bought)) {
        const prices = order.lines.map(({ quantity, unitPrice }) => ({ quantity, price: unitPrice }))
        const charged = charges
          .filter(({ request }) => request.orderId === order.id)
          .map(({ request }) => request.amount)
        yield* same("total, lines and charge", [order.total, total(prices), charged], [3000, 3000, [3000]])
      }
      yield* Effect.forEach(shelf, (book) => priced(book, 1234))
      const { customer } = yield* shopper(shelf)
      yield* place(customer)
      const [last] = yield* ordersOf(customer)
      yield* same(
        "the price once it has settled",
        last?.lines.map(({ unitPrice }) => unitPrice),
        [1234, 1234, 1234]
      )
    })
  )
)

export const prices: ReadonlyArray<Law> = [agreed]
