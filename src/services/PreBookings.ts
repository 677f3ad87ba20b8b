/** Customers wait for books that are out of stock, and are served when there are copies again. */
import { Context, DateTime, Effect, Either, Layer } from "effect"
import * as Book from "../domain/Book.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import * as Page from "../domain/Page.js"
import * as PreBooking from "../domain/PreBooking.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { PreBookingRepository } from "../ports/PreBookingRepository.js"
import { StoreError } from "../ports/StoreError.js"
import { Transactor } from "../ports/Transactor.js"
import * as Customer from "./Customer.js"
import * as Serving from "./Serving.js"

export type { Served } from "./Serving.js"

const make = Effect.gen(function* () {
  const preBookings = yield* PreBookingRepository
  const ids = yield* IdGenerator
  const serving = yield* Serving.make
  const { transact } = yield* Transactor

  /** One book until nothing of it is left to hand out; how far it came where the store fails. */
  const handAll = (bookId: Book.BookId) =>
    Effect.gen(function* () {
      let all = Serving.none
      for (;;) {
        const done = yield* Effect.either(serving.hand(bookId))
        if (Either.isLeft(done)) {
          yield* Effect.annotateLogs(Effect.logWarning("Copies could not be handed out", done.left), "bookId", bookId)
          return { all, failed: true }
        }
        if (done.right === null) return { all, failed: false }
        all = Serving.sum(all, done.right)
      }
    })

  return {
    /** Puts the customer in line for a book that is out of stock; once, until served or cancelled. */
    request: Effect.fn("PreBookings.request")(function* (customerId: string, input: PreBooking.RequestInput) {
      const customer = yield* Customer.decode(customerId)
      const { bookId } = yield* decodeRequest(input)
      const book = yield* Either.fromOption(
        Id.read(Book.BookId)(bookId),
        () => new Book.BookNotFound({ bookId: Id.shown(bookId) })
      )
      const id = PreBooking.PreBookingId.make(yield* ids.next)
      for (let attempt = 0; attempt < attempts; attempt++) {
        const asked = { id, customerId: customer, bookId: book, now: yield* DateTime.now }
        const waiting = yield* preBookings.request(asked)
        if (waiting !== null) return waiting
        // Holds have lapsed: their copies go to others, or back on sale, before anybody stands in line.
        yield* serving.serve([book])
      }
      return yield* busy
    }),

    /** One of the customer's own, with its place in line, from 1, while it waits. */
    get: Effect.fn("PreBookings.get")(function* (customerId: string, preBookingId: string) {
      const customer = yield* Customer.decode(customerId)
      return yield* preBookings.get(customer, yield* idOf(preBookingId), yield* DateTime.now)
    }),

    /** The customer's own in all states, newest first. */
    list: Effect.fn("PreBookings.list")(function* (customerId: string, request: Page.PageRequestInput = {}) {
      const customer = yield* Customer.decode(customerId)
      const page = yield* decodePage(request)
      const found = yield* preBookings.page(customer, yield* DateTime.now, page)
      return { ...found, ...page } satisfies Page.Page<PreBooking.PreBooking>
    }),

    /** As `list`, from a cursor on. */
    scroll: Effect.fn("PreBookings.scroll")(function* (customerId: string, request: Page.SliceRequestInput = {}) {
      const customer = yield* Customer.decode(customerId)
      const { after, size } = yield* decodeSlice(request)
      const query = { preBookingsOf: customer }
      const position = yield* Page.read(query, after, PreBooking.isPosition)
      const found = yield* preBookings.after(customer, yield* DateTime.now, position, size + 1)
      return Page.slice(found, size, query, PreBooking.position)
    }),

    /** Gives a place in line up, or a copy that is held: it goes to the next in line, or back on sale. */
    cancel: Effect.fn("PreBookings.cancel")(function* (customerId: string, preBookingId: string) {
      const customer = yield* Customer.decode(customerId)
      const id = yield* idOf(preBookingId)
      return yield* transact(
        Effect.gen(function* () {
          const cancelled = yield* preBookings.cancel(customer, id, yield* DateTime.now)
          yield* serving.serve([cancelled.bookId])
          return cancelled
        })
      )
    }),

    /**
     * Passes on what was held too long, and finishes what a large restock has left to be done, batch by batch, until
     * nothing is left. Nothing depends on it but how soon customers see and are told: any number of processes may run
     * it at any time. Run it every few seconds.
     */
    sweep: Effect.withSpan(
      Effect.gen(function* () {
        let all = Serving.none
        const left = new Set<Book.BookId>()
        for (;;) {
          const due = yield* preBookings.due(null, yield* DateTime.now, pageSize + left.size)
          const books = due.filter((bookId) => !left.has(bookId))
          if (books.length === 0) break
          for (const bookId of books) {
            const done = yield* handAll(bookId)
            if (done.failed || done.all === Serving.none) left.add(bookId)
            all = Serving.sum(all, done.all)
          }
        }
        for (;;) {
          const told = yield* serving.tell(null)
          if (told === 0) return all
          all = Serving.sum(all, { ...Serving.none, told })
        }
      }),
      "PreBookings.sweep"
    )
  }
})

/** Who waits for what. */
export class PreBookings extends Context.Tag("octavo/PreBookings")<PreBookings, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.effect(PreBookings, make)

// internal

const attempts = 5
const pageSize = 100

const decodeRequest = Input.decode(PreBooking.Request)
const decodePage = Input.decode(Page.PageRequest)
const decodeSlice = Input.decode(Page.SliceRequest)

const busy = new StoreError({
  operation: "PreBookings.request",
  outcome: "RolledBack",
  retryable: true,
  cause: new Error("holds of the book kept lapsing")
})

const idOf = (preBookingId: string) =>
  Either.fromOption(
    Id.read(PreBooking.PreBookingId)(preBookingId),
    () => new PreBooking.PreBookingNotFound({ preBookingId: Id.shown(preBookingId) })
  )
