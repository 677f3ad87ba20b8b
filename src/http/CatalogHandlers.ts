import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { Effect } from "effect"
import type * as Domain from "../domain/Book.js"
import { type Currency, format } from "../domain/Money.js"
import { Catalog } from "../services/Catalog.js"
import { Api } from "./Api.js"
import type { Book, BrowseQuery, StockChange } from "./CatalogApi.js"
import * as Pages from "./Pages.js"
import { telling } from "./Refusals.js"
import { camel } from "./Wire.js"

export const layer = HttpApiBuilder.group(
  Api,
  "catalog",
  Effect.fnUntraced(function* (handlers) {
    const catalog = yield* Catalog
    const tell = telling(catalog.currency)
    const json = bookIn(catalog.currency)

    /** A change of stock leaves the ISBN as it is, so no other book can be in its way. */
    const changeStock = (id: string, change: typeof StockChange.Type) =>
      Effect.catchTag(catalog.changeStock(id, change), "IsbnConflict", Effect.die)

    return handlers
      .handle("browse", ({ urlParams }) => tell(browse(catalog, urlParams, json)))
      .handle("get", ({ path }) => tell(Effect.map(catalog.get(path.id), json)))
      .handle("add", ({ payload }) => tell(Effect.map(catalog.add(camel(payload)), json)))
      .handle("change", ({ path, payload }) => tell(Effect.map(catalog.change(path.id, camel(payload)), json)))
      .handle("remove", ({ path }) => tell(catalog.remove(path.id)))
      .handle("changeStock", ({ path, payload }) => tell(Effect.map(changeStock(path.id, payload), json)))
      .handle("genres", () => tell(Effect.map(catalog.genres, (genres) => genres.map(genreJson))))
      .handle("addGenre", ({ payload }) => tell(Effect.map(catalog.addGenre(payload), genreJson)))
  })
)

// internal

const browse = Effect.fnUntraced(function* (
  catalog: typeof Catalog.Service,
  query: typeof BrowseQuery.Type,
  json: (book: Domain.Book) => Book
) {
  const { sort_dir, page: _, size: __, after: ___, ...rest } = query
  const filter = { ...camel(rest), direction: sort_dir }
  const wanted = Pages.wanted(query)
  switch (wanted.by) {
    case "both":
      return yield* wanted.refusal
    case "cursor":
      return Pages.map(yield* catalog.scroll(filter, wanted.request), json)
    default:
      return Pages.map(yield* catalog.browse(filter, wanted.by === "page" ? wanted.request : {}), json)
  }
})

const bookIn =
  (currency: Currency) =>
  (book: Domain.Book): Book => ({
    id: book.id,
    title: book.title,
    author: book.author,
    price: format(currency, book.price),
    currency,
    isbn: book.isbn,
    genre_id: book.genreId,
    description: book.description,
    cover_image_url: book.coverImageUrl,
    publish_date: book.publishDate,
    stock_quantity: book.stockQuantity,
    in_stock: book.inStock
  })

const genreJson = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name })
