/** Work without a plan: customers who buy and cancel, a shop that changes its stock, a relay. Drawn by a seed. */
import { Effect } from "effect"
import { badCard, type Calls, card } from "./Calls.js"
import type { Checkout } from "./Messages.js"

export const forever = (
  { perform }: Calls,
  name: string,
  { seed, books }: { readonly seed: number; readonly books: ReadonlyArray<string> }
) =>
  Effect.gen(function* () {
    const draw = random(seed)
    const someBook = () => books[Math.floor(draw() * books.length)] ?? ""

    /** Each customer has one cart and asks one thing at a time. */
    const visit = (customer: string) =>
      Effect.gen(function* () {
        const lines = 1 + Math.floor(draw() * 3)
        for (let line = 0; line < lines; line++) {
          yield* perform({ do: "add_line", customer, book: someBook(), quantity: 1 + Math.floor(draw() * 2) })
        }
        const key = draw() < 0.5 ? `key-${Math.floor(draw() * 1e9)}` : null
        const checkout: Checkout = { customer, key, method: draw() < 0.2 ? badCard : card }
        const { tag, id } = yield* perform({ do: "place", ...checkout })
        if (key !== null && draw() < 0.3) yield* perform({ do: "place", ...checkout })
        if (tag === "confirmed" && id !== null && draw() < 0.4) yield* perform({ do: "cancel", customer, order: id })
      })

    const customers = (till: number) =>
      Effect.gen(function* () {
        for (let n = 1; ; n++) yield* visit(`${name} till ${till} customer ${n}`)
      })

    const shop = Effect.gen(function* () {
      for (;;) {
        yield* perform({ do: "change_stock", book: someBook(), delta: draw() < 0.3 ? -1 : 1 + Math.floor(draw() * 3) })
        yield* Effect.sleep(5)
      }
    })

    const relay = Effect.gen(function* () {
      for (;;) {
        yield* perform({ do: "deliver" })
        yield* Effect.sleep(5)
      }
    })

    return yield* Effect.all([customers(1), customers(2), customers(3), shop, relay], { concurrency: "unbounded" })
  })

/** Mulberry32: from 0 to 1. */
export const random = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
