/** The bookstore in a file, as an application on the same store has it. */
import { Clock, Duration, Effect, Layer } from "effect"
import { Bookstore, Carts, Catalog, Checkout, type Stores } from "octavo"
import * as Demo from "octavo/demo"
import * as Sqlite from "octavo/sqlite"

/** Does something in the store, and closes it. */
export const inFile = <A, E>(filename: string, work: Effect.Effect<A, E, Bookstore.Bookstore | Stores>): Promise<A> =>
  Effect.runPromise(
    Effect.provide(
      work,
      Bookstore.layer.pipe(Layer.provide(Demo.layer), Layer.provideMerge(Sqlite.layer({ filename })))
    )
  )

/** As if it had been done so long ago. */
export const ago = (duration: Duration.DurationInput) => {
  const clock = Clock.make()
  const millis = Duration.toMillis(duration)
  const earlier: Clock.Clock = Object.create(clock, {
    unsafeCurrentTimeMillis: { value: () => clock.unsafeCurrentTimeMillis() - millis },
    currentTimeMillis: { value: Effect.map(clock.currentTimeMillis, (now) => now - millis) }
  })
  return Effect.withClock(earlier)
}

/** A book with so many copies. */
export const stocked = (copies: number) =>
  Effect.gen(function* () {
    const { add, changeStock } = yield* Catalog.Catalog
    const { id } = yield* add({ title: `Book ${++count}`, author: "Somebody", price: "10.00" })
    yield* changeStock(id, { quantity: copies })
    return id
  })

/** An order of one copy that its process left before its outcome was written. */
export const left = (customer: string, bookId: string) =>
  Effect.gen(function* () {
    const [carts, checkout] = [yield* Carts.Carts, yield* Checkout.Checkout]
    yield* carts.add(customer, { bookId })
    return yield* checkout.prepare(customer)
  })

/** An order of one copy, paid. */
export const bought = (customer: string, bookId: string) =>
  Effect.gen(function* () {
    const [carts, checkout] = [yield* Carts.Carts, yield* Checkout.Checkout]
    yield* carts.add(customer, { bookId })
    return yield* checkout.place(customer)
  })

// internal

let count = 0
