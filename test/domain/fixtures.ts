import { DateTime } from "effect"
import { Book, type DraftInput } from "../../src/domain/Book.js"
import { CartLine } from "../../src/domain/Cart.js"

export const draft: DraftInput = { title: "Emma", author: "Jane Austen", price: "12.50" }

export const uuid = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`

export const at = DateTime.unsafeMake("2026-01-02T03:04:05.678Z")

type Loose<A> = { readonly [K in keyof A]?: unknown }

/** A book like any other but for what is said; the constructor validates. */
export const aBook = (fields: Loose<Book> = {}): Book =>
  new Book({
    id: uuid(1),
    title: "Emma",
    author: "Jane Austen",
    price: 1250,
    isbn: null,
    genreId: null,
    description: null,
    coverImageUrl: null,
    publishDate: null,
    stockQuantity: 3,
    createdAt: at,
    ...fields
  } as ConstructorParameters<typeof Book>[0])

export const aLine = (fields: Loose<CartLine> = {}): CartLine =>
  new CartLine({ id: uuid(10), bookId: uuid(1), quantity: 1, addedAt: at, ...fields } as ConstructorParameters<
    typeof CartLine
  >[0])
