/** What customers wish for. A customer is any string of the host's. */
import { Context, DateTime, Effect, Either, Layer } from "effect"
import { BookId, BookNotFound } from "../domain/Book.js"
import { CartLine, CartLineId } from "../domain/Cart.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import * as Page from "../domain/Page.js"
import * as Wish from "../domain/Wish.js"
import { CartRepository } from "../ports/CartRepository.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { Transactor } from "../ports/Transactor.js"
import { WishRepository } from "../ports/WishRepository.js"
import * as Customer from "./Customer.js"
import * as Serving from "./Serving.js"

const make = Effect.gen(function* () {
  const wishes = yield* WishRepository
  const carts = yield* CartRepository
  const ids = yield* IdGenerator
  const serving = yield* Serving.make
  const { transact } = yield* Transactor

  return {
    /** Puts a book on the wishlist, in stock or not. */
    add: Effect.fn("Wishlists.add")(function* (customerId: string, input: Wish.NewWishInput) {
      const customer = yield* Customer.decode(customerId)
      const { bookId } = yield* decodeWish(input)
      const book = yield* Either.fromOption(Id.read(BookId)(bookId), () => new BookNotFound({ bookId }))
      const id = Wish.WishId.make(yield* ids.next)
      return yield* wishes.add(
        new Wish.Wish({ id, customerId: customer, bookId: book, addedAt: yield* DateTime.now }, Input.checked)
      )
    }),

    /** A customer's wishes, newest first, with today's prices and stock. */
    list: Effect.fn("Wishlists.list")(function* (customerId: string, request: Page.PageRequestInput = {}) {
      const customer = yield* Customer.decode(customerId)
      const wanted = yield* decodePage(request)
      const found = yield* wishes.page(customer, wanted)
      return { ...found, ...wanted } satisfies Page.Page<Wish.WishedBook>
    }),

    /** As `list`, from a cursor on. */
    scroll: Effect.fn("Wishlists.scroll")(function* (customerId: string, request: Page.SliceRequestInput = {}) {
      const customer = yield* Customer.decode(customerId)
      const { after, size } = yield* decodeSlice(request)
      const query = { wishesOf: customer }
      const position = yield* Page.read(query, after, Wish.isPosition)
      return Page.slice(yield* wishes.after(customer, position, size + 1), size, query, Wish.position)
    }),

    /** Takes a book off the wishlist. */
    remove: Effect.fn("Wishlists.remove")(function* (customerId: string, bookId: string) {
      const customer = yield* Customer.decode(customerId)
      yield* wishes.remove(customer, yield* bookOf(bookId))
    }),

    /** Moves a book from the wishlist to the cart. Where the cart refuses it, the wish stays. */
    moveToCart: Effect.fn("Wishlists.moveToCart")(function* (
      customerId: string,
      bookId: string,
      input: Wish.ToCartInput = {}
    ) {
      const customer = yield* Customer.decode(customerId)
      const { quantity } = yield* decodeToCart(input)
      const book = yield* bookOf(bookId)
      const id = CartLineId.make(yield* ids.next)
      const move = Effect.flatMap(DateTime.now, (addedAt) => {
        const line = new CartLine({ id, bookId: book, quantity, addedAt }, Input.checked)
        return transact(Effect.zipRight(wishes.remove(customer, book), carts.add(customer, line)))
      })
      return yield* move.pipe(
        Effect.catchTag("BookOutOfStock", (refusal) => serving.orElse([book], move, refusal)),
        // With its book a wish is gone, too.
        Effect.catchTag("BookNotFound", () => new Wish.WishNotFound({ bookId: book }))
      )
    })
  }
})

/** The wishlists of all customers. */
export class Wishlists extends Context.Tag("octavo/Wishlists")<Wishlists, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.effect(Wishlists, make)

// internal

const decodeWish = Input.decode(Wish.NewWish)
const decodeToCart = Input.decode(Wish.ToCart)
const decodePage = Input.decode(Page.PageRequest)
const decodeSlice = Input.decode(Page.SliceRequest)

const bookOf = (bookId: string) =>
  Either.fromOption(Id.read(BookId)(bookId), () => new Wish.WishNotFound({ bookId: Id.shown(bookId) }))
