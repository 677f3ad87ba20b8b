import { Array, type Context, DateTime, Effect, Order } from "effect"
import { BookNotFound } from "../../domain/Book.js"
import * as Cart from "../../domain/Cart.js"
import type { TakenLine } from "../../domain/Checkout.js"
import type { CustomerId } from "../../domain/Id.js"
import * as Text from "../../domain/Text.js"
import type { CartRepository } from "../../ports/CartRepository.js"
import * as BookRows from "./BookRows.js"
import type { Database } from "./Database.js"
import { conflict } from "./Failure.js"
import * as Rows from "./Rows.js"

export const make = (database: Database): Context.Tag.Service<CartRepository> => {
  const { sql, run, write, recordset, locking } = database

  const lineColumns = sql.literal(
    "l.id AS line_id, l.book_id AS line_book_id, l.quantity AS line_quantity, l.added_at AS line_added_at"
  )
  const bookColumns = sql.literal(BookRows.columns)
  /** What a changed line answers, with its book. */
  const answered = sql`id AS line_id, book_id AS line_book_id, quantity AS line_quantity, added_at AS line_added_at,
${BookRows.packed(database, "octavo_cart_lines.book_id")} AS book`

  /** A copy is held for the customer at that instant. */
  const held = (customer: CustomerId, { bookId, addedAt }: Cart.CartLine) =>
    sql`EXISTS (SELECT 1 FROM octavo_prebooks p WHERE p.book_id = ${bookId} AND p.customer_id = ${customer}
AND p.status = 'held' AND p.expires_at > ${DateTime.formatIso(addedAt)})`

  /** Two adds at once take the same slot, and the constraint lets one of them in: so it keeps the limit without a lock. */
  const insert = (customer: CustomerId, line: Cart.CartLine) =>
    run(
      adding,
      sql<Rows.PackedItemRow>`INSERT INTO octavo_cart_lines (customer_id, id, book_id, slot, quantity, added_at)
SELECT v.customer_id, v.id, b.id, s.slot, v.quantity, v.added_at
FROM ${recordset([{ customer_id: customer, ...row(line) }], { customer_id: "text", ...lineTypes })} AS v
JOIN octavo_books b ON b.id = v.book_id
CROSS JOIN (
  SELECT min(t.slot) + 1 AS slot
  FROM (SELECT 0 AS slot UNION ALL SELECT slot FROM octavo_cart_lines WHERE customer_id = ${customer}) AS t
  WHERE NOT EXISTS (SELECT 1 FROM octavo_cart_lines n WHERE n.customer_id = ${customer} AND n.slot = t.slot + 1)
) AS s
WHERE (b.stock > 0 OR ${held(customer, line)}) AND s.slot <= ${Cart.maximumLines}
AND ${Cart.maximumLines} > (SELECT count(*) FROM octavo_cart_lines c WHERE c.customer_id = ${customer})
${locking("FOR KEY SHARE", "b")}
ON CONFLICT DO NOTHING RETURNING ${answered}`
    )

  const refusal = (customer: CustomerId, line: Cart.CartLine) => {
    const { bookId } = line
    return Effect.map(
      run(
        adding,
        sql<{ stock: number | null; there: number; lines: number; held: number }>`SELECT
CASE WHEN ${held(customer, line)} THEN 1 ELSE 0 END AS held,
(SELECT stock FROM octavo_books WHERE id = ${bookId}) AS stock,
(SELECT count(*) FROM octavo_cart_lines WHERE customer_id = ${customer} AND book_id = ${bookId}) AS there,
(SELECT count(*) FROM octavo_cart_lines WHERE customer_id = ${customer}) AS lines`
      ),
      ([facts]) => {
        if (facts === undefined || facts.stock === null) return new BookNotFound({ bookId })
        if (Number(facts.there) > 0) return new Cart.AlreadyInCart({ bookId })
        if (Number(facts.stock) <= 0 && Number(facts.held) === 0) return new Cart.BookOutOfStock({ bookId })
        return Number(facts.lines) >= Cart.maximumLines ? new Cart.CartFull({ maximum: Cart.maximumLines }) : null
      }
    )
  }

  const select = (customer: CustomerId) =>
    sql<Rows.ItemRow>`SELECT ${lineColumns}, ${bookColumns}
FROM octavo_cart_lines l LEFT JOIN octavo_books b ON b.id = l.book_id
WHERE l.customer_id = ${customer} ORDER BY l.added_at, l.id`

  const take = (customer: CustomerId) =>
    run(
      "CartRepository.take",
      sql<Rows.TakenRow>`DELETE FROM octavo_cart_lines WHERE customer_id = ${customer} RETURNING ${answered}`
    )

  return {
    items: (customer) =>
      Effect.map(run("CartRepository.items", select(customer)), (rows) =>
        rows.flatMap((row) => {
          const book = Rows.bookOf(row)
          return book === null ? [] : [new Cart.CartItem({ line: Rows.cartLine(row), book })]
        })
      ),

    add: (customer, line) =>
      Effect.gen(function* () {
        for (let attempt = 0; attempt < 200; attempt++) {
          const [added] = yield* insert(customer, line)
          if (added !== undefined) return item(added)
          const refused = yield* refusal(customer, line)
          if (refused !== null) return yield* refused
        }
        return yield* conflict(adding, "the cart kept changing")
      }),

    setQuantity: (customer, id, quantity) =>
      Effect.flatMap(
        run(
          "CartRepository.setQuantity",
          sql<Rows.PackedItemRow>`UPDATE octavo_cart_lines SET quantity = ${quantity}
WHERE customer_id = ${customer} AND id = ${id} AND book_id IN (SELECT id FROM octavo_books) RETURNING ${answered}`
        ),
        ([changed]) =>
          changed === undefined
            ? Effect.fail(new Cart.CartLineNotFound({ lineId: id }))
            : Effect.sync(() => item(changed))
      ),

    remove: (customer, id) =>
      Effect.flatMap(
        write(
          "CartRepository.remove",
          sql`DELETE FROM octavo_cart_lines WHERE customer_id = ${customer} AND id = ${id}`
        ),
        (removed) => (removed === 0 ? Effect.fail(new Cart.CartLineNotFound({ lineId: id })) : Effect.void)
      ),

    take: (customer) => Effect.map(take(customer), (rows) => Array.sort(rows.map(Rows.takenLine), oldestFirst)),

    put: (customer, lines) => {
      if (lines.length === 0) return Effect.void
      const rows = Cart.merge([], lines).map((line, i) => ({ customer_id: customer, ordinal: i + 1, ...row(line) }))
      const types = { customer_id: "text", ordinal: "integer", ...lineTypes } as const
      return Effect.asVoid(
        write(
          "CartRepository.put",
          sql`INSERT INTO octavo_cart_lines (customer_id, id, book_id, slot, quantity, added_at)
SELECT v.customer_id, v.id, v.book_id, v.ordinal + s.last, v.quantity, v.added_at
FROM ${recordset(rows, types)} AS v JOIN octavo_books b ON b.id = v.book_id
CROSS JOIN (SELECT coalesce(max(slot), 0) AS last FROM octavo_cart_lines WHERE customer_id = ${customer}) AS s
WHERE true ORDER BY v.book_id ${locking("FOR KEY SHARE", "b")} ${mergeLine(database)}`
        )
      )
    }
  }
}

/** Where the cart has the book already, quantities add up to the limit. */
export const mergeLine = ({ sql }: Database) =>
  sql.literal(`ON CONFLICT (customer_id, book_id) DO UPDATE SET quantity = CASE
WHEN octavo_cart_lines.quantity + excluded.quantity > ${Cart.maximumQuantity} THEN ${Cart.maximumQuantity}
ELSE octavo_cart_lines.quantity + excluded.quantity END`)

// internal

const adding = "CartRepository.add"

const lineTypes = { id: "uuid", book_id: "uuid", quantity: "integer", added_at: "instant" } as const

const oldestFirst = Order.combine(
  Order.mapInput(DateTime.Order, ({ line }: TakenLine) => line.addedAt),
  Order.mapInput(Text.compare, ({ line }: TakenLine) => line.id)
)

const row = ({ id, bookId, quantity, addedAt }: Cart.CartLine) => ({
  id,
  book_id: bookId,
  quantity,
  added_at: DateTime.formatIso(addedAt)
})

const item = (packed: Rows.PackedItemRow) =>
  new Cart.CartItem({ line: Rows.cartLine(packed), book: Rows.packedBook(packed) })
