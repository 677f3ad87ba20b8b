/** Wishes moved to the cart. */
import { Effect, Either } from "effect"
import { Book } from "../../domain/Book.js"
import { AlreadyInCart, BookOutOfStock, CartFull, maximumLines } from "../../domain/Cart.js"
import { WishNotFound } from "../../domain/Wish.js"
import { BookRepository } from "../../ports/BookRepository.js"
import { CartRepository } from "../../ports/CartRepository.js"
import { Wishlists } from "../../services/Wishlists.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refuses, same } from "../Law.js"
import { transacted } from "./done.js"
import { linesOf } from "./seen.js"
import { spread, trading } from "./trade.js"
import { forgotten, newestFirst, removed, wished, wishesOf } from "./wishes.js"

const soldOut = ({ id }: Book) =>
  Effect.flatMap(BookRepository, (books) =>
    books.modify(id, (book) => Either.right(new Book({ ...book, stockQuantity: Given.stock(0) })))
  )

const movedOnce = race(
  "of ten that move one wish to the cart at once one does: there is one line, and no wish",
  trading(
    Effect.gen(function* () {
      const customer = yield* Given.customer
      const [book, other] = [yield* Given.onSale(), yield* Given.onSale()]
      yield* wished(customer, book)
      const kept = yield* wished(customer, other)
      const { successes, failures } = yield* atOnce(10, (i) =>
        spread(
          i,
          Effect.flatMap(Wishlists, (wishlists) => wishlists.moveToCart(customer, book.id, { quantity: 3 }))
        )
      )
      yield* onlyRefusals(failures, ["WishNotFound"])
      yield* same(
        "what was moved",
        successes.map(({ line }) => [line.bookId, line.quantity]),
        [[book.id, 3]]
      )
      yield* same(
        "the cart",
        yield* linesOf(customer),
        successes.map(({ line }) => line)
      )
      yield* same("the wishlist", yield* wishesOf(customer), [kept])
    })
  )
)

const refusedByCart = law(
  "a wish whose book the cart refuses stays, and so does the cart; what is no wish of the customer's is not moved",
  trading(
    Effect.gen(function* () {
      const [carts, wishlists] = [yield* CartRepository, yield* Wishlists]
      const [customer, other] = [yield* Given.customer, yield* Given.customer]
      const [empty, there, more] = [yield* Given.shelved(0), yield* Given.onSale(), yield* Given.onSale()]
      const line = yield* Given.inCart(customer, there, 2)
      const made = newestFirst(
        yield* Effect.forEach([empty, there, more], (book, i) => wished(customer, book, Given.at(i)))
      )
      const move = (book: Book) => wishlists.moveToCart(customer, book.id)
      yield* refuses("one that is sold out", move(empty), new BookOutOfStock({ bookId: empty.id }))
      yield* refuses("one that is in the cart", move(there), new AlreadyInCart({ bookId: there.id }))
      yield* soldOut(there)
      yield* refuses("one that is in the cart and sold out", move(there), new AlreadyInCart({ bookId: there.id }))
      yield* same("the cart", yield* linesOf(customer), [line])
      const rest = yield* Given.shelf(maximumLines - 1, 1)
      yield* carts.put(customer, yield* Effect.forEach(rest, (book) => Given.line(book)))
      yield* refuses("one too many", move(more), new CartFull({ maximum: maximumLines }))
      yield* same("the lines", (yield* linesOf(customer)).length, maximumLines)
      yield* same("the wishlist", yield* wishesOf(customer), made)
      const stranger = wishlists.moveToCart(other, more.id)
      yield* refuses("somebody else's", stranger, new WishNotFound({ bookId: more.id }))
      yield* same("the other's cart", yield* linesOf(other), [])
    })
  )
)

const undone = law(
  "a wish that was moved in a transaction that is rolled back is where it was",
  trading(
    Effect.gen(function* () {
      const wishlists = yield* Wishlists
      const customer = yield* Given.customer
      const book = yield* Given.onSale()
      const made = yield* wished(customer, book)
      const moved = wishlists.moveToCart(customer, book.id)
      const exit = yield* Effect.either(transacted(Effect.zipRight(moved, Effect.fail("undone"))))
      yield* same("the transaction", exit, Either.left("undone"))
      yield* same("the wishlist", yield* wishesOf(customer), [made])
      yield* same("the cart", yield* linesOf(customer), [])
      yield* moved
      yield* same("the wishlist then", yield* wishesOf(customer), [])
      yield* same("how many lines there are then", (yield* linesOf(customer)).length, 1)
    })
  )
)

const goneWhileMoved = race(
  "a book that is removed while its wishes are moved leaves neither wish nor line",
  trading(
    Effect.gen(function* () {
      const [carts, wishlists] = [yield* CartRepository, yield* Wishlists]
      const book = yield* Given.onSale()
      const customers = yield* Effect.replicateEffect(Given.customer, 6)
      yield* Effect.forEach(customers, (customer) => wished(customer, book))
      const { failures } = yield* atOnce(7, (i): Effect.Effect<unknown, { readonly _tag: string }, BookRepository> => {
        const customer = customers[(i + 3) % 7]
        return customer === undefined ? removed(book) : wishlists.moveToCart(customer, book.id)
      })
      yield* onlyRefusals(failures, ["WishNotFound"])
      for (const customer of customers) {
        yield* same("a cart", [yield* linesOf(customer), yield* carts.take(customer)], [[], []])
        yield* same("a wishlist", yield* wishesOf(customer), [])
      }
      const [first] = customers
      if (first !== undefined) yield* forgotten(first, book)
    })
  )
)

export const wishMoves: ReadonlyArray<Law> = [movedOnce, refusedByCart, undone, goneWhileMoved]
