/** What the hand-written shops share: ids, rows as they are stored, a gateway that takes no time. */
import { randomUUID } from "node:crypto"
import type { RowInput } from "../../src/domain/Import.js"
import { parse } from "../../src/domain/Isbn.js"
import * as SearchText from "../../src/domain/SearchText.js"
import * as Text from "../../src/domain/Text.js"

/** UUIDv7 in ascending order, as octavo's ids, so that indexes grow at their end and ties are alike on both sides. */
export const uuid = (): string => {
  const now = Date.now()
  if (now > last) [last, count] = [now, 0]
  else if (++count > 0xfff) [last, count] = [last + 1, 0]
  const time = last.toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, "0")}${randomUUID().slice(18)}`
}

let [last, count] = [0, 0]

export const now = (): string => new Date().toISOString()

/** Answers as a gateway does that takes no time. */
export const charge = async (key: string) => ({ paymentId: `paid_${key}` })

/** A row of the catalogue as its columns; what cannot be sold is refused. */
export const bookOf = (row: RowInput, genreId: string | null, genre: string) => {
  const title = row.title.normalize("NFC").trim()
  const author = row.author.normalize("NFC").trim()
  const price = Math.round(Number(row.price) * 100)
  const isbn = row.isbn == null ? null : parse(row.isbn)
  if (title === "" || author === "" || !(price > 0) || isbn?._tag === "Left") throw new Error("not a book")
  return {
    id: uuid(),
    title,
    author,
    price,
    isbn: isbn === null ? null : isbn.right,
    genre_id: genreId,
    description: row.description ?? null,
    cover_image_url: row.coverImageUrl ?? null,
    publish_date: row.publishDate ?? null,
    stock: row.stock ?? 0,
    put_in: row.stock ?? 0,
    created_at: now(),
    search_title: SearchText.words(title).join(" "),
    search_rest: [...SearchText.words(author), ...SearchText.words(genre)].join(" "),
    author_key: Text.fold(author)
  }
}

export const columns = Object.keys(bookOf({ title: "a", author: "b", price: 1 }, null, ""))

/** What a book changes by coming a second time: what its row says. */
export const changeable = columns.filter((name) => name !== "id" && name !== "isbn" && name !== "created_at")

export interface BookRow {
  readonly id: string
  readonly title: string
  readonly author: string
  readonly price: number
  readonly isbn: string | null
  readonly stock: number
  readonly cover_image_url: string | null
}

export interface CartRow extends BookRow {
  readonly line_id: string
  readonly quantity: number
  readonly added_at: string
}

/** The order that a cart's lines make, as it is stored. */
export const orderOf = (customer: string, lines: ReadonlyArray<CartRow>) => {
  if (lines.length === 0) throw new Error("the cart is empty")
  const id = uuid()
  return {
    id,
    customer_id: customer,
    total: lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0),
    currency: "USD",
    payment_key: uuid(),
    created_at: now(),
    lines: lines.map((line, position) => ({
      id: line.line_id,
      position,
      book_id: line.id,
      quantity: line.quantity,
      unit_price: line.price,
      title: line.title,
      author: line.author,
      cover_image_url: line.cover_image_url,
      added_at: line.added_at
    }))
  }
}

export type Paid = Omit<ReturnType<typeof orderOf>, "lines" | "created_at">

/** What is told of an order once it is paid. */
export const confirmation = ({ id, customer_id, total, currency }: Paid, at: string) => {
  const event = { _tag: "OrderConfirmed", id: uuid(), at, orderId: id, customerId: customer_id, total, currency }
  return { id: event.id, payload: JSON.stringify(event) }
}
