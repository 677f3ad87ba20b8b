/** Books and genres, as the model keeps them. */
import * as SearchText from "../../domain/SearchText.js"
import * as Text from "../../domain/Text.js"
import {
  type Answer,
  answer,
  anything,
  type Book,
  bookOf,
  by,
  invalid,
  named,
  page,
  putBook,
  refuse,
  type Said,
  shown,
  slices,
  tell,
  type World,
  wrong
} from "./World.js"

export interface Draft {
  readonly title?: Said<string>
  readonly author?: Said<string>
  readonly price?: Said<number>
  readonly isbn?: Said<string | null>
  readonly genreId?: Said<string | null>
  readonly description?: Said<string | null>
  readonly coverImageUrl?: Said<string | null>
  readonly publishDate?: Said<string | null>
}

export interface Row extends Omit<Draft, "genreId"> {
  readonly genre?: Said<string>
  readonly stock?: Said<number>
}

export interface Filter {
  readonly q?: Said<string>
  readonly genreId?: Said<string>
  readonly author: Said<string>
  readonly minPrice?: Said<number>
  readonly maxPrice?: Said<number>
  readonly inStock?: Said<boolean>
  readonly sort?: Said<"title" | "price" | "date" | "created_at">
  readonly direction?: Said<"asc" | "desc">
}

export interface StockChange {
  readonly quantity?: Said<number>
  readonly delta?: Said<number>
  readonly expected?: Said<number>
}

/** Ids are read in whatever case. */
export const read = (id: string): string => id.toLowerCase()

export const addGenre = (world: World, name: Said<string>): Answer => {
  if (name.means === undefined) return invalid("name")
  if (genreNamed(world, name.means) !== undefined) return refuse("GenreConflict", { name: name.means })
  return answer(newGenre(world, name.means))
}

export const genres = ({ store }: World): Answer =>
  answer([...store.genres].sort((a, b) => Text.compare(Text.fold(a.name), Text.fold(b.name))))

export const addBook = (world: World, draft: Draft): Answer => {
  const missing = ["title", "author", "price"].filter((field) => !(field in draft))
  const bad = [...missing, ...wrong({ ...draft })]
  if (bad.length > 0) return invalid(...bad)
  const unknown = unknownGenre(world, draft)
  if (unknown !== null) return unknown
  const facts: Book = { ...blank, ...meant(draft), createdAt: world.now }
  if (numbered(world, facts) !== undefined) return refuse("IsbnConflict", { isbn: facts.isbn })
  const book = { ...facts, id: named(world, "book") }
  putBook(world, book)
  return answer(shown(book))
}

export const getBook = (world: World, id: string): Answer => {
  const book = bookOf(world, read(id))
  return book === undefined ? noBook(id) : answer(shown(book))
}

export const changeBook = (world: World, id: string, changes: Draft): Answer => {
  const bad = wrong({ ...changes })
  if (bad.length > 0) return invalid(...bad)
  if (isNonsense(id)) return noBook(id)
  const unknown = unknownGenre(world, changes)
  if (unknown !== null) return unknown
  const book = bookOf(world, read(id))
  if (book === undefined) return noBook(id)
  const changed: Book = { ...book, ...meant(changes) }
  if (numbered(world, changed) !== undefined) return refuse("IsbnConflict", { isbn: changed.isbn })
  putBook(world, changed)
  return answer(shown(changed))
}

/** Off sale, and out of every cart. */
export const removeBook = (world: World, id: string): Answer => {
  const { store } = world
  if (bookOf(world, read(id)) === undefined) return noBook(id)
  store.books = store.books.filter((book) => book.id !== read(id))
  const carts = Object.entries(store.carts)
  store.carts = Object.fromEntries(
    carts.map(([who, lines]) => [who, lines.filter(({ bookId }) => bookId !== read(id))])
  )
  return answer()
}

