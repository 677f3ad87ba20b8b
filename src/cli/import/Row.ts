/** One row of a file as the library takes it: repaired where that is certain, refused where it is not. Pure. */
import { Either, Schema } from "effect"
import { CoverImageUrl } from "../../domain/Book.js"
import type * as Import from "../../domain/Import.js"
import * as Authors from "./Authors.js"
import * as Dates from "./Dates.js"
import type * as Field from "./Field.js"
import type { Header } from "./Header.js"
import * as IsbnCells from "./IsbnCells.js"
import * as Numbers from "./Numbers.js"
import * as Repair from "./Repair.js"

export interface Row {
  readonly input: Import.RowInput
  readonly repaired: ReadonlyArray<Repair.Repair>
  readonly omitted: ReadonlyArray<Repair.Omission>
}

/** Reads the values of a row under its header, or says in one line why it cannot be read. */
export const read =
  ({ columns, sources }: Pick<Header, "columns" | "sources">, style: Numbers.Style) =>
  (values: ReadonlyArray<string>): Either.Either<Row, string> => {
    if (values.length !== columns.length) {
      return Either.left(`the row has ${values.length} columns, the header ${columns.length}`)
    }
    const cells = (field: Field.Field) => (sources.get(field) ?? []).map((at) => values[at] ?? "")
    const first = (field: Field.Field) => cells(field).find((cell) => cell.trim() !== "") ?? ""
    return Either.map(IsbnCells.read(cells("isbn")), (isbn) => {
      const author = Authors.read(first("author"))
      const price = Numbers.price(first("price"), style)
      const stock = Numbers.stock(first("stock"))
      const cover = coverOf(first("cover_image_url"))
      const date = Dates.read(first("publish_date"))
      const all = [isbn, author, price, stock, cover, date]
      return {
        input: {
          title: first("title"),
          author: author.value ?? "",
          isbn: isbn.value ?? null,
          price: price.value ?? null,
          stock: stock.value ?? null,
          genre: first("genre").trim() || null,
          description: first("description").trim() || null,
          coverImageUrl: cover.value ?? null,
          publishDate: date.value ?? null
        },
        repaired: [...new Set(all.flatMap(({ repaired }) => repaired))],
        omitted: [...new Set(all.flatMap(({ omitted }) => omitted))]
      }
    })
  }

// internal

const isCover = Schema.is(CoverImageUrl)

const coverOf = (cell: string): Repair.Read<string> => {
  const text = cell.normalize("NFC").trim()
  if (text === "") return Repair.nothing
  return isCover(text) ? Repair.as(text) : Repair.without("cover")
}
