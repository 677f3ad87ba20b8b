/** Events in one line each, where no handlers of a host's are told of them. */
import { DateTime, Either } from "effect"
import type { Event, PreBookingEvent } from "../domain/Event.js"
import { format } from "../domain/Money.js"
import { type Failure, usage } from "./Failure.js"
import { quote } from "./Options.js"

/** Which ones are written; with `none` they stay in the outbox, for a relay of the host's. */
export type Choice = "orders" | "all" | "none"

export const read = (text: string): Either.Either<Choice, Failure> =>
  text === "orders" || text === "all" || text === "none"
    ? Either.right(text)
    : Either.left(usage(`--events takes orders, all or none, not ${quote(text)}`))

export const isWritten = (choice: Choice, event: Event): boolean =>
  choice === "all" || (choice === "orders" && "customerId" in event)

export const line = (event: Event): string => `${DateTime.formatIso(event.at)} ${event._tag} ${facts(event)}`

// internal

const facts = (event: Event): string => {
  switch (event._tag) {
    case "StockChanged":
      return `book=${event.bookId} from=${event.from} to=${event.to}`
    case "BookRestocked":
      return `book=${event.bookId}`
    case "PaymentReturned":
      return `${ofOrder(event)} payment=${event.paymentId} amount=${money(event, event.amount)}`
    case "OrderPaymentFailed":
      return `${ofOrder(event)} total=${money(event, event.total)} reason=${quote(event.reason)}`
    case "PreBookingNotified":
    case "PreBookingExpired":
    case "PreBookingWithdrawn":
      return ofPreBooking(event)
    case "PreBookingHeld":
      return `${ofPreBooking(event)} until=${DateTime.formatIso(event.expiresAt)}`
    default:
      return `${ofOrder(event)} total=${money(event, event.total)}`
  }
}

const ofPreBooking = ({ preBookingId, customerId, bookId }: PreBookingEvent) =>
  `prebook=${preBookingId} customer=${quote(customerId)} book=${bookId}`

type OfOrder = Extract<Event, { readonly orderId: unknown }>

const ofOrder = ({ orderId, customerId }: OfOrder) => `order=${orderId} customer=${quote(customerId)}`

const money = ({ currency }: OfOrder, amount: Parameters<typeof format>[1]) => `${format(currency, amount)} ${currency}`
