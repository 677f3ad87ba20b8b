/** The books that are sold: put in, changed, taken out, found, counted. */
import { Context, DateTime, Effect, Either, Layer, Option } from "effect"
import * as Book from "../domain/Book.js"
import * as BookQuery from "../domain/BookQuery.js"
import * as Genre from "../domain/Genre.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import * as Page from "../domain/Page.js"
import { BookIndex } from "../ports/BookIndex.js"
import { BookRepository } from "../ports/BookRepository.js"
import { GenreRepository } from "../ports/GenreRepository.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { StoreSettings } from "../ports/StoreSettings.js"
import { Transactor } from "../ports/Transactor.js"
import * as Serving from "./Serving.js"
import * as Stocking from "./Stocking.js"

const make = Effect.gen(function* () {
  const books = yield* BookRepository
  const index = yield* BookIndex
  const genres = yield* GenreRepository
  const ids = yield* IdGenerator
  const stocking = yield* Stocking.make
  const serving = yield* Serving.make
  const { transact } = yield* Transactor
  const { currency } = yield* StoreSettings

  const decodeDraft = Input.decode(Book.Draft(currency))
  const decodeChanges = Input.decode(Book.Changes(currency))
  const decodeStockChange = Input.decode(Book.StockChange)
  const decodeFilter = Input.decode(BookQuery.Filter(currency))
  const decodePage = Input.decode(Page.PageRequest)
  const decodeSlice = Input.decode(Page.SliceRequest)
  const decodeGenre = Input.decode(Genre.NewGenre)

  /** Undefined keeps the genre, null clears it, an id must be that of a genre. */
  const genreOf = (genreId: string | null | undefined) =>
    genreId == null
      ? Effect.succeed(genreId)
      : Option.match(Id.read(Genre.GenreId)(genreId), {
          onNone: () => new Genre.GenreNotFound({ genreId }),
          onSome: (id) => Effect.map(genres.get(id), (genre) => genre.id)
        })

  /** The book as it was under its lock, and as it is now. */
  const changed = (id: Book.BookId, change: Book.StockChange) =>
    Effect.suspend(() => {
      let before: Book.Book | undefined
      const decide = (book: Book.Book) => {
        before = book
        return Book.changeStock(book, change)
      }
      return Effect.map(books.modify(id, decide), (after) => ({ before: before ?? after, after }))
    })

  return {
    /** The store's currency, in which every price is. */
    currency,

    /** Puts a book on sale, with nothing on the shelf. */
    add: Effect.fn("Catalog.add")(function* (input: Book.DraftInput) {
      const draft = yield* decodeDraft(input)
      const genreId = (yield* genreOf(draft.genreId)) ?? null
      const id = Book.BookId.make(yield* ids.next)
      const book = Book.make(draft, { id, genreId, createdAt: yield* DateTime.now })
      yield* books.add(book)
      return book
    }),

    /** A book as it is today. */
    get: Effect.fn("Catalog.get")(function* (bookId: string) {
      return yield* books.get(yield* idOf(bookId))
    }),

    /** Changes what is sent; null clears an optional field. */
    change: Effect.fn("Catalog.change")(function* (bookId: string, input: Book.ChangesInput) {
      const changes = yield* decodeChanges(input)
      const id = yield* idOf(bookId)
      const genreId = yield* genreOf(changes.genreId)
      return yield* books.modify(id, (book) => Either.right(Book.change(book, changes, genreId)))
    }),

    /**
     * Takes a book off sale, and out of every cart and wishlist; whoever waits for it is told. Placed orders keep what
     * they say.
     */
    remove: Effect.fn("Catalog.remove")(function* (bookId: string) {
      const id = yield* idOf(bookId)
      yield* transact(Effect.all([serving.expire(id), books.remove(id), serving.tell(id)]))
    }),

    /**
     * Sets the stock to a quantity or moves it by a delta, optionally only if it is what the caller saw. The stock is
     * what is for sale: what is put in while customers wait goes to them first.
     */
    changeStock: Effect.fn("Catalog.changeStock")(function* (bookId: string, input: Book.StockChangeInput) {
      const change = yield* decodeStockChange(input)
      const id = yield* idOf(bookId)
      return yield* transact(
        Effect.gen(function* () {
          const { before, after } = yield* changed(id, change)
          return (yield* stocking.told([{ before, after }])) ? yield* books.get(id) : after
        })
      )
    }),

    /** A page of the books that fit, with their count. */
    browse: Effect.fn("Catalog.browse")(function* (filter: BookQuery.FilterInput, request: Page.PageRequestInput = {}) {
      const query = BookQuery.make(yield* decodeFilter(filter))
      const page = yield* decodePage(request)
      const found = query === null ? { items: [], total: 0 } : yield* index.page(query, page)
      return { ...found, ...page } satisfies Page.Page<Book.Book>
    }),

    /** The books that fit, from a cursor on. */
    scroll: Effect.fn("Catalog.scroll")(function* (
      filter: BookQuery.FilterInput,
      request: Page.SliceRequestInput = {}
    ) {
      const query = BookQuery.make(yield* decodeFilter(filter))
      const { after, size } = yield* decodeSlice(request)
      if (query === null) return { items: [], next: null } satisfies Page.Slice<Book.Book>
      const position = yield* Page.read(query, after, BookQuery.isPosition(query))
      const found = yield* index.after(query, position, size + 1)
      return Page.slice(found, size, query, (book) => BookQuery.position(query, book))
    }),

    /** Adds a genre; its name is taken in whatever case. */
    addGenre: Effect.fn("Catalog.addGenre")(function* (input: Genre.NewGenreInput) {
      const { name } = yield* decodeGenre(input)
      const genre = new Genre.Genre({ id: Genre.GenreId.make(yield* ids.next), name })
      yield* genres.add(genre)
      return genre
    }),

    /** All genres, by name. */
    genres: genres.all
  }
})

/** The catalogue of the bookstore. */
export class Catalog extends Context.Tag("octavo/Catalog")<Catalog, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.effect(Catalog, make)

// internal

const idOf = (bookId: string) =>
  Either.fromOption(Id.read(Book.BookId)(bookId), () => new Book.BookNotFound({ bookId: Id.shown(bookId) }))