export const changeStock = (world: World, id: string, change: StockChange): Answer => {
  const bad = wrong({ ...change })
  if (bad.length > 0) return invalid(...bad)
  const [quantity, delta] = [change.quantity?.means, change.delta?.means]
  if ((quantity === undefined) === (delta === undefined)) return invalid("")
  const book = bookOf(world, read(id))
  if (book === undefined) return noBook(id)
  const { stockQuantity } = book
  if (change.expected?.means !== undefined && change.expected.means !== stockQuantity)
    return refuse("StockChanged", { stockQuantity })
  const next = quantity ?? stockQuantity + (delta ?? 0)
  if (next < 0) return refuse("StockBelowZero", { stockQuantity })
  if (next > 2 ** 31 - 1) return invalid("delta")
  const changed = stocked(world, book, next)
  return answer(shown(changed))
}

/** A page of those that fit, with their count. */
export const browse = (world: World, filter: Filter, number: Said<number>, size: Said<number>): Answer => {
  const bad = wrong({ ...filter })
  if (bad.length > 0) return invalid(...bad)
  const off = wrong({ page: number, size })
  if (off.length > 0) return invalid(...off)
  const found = search(world, filter)
  const [at, count] = [number.means ?? 1, size.means ?? 20]
  return answer({ items: page(found.map(shown), at, count), total: found.length, page: at, size: count })
}

/** All slices, to the end. */
export const scroll = (world: World, filter: Filter, size: Said<number>): Answer => {
  const bad = wrong({ ...filter })
  if (bad.length > 0) return invalid(...bad)
  const off = wrong({ size })
  return off.length > 0 ? invalid(...off) : answer(slices(search(world, filter).map(shown), size.means ?? 20))
}

/** Each row is a new book, or a word on the book that it already is; later rows meet what earlier ones did. */
export const merge = (
  world: World,
  rows: ReadonlyArray<Row>,
  options: { readonly existing?: Said<"update" | "skip">; readonly price?: Said<number>; readonly stock?: Said<number> }
): Answer => {
  if (wrong({ ...options }).length > 0) return refuse("InvalidInput", { paths: anything })
  const [price, stock] = [options.price?.means, options.stock?.means ?? 0]
  const refused = rows.map((row) => {
    const wanting = [...["title", "author"].filter((field) => !(field in row)), ...wrong({ ...row })]
    if (wanting.length === 0 && row.price === undefined && price === undefined) wanting.push("price")
    return wanting.length > 0 ? invalid(...wanting) : null
  })
  // The first spelling of a genre's name is kept.
  for (const [i, { genre }] of rows.entries())
    if (refused[i] === null && genre?.means !== undefined && genreNamed(world, genre.means) === undefined)
      newGenre(world, genre.means)
  return answer(
    rows.map(
      (row, i) =>
        refused[i] ?? { answered: mergeRow(world, row, { price, stock, keep: options.existing?.means === "skip" }) }
    )
  )
}

// internal

const blank = {
  id: "",
  isbn: null,
  genreId: null,
  description: null,
  coverImageUrl: null,
  publishDate: null,
  stockQuantity: 0,
  title: "",
  author: "",
  price: 0
}

const meant = (draft: Draft): Partial<Book> =>
  Object.fromEntries(
    Object.entries(draft).map(([field, { means }]) => [
      field,
      field === "genreId" && means !== null ? read(String(means)) : means
    ])
  )

const noBook = (id: string) => refuse("BookNotFound", { bookId: isNonsense(id) ? id : read(id) })

/** No id can look like that. */
export const isNonsense = (id: string): boolean => id === nonsense

export const nonsense = "no id looks like this"

const genreNamed = ({ store }: World, name: string) =>
  store.genres.find((genre) => Text.fold(genre.name) === Text.fold(name))

const newGenre = (world: World, name: string) => {
  const genre = { id: named(world, "genre"), name }
  world.store.genres = [...world.store.genres, genre]
  return genre
}

const unknownGenre = ({ store }: World, { genreId }: Draft): Answer | null => {
  const id = genreId?.means
  if (id == null || store.genres.some((genre) => genre.id === read(id))) return null
  return refuse("GenreNotFound", { genreId: isNonsense(id) ? id : read(id) })
}

/** Another book with its ISBN. */
const numbered = ({ store }: World, { id, isbn }: Book) =>
  isbn === null ? undefined : store.books.find((other) => other.isbn === isbn && other.id !== id)

