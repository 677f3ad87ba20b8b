/** The demonstration: a catalogue to look around in, and commands that show a purchase. */
import { Duration, Effect } from "effect"
import type { Currency } from "../domain/Money.js"
import * as Catalog from "../services/Catalog.js"
import * as Imports from "../services/Imports.js"
import { sample } from "./sample.js"
import * as Token from "./Token.js"

/** Puts the sample into a catalogue that is empty; any other stays as it is. */
export const fill = (currency: Currency) =>
  Effect.gen(function* () {
    const { browse } = yield* Catalog.Catalog
    const { merge } = yield* Imports.Imports
    const { total } = yield* browse({}, { size: 1 })
    if (total === 0) yield* merge(sample(currency))
  })

export interface Stage {
  readonly url: string
  readonly secret: string
  /** Whether to print a token of the administrator, too. */
  readonly showAdmin: boolean
  /** What the provider takes for a card, where it wants one. */
  readonly paymentMethod: string | undefined
}

/** Commands to paste into a shell, with a token and a book that is there to be bought. */
export const commands = ({ url, secret, showAdmin, paymentMethod }: Stage) =>
  Effect.gen(function* () {
    const { browse } = yield* Catalog.Catalog
    const sign = (customerId: string, role: "user" | "admin") =>
      Token.sign({ secret, customerId, role, validFor: Duration.days(1) })
    const token = yield* sign("demo", "user")
    const asked = yield* browse({ q: "austen", inStock: true }, { size: 1 })
    const found = asked.total > 0 ? asked : yield* browse({ inStock: true }, { size: 1 })
    const [book] = found.items
    return [
      "Try it, in another terminal:",
      "",
      `TOKEN=${token}`,
      `curl -sw '\\n' '${url}/books?q=austen'`,
      ...(book === undefined
        ? ["# no book is in stock: put one in, or start with an empty store"]
        : [
            `curl -sw '\\n' ${url}/cart/items -H "Authorization: Bearer $TOKEN" ${json({ book_id: book.id, quantity: 1 })}`,
            `curl -sw '\\n' ${url}/cart -H "Authorization: Bearer $TOKEN"`,
            `curl -sw '\\n' ${url}/orders/checkout -H "Authorization: Bearer $TOKEN" ${json({ payment_method: paymentMethod })}`,
            `curl -sw '\\n' ${url}/orders -H "Authorization: Bearer $TOKEN"`
          ]),
      ...(showAdmin
        ? [
            "",
            `ADMIN=${yield* sign("admin", "admin")}`,
            `curl -sw '\\n' ${url}/admin/orders -H "Authorization: Bearer $ADMIN"`
          ]
        : [])
    ]
  })

// internal

const json = (body: object) => `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
