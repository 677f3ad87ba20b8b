/** Customers wait for books that are out of stock, and are served when there are copies again. */
import { Context, DateTime, Effect, Either, Exit, Layer } from "effect"
import * as Book from "../domain/Book.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import * as Page from "../domain/Page.js"
import * as PreBooking from "../domain/PreBooking.js"
import { IdGenerator } from "../ports/IdGenerator.js"
import { type Asked, PreBookingRepository } from "../ports/PreBookingRepository.js"
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
        const done = yield* Effect.exit(serving.hand(bookId))
        if (Exit.isFailure(done)) {
          // Also where a row of this book cannot be read: others are served all the same.
          const log = Effect.logWarning("Copies could not be handed out", done.cause)
          yield* Effect.annotateLogs(log, "bookId", bookId)
          return { all, failed: true }
        }
        if (done.value === null) return { all, failed: false }
        all = Serving.sum(all, done.value)
      }
    })

  const own = (customer: Id.CustomerId, id: PreBooking.PreBookingId) =>
    DateTime.now.pipe(
      Effect.flatMap((now) => preBookings.get(customer, id, now)),
      Effect.map(({ booking }) => booking)
    )

  /** The commit was made, or it was not, or is being made still: then the same request waits for it, and meets its own. */
  const askAgain = (asked: Asked) => {
    const mine = own(asked.customerId, asked.id)
    return Effect.catchTag(mine, "PreBookingNotFound", () =>
      Effect.catchTag(preBookings.request(asked), "AlreadyWaiting", (refusal) =>
        Effect.catchTag(mine, "PreBookingNotFound", () => Effect.fail(refusal))
      )
    )
  }

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
        const waiting = yield* Effect.catchIf(preBookings.request(asked), isUnknown, () => askAgain(asked))
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
      const giveUp = transact(
        Effect.gen(function* () {
          const cancelled = yield* preBookings.cancel(customer, id, yield* DateTime.now)
          yield* serving.serve([cancelled.bookId])
          return cancelled
        })
      )
      return yield* Effect.catchIf(giveUp, isUnknown, () =>
        Effect.catchTag(giveUp, "PreBookingClosed", (refusal) =>
          Effect.filterOrFail(
            own(customer, id),
            (booking) => booking.status === "cancelled",
            () => refusal
          )
        )
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

/** The link was lost at the commit: whether it was kept can only be seen. */
const isUnknown = (error: { readonly _tag: string }): error is StoreError =>
  error._tag === "StoreError" && (error as StoreError).outcome === "Unknown"
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