/** The shop puts copies in, or takes some out, and tells of it. */
const stocked = (world: World, book: Book, stockQuantity: number): Book => {
  const [bookId, from] = [book.id, book.stockQuantity]
  const changed = { ...book, stockQuantity }
  putBook(world, changed)
  if (from !== stockQuantity) tell(world, "StockChanged", bookId, { bookId, from, to: stockQuantity })
  if (from === 0 && stockQuantity > 0) tell(world, "BookRestocked", bookId, { bookId })
  return changed
}

const search = ({ store }: World, filter: Filter): ReadonlyArray<Book> => {
  const { q, genreId, author, minPrice, maxPrice, inStock, sort, direction } = filter
  const asked = (q?.means ?? "") === "" ? null : SearchText.query(q?.means ?? "")
  const genre = ({ genreId }: Book) => store.genres.find(({ id }) => id === genreId)?.name ?? ""
  const words = (book: Book) => [book.title, book.author, genre(book)].flatMap(SearchText.words)
  const found = store.books.filter(
    (book) =>
      (asked === null || (asked.length > 0 && SearchText.matches(asked, words(book)))) &&
      (genreId?.means === undefined || book.genreId === read(genreId.means)) &&
      Text.fold(book.author).includes(Text.fold(author.means ?? "")) &&
      book.price >= (minPrice?.means ?? 0) &&
      book.price <= (maxPrice?.means ?? Number.MAX_SAFE_INTEGER) &&
      (inStock?.means === undefined || inStock.means === book.stockQuantity > 0)
  )
  const order = sort?.means ?? (asked === null ? "title" : "relevance")
  const turn = (direction?.means ?? (order === "created_at" ? "desc" : "asc")) === "desc" ? -1 : 1
  const byTitle = (a: Book, b: Book) => Text.compare(titleKey(a), titleKey(b))
  const relevance = (book: Book) => SearchText.relevance(asked ?? [], SearchText.words(book.title))
  const compare = {
    title: (a: Book, b: Book) => turn * byTitle(a, b),
    price: (a: Book, b: Book) => turn * (a.price - b.price),
    created_at: (a: Book, b: Book) => turn * (a.createdAt - b.createdAt),
    // Books without a date come last both ways.
    date: (a: Book, b: Book) =>
      a.publishDate === null || b.publishDate === null
        ? Number(a.publishDate === null) - Number(b.publishDate === null)
        : turn * Text.compare(a.publishDate, b.publishDate),
    relevance: (a: Book, b: Book) => relevance(a) - relevance(b) || byTitle(a, b)
  }[order]
  return [...found].sort((a, b) => compare(a, b) || by<Book>(({ id }) => id)(a, b))
}

const titleKey = ({ title }: { readonly title: string }) => SearchText.words(title).join(" ")

const identity = ({ title, author, publishDate }: Book) =>
  JSON.stringify([titleKey({ title }), SearchText.words(author), publishDate])

const mergeRow = (
  world: World,
  row: Row,
  { price, stock, keep }: { readonly price: number | undefined; readonly stock: number; readonly keep: boolean }
) => {
  const { genre, stock: counted, ...draft } = row
  const genreId = genre?.means === undefined ? null : (genreNamed(world, genre.means)?.id ?? null)
  const said: Book = {
    ...blank,
    price: price ?? 0,
    ...meant(draft),
    genreId,
    stockQuantity: counted?.means ?? stock,
    createdAt: world.now
  }
  const there = world.store.books.find((book) =>
    said.isbn === null ? book.isbn === null && identity(book) === identity(said) : book.isbn === said.isbn
  )
  if (there === undefined) {
    putBook(world, { ...said, id: named(world, "book") })
    return "added"
  }
  const next: Book = {
    ...there,
    title: said.title,
    author: said.author,
    price: row.price === undefined ? there.price : said.price,
    genreId: genre === undefined ? there.genreId : genreId,
    description: said.description ?? there.description,
    coverImageUrl: said.coverImageUrl ?? there.coverImageUrl,
    publishDate: said.publishDate ?? there.publishDate
  }
  const stockQuantity = counted?.means ?? there.stockQuantity
  if (keep || JSON.stringify({ ...next, stockQuantity }) === JSON.stringify(there)) return "kept"
  putBook(world, next)
  stocked(world, next, stockQuantity)
  return "updated"
}
