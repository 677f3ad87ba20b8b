import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { DateTime, Effect } from "effect"
import type * as Domain from "../domain/PreBooking.js"
import { Catalog } from "../services/Catalog.js"
import { PreBookings } from "../services/PreBookings.js"
import { Api } from "./Api.js"
import { asCustomer, sure } from "./Customer.js"
import * as Pages from "./Pages.js"
import type { PreBooking } from "./PreBookingsApi.js"
import { telling } from "./Refusals.js"
import { camel } from "./Wire.js"

export const layer = HttpApiBuilder.group(
  Api,
  "prebooks",
  Effect.fnUntraced(function* (handlers) {
    const preBookings = yield* PreBookings
    const { currency } = yield* Catalog
    const tell = telling(currency)

    return handlers
      .handle("request", ({ payload }) =>
        tell(asCustomer((id) => Effect.map(preBookings.request(id, camel(payload)), preBookingJson)))
      )
      .handle("list", ({ urlParams }) =>
        tell(
          asCustomer((id) =>
            Pages.itemed(
              urlParams,
              preBookingJson,
              (request) => preBookings.list(id, request),
              (request) => preBookings.scroll(id, request)
            )
          )
        )
      )
      .handle("get", ({ path }) =>
        tell(
          sure(
            asCustomer((id) =>
              Effect.map(preBookings.get(id, path.id), ({ booking, position }) => ({
                ...preBookingJson(booking),
                position
              }))
            )
          )
        )
      )
      .handle("cancel", ({ path }) => tell(sure(asCustomer((id) => Effect.asVoid(preBookings.cancel(id, path.id))))))
  })
)

// internal

const iso = (at: DateTime.Utc | null) => (at === null ? null : DateTime.formatIso(at))

const preBookingJson = (booking: Domain.PreBooking): PreBooking => ({
  id: booking.id,
  book_id: booking.bookId,
  book_title: booking.title,
  book_author: booking.author,
  status: booking.status,
  created_at: DateTime.formatIso(booking.createdAt),
  notified_at: iso("notifiedAt" in booking ? booking.notifiedAt : null),
  cancelled_at: iso("cancelledAt" in booking ? booking.cancelledAt : null),
  expires_at: iso("expiresAt" in booking ? booking.expiresAt : null)
})
