/** The contract of pre-booking: who waits for a book that is out of stock. */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import { Schema } from "effect"
import * as Domain from "../domain/PreBooking.js"
import { AsUser } from "./Identity.js"
import * as Pages from "./Pages.js"
import * as Problem from "./Problem.js"
import * as Wire from "./Wire.js"

const Instant = Schema.String.annotations({ examples: ["2025-01-31T12:00:00.000Z"] })

const preBooking = {
  id: Schema.String,
  book_id: Schema.String,
  book_title: Schema.String.annotations({ description: "As the book was called when the customer asked." }),
  book_author: Schema.String,
  status: Domain.Status.annotations({
    description:
      "waiting; then notified, with everyone else who waited, or held, a copy kept until expires_at; then fulfilled, cancelled or expired."
  }),
  created_at: Instant,
  notified_at: Schema.NullOr(Instant),
  cancelled_at: Schema.NullOr(Instant),
  expires_at: Schema.NullOr(Instant)
}

export const PreBooking = Wire.answer("PreBooking", Schema.Struct(preBooking))
export interface PreBooking extends Schema.Schema.Type<typeof PreBooking> {}

export const PreBookingWithPosition = Wire.answer(
  "PreBookingWithPosition",
  Schema.Struct({
    ...preBooking,
    position: Schema.NullOr(Schema.Int).annotations({
      description: "The place in line, from 1, of one that waits; null otherwise."
    })
  })
)

const Request = Wire.body({ book_id: Schema.String }, { book_id: "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d" })

const path = Schema.Struct({ id: Schema.String })
const ListQuery = Wire.query(Pages.parameters)
const badBody = Problem.schema("VALIDATION_ERROR", "MALFORMED_JSON", "PAYLOAD_TOO_LARGE", "HTTP_415")

export class PreBookingsApi extends HttpApiGroup.make("prebooks")
  .add(
    HttpApiEndpoint.post("request", "/prebooks")
      .setPayload(Request)
      .addSuccess(Wire.created(PreBooking))
      .addError(badBody)
      .addError(Problem.schema("BOOK_NOT_FOUND", "PREBOOK_BOOK_IN_STOCK", "PREBOOK_DUPLICATE"))
      .annotate(OpenApi.Summary, "Wait for a book that is out of stock")
  )
  .add(
    HttpApiEndpoint.get("list", "/prebooks")
      .setUrlParams(ListQuery)
      // The widest last: a page and a slice have items, too.
      .addSuccess(Schema.Union(Pages.Page(PreBooking), Pages.Slice(PreBooking), Pages.Items(PreBooking)))
      .addError(Problem.schema("VALIDATION_ERROR"))
      .annotate(OpenApi.Summary, "Own pre-bookings in all states, newest first; 100 of them unless pages are asked for")
  )
  .add(
    HttpApiEndpoint.get("get", "/prebooks/:id")
      .setPath(path)
      .addSuccess(PreBookingWithPosition)
      .addError(Problem.schema("PREBOOK_NOT_FOUND"))
      .annotate(OpenApi.Summary, "One of the own pre-bookings, with its place in line")
  )
  .add(
    HttpApiEndpoint.del("cancel", "/prebooks/:id")
      .setPath(path)
      .addError(Problem.schema("PREBOOK_NOT_FOUND", "PREBOOK_ALREADY_CANCELLED", "PREBOOK_NOT_CANCELLABLE"))
      .annotate(OpenApi.Summary, "Give up a place in line, or a copy that is held: it goes to the next")
  )
  .middleware(AsUser)
  .addError(Problem.schema("STORE_UNAVAILABLE"))
  .annotate(OpenApi.Title, "Pre-booking") {}
