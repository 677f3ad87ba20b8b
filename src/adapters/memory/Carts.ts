import { DateTime, Effect, Either, HashMap, Layer, Option, Schema } from "effect"
import type { BookId } from "../../domain/Book.js"
import * as Cart from "../../domain/Cart.js"
import type { CustomerId } from "../../domain/Id.js"
import * as Text from "../../domain/Text.js"
import { CartRepository } from "../../ports/CartRepository.js"
import * as Lines from "./Lines.js"
import * as Shelf from "./Shelf.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<CartRepository, never, Store> = Layer.effect(
  CartRepository,
  Effect.map(Store, (store) => ({
    items: (customer) =>
      store.read((state) =>
        Either.right(
          taken(state, customer).flatMap(({ line, book }) => (book === null ? [] : [new Cart.CartItem({ line, book })]))
        )
      ),

    add: (customer, line) =>
      store.change((state) =>
        Either.gen(function* () {
          const book = yield* Shelf.get(state, line.bookId)
          const isHeld = Lines.heldFor(state, customer, line.bookId, line.addedAt) !== null
          const lines = yield* Cart.add(linesOf(state, customer), line, book, isHeld)
          const [, next] = yield* keep(state, "CartRepository.add", customer, lines)
          return [new Cart.CartItem({ line, book }), next] as const
        })
      ),

    setQuantity: (customer, id, quantity) =>
      store.change((state) =>
        Either.gen(function* () {
          const line = yield* lineOf(state, customer, id)
          const book = yield* Either.mapLeft(Shelf.get(state, line.bookId), () => notFound(id))
          const changed = new Cart.CartLine({ ...line, quantity }, true)
          const lines = linesOf(state, customer).map((other) => (other === line ? changed : other))
          const [, next] = yield* keep(state, "CartRepository.setQuantity", customer, lines)
          return [new Cart.CartItem({ line: changed, book }), next] as const
        })
      ),

    remove: (customer, id) =>
      store.change((state) =>
        Either.flatMap(lineOf(state, customer, id), (line) => {
          const rest = linesOf(state, customer).filter((other) => other !== line)
          return keep(state, "CartRepository.remove", customer, rest)
        })
      ),

    take: (customer) =>
      store.change((state) =>
        leave(taken(state, customer), { ...state, carts: HashMap.remove(state.carts, customer) })
      ),

    put: (customer, lines) => store.change((state) => put(state, "CartRepository.put", customer, lines))
  }))
)

/** Lines put in as `Cart.merge` does, without those of books that are gone. */
export const put = (
  state: State,
  operation: string,
  customer: CustomerId,
  lines: ReadonlyArray<Cart.CartLine>
): Change<void> => {
  if (!lines.every(isSound)) return violation(operation, "a line is as its schema says")
  const sold = lines.filter(({ bookId }) => HashMap.has(state.books, bookId))
  return keep(state, operation, customer, Cart.merge(linesOf(state, customer), sold))
}

/** The carts after a book is gone. */
export const withoutBook = (state: State, book: BookId): State => {
  const carts = HashMap.filterMap(state.carts, (lines) => {
    const rest = lines.filter(({ bookId }) => bookId !== book)
    return rest.length === 0 ? Option.none() : Option.some(rest.length === lines.length ? lines : rest)
  })
  return { ...state, carts }
}

// internal

const isSound = Schema.is(Schema.Struct(Cart.CartLine.fields))

const notFound = (id: Cart.CartLineId) => new Cart.CartLineNotFound({ lineId: id })

const linesOf = (state: State, customer: CustomerId): ReadonlyArray<Cart.CartLine> =>
  Option.getOrElse(HashMap.get(state.carts, customer), () => [])

const lineOf = (state: State, customer: CustomerId, id: Cart.CartLineId) =>
  Either.fromNullable(
    linesOf(state, customer).find((line) => line.id === id),
    () => notFound(id)
  )

const taken = (state: State, customer: CustomerId) =>
  linesOf(state, customer).map((line) => ({ line, book: Shelf.find(state, line.bookId) }))

const oldestFirst = (a: Cart.CartLine, b: Cart.CartLine): number =>
  DateTime.toEpochMillis(a.addedAt) - DateTime.toEpochMillis(b.addedAt) || Text.compare(a.id, b.id)

const keep = (
  state: State,
  operation: string,
  customer: CustomerId,
  lines: ReadonlyArray<Cart.CartLine>
): Change<void> =>
  !lines.every(isSound)
    ? violation(operation, "a line is as its schema says")
    : new Set(lines.map(({ id }) => id)).size < lines.length
      ? violation(operation, "a line has an id of its own in its cart")
      : leave(undefined, {
          ...state,
          carts:
            lines.length === 0
              ? HashMap.remove(state.carts, customer)
              : HashMap.set(state.carts, customer, [...lines].sort(oldestFirst))
        })
