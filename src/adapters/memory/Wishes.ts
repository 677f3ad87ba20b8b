import { Effect, Either, HashMap, Layer, Option, Schema } from "effect"
import type { BookId } from "../../domain/Book.js"
import type { CustomerId } from "../../domain/Id.js"
import type { Position } from "../../domain/Page.js"
import * as Text from "../../domain/Text.js"
import * as Wish from "../../domain/Wish.js"
import { WishRepository } from "../../ports/WishRepository.js"
import * as Shelf from "./Shelf.js"
import { type Change, leave, type State, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<WishRepository, never, Store> = Layer.effect(
  WishRepository,
  Effect.map(Store, (store) => ({
    add: (wish) =>
      store.change((state) =>
        Either.gen(function* () {
          const book = yield* Shelf.get(state, wish.bookId)
          const wishes = of(state, wish.customerId)
          if (wishes.some(({ bookId }) => bookId === wish.bookId)) {
            yield* Either.left(new Wish.AlreadyWished({ bookId: wish.bookId }))
          }
          if (!isSound(wish)) yield* violation("WishRepository.add", "a wish is as its schema says")
          const all = [...wishes, wish].sort((a, b) =>
            newestFirst(Wish.position({ wish: a }), Wish.position({ wish: b }))
          )
          const [, next] = yield* keep(state, wish.customerId, all)
          return [new Wish.WishedBook({ wish, book }, true), next] as const
        })
      ),

    remove: (customer, book) =>
      store.change((state) => {
        const wishes = of(state, customer)
        const rest = wishes.filter(({ bookId }) => bookId !== book)
        return rest.length === wishes.length
          ? Either.left(new Wish.WishNotFound({ bookId: book }))
          : keep(state, customer, rest)
      }),

    page: (customer, { page, size }) =>
      store.read((state) => {
        const all = of(state, customer)
        return Either.right({ items: shown(state, all.slice((page - 1) * size, page * size)), total: all.length })
      }),

    after: (customer, position, limit) =>
      store.read((state) => {
        const all = of(state, customer)
        const rest = position === null ? all : all.filter((wish) => newestFirst(Wish.position({ wish }), position) > 0)
        return Either.right(shown(state, rest.slice(0, limit)))
      })
  }))
)

/** The wishlists after a book is gone. */
export const withoutBook = (state: State, book: BookId): State => ({
  ...state,
  wishes: HashMap.filterMap(state.wishes, (wishes) => {
    const rest = wishes.filter(({ bookId }) => bookId !== book)
    return rest.length === 0 ? Option.none() : Option.some(rest.length === wishes.length ? wishes : rest)
  })
})

// internal

const isSound = Schema.is(Schema.Struct(Wish.Wish.fields))

const of = (state: State, customer: CustomerId): ReadonlyArray<Wish.Wish> =>
  Option.getOrElse(HashMap.get(state.wishes, customer), () => [])

const keep = (state: State, customer: CustomerId, wishes: ReadonlyArray<Wish.Wish>): Change<void, never> =>
  leave(undefined, {
    ...state,
    wishes: wishes.length === 0 ? HashMap.remove(state.wishes, customer) : HashMap.set(state.wishes, customer, wishes)
  })

const shown = (state: State, wishes: ReadonlyArray<Wish.Wish>): ReadonlyArray<Wish.WishedBook> =>
  wishes.flatMap((wish) => {
    const book = Shelf.find(state, wish.bookId)
    return book === null ? [] : [new Wish.WishedBook({ wish, book }, true)]
  })

const newestFirst = ([time, id]: Position, [otherTime, otherId]: Position): number =>
  Number(otherTime) - Number(time) || Text.compare(String(otherId), String(id))
