/** What an audit found, in words. */
import { DateTime } from "effect"
import type * as Domain from "../domain/Audit.js"
import type { Finding } from "../services/Audit.js"
import { quote } from "./Options.js"

/** A violation with its ids, and what would put it right or what was done. */
export const line = ({ violation, repair, repaired }: Finding, isRepairing: boolean): string =>
  `${violation._tag} ${said(violation)}. ${
    repaired
      ? `Put right: ${repairs[repair].done}`
      : `${isRepairing ? "Still to do" : "Repair"}: ${repairs[repair].wanted}`
  }.`

/** The same for programs. */
export const json = ({ violation: { _tag, ...facts }, repair, repaired }: Finding) => ({
  violation: _tag,
  ...facts,
  repair,
  repaired
})

// internal

type Of<T extends Domain.Violation["_tag"]> = Extract<Domain.Violation, { readonly _tag: T }>

const facts: { readonly [T in Domain.Violation["_tag"]]: (violation: Of<T>) => string } = {
  StockUnbalanced: ({ bookId, stock, onHold, inOrders, putIn }) =>
    `book=${bookId}: ${stock} in stock, ${onHold} on hold and ${inOrders} in orders are not the ${putIn} that were put in`,
  LineMiscounted: ({ bookId, waiting, held, waits, holds }) =>
    `book=${bookId}: counts ${waiting} who wait and ${held} on hold, and there are ${waits} and ${holds}`,
  StockWithheld: ({ bookId, stock, waits }) => `book=${bookId}: ${waits} wait for it, and ${stock} are in stock`,
  TotalWrong: ({ orderId, total, sum }) =>
    `order=${orderId}: its total is ${total}, its lines ${sum === null ? "are missing" : `make ${sum}`} (minor units)`,
  EventMissing: ({ orderId, kind }) => `order=${orderId}: there is no ${kind} event`,
  EventRepeated: ({ orderId, kind, times }) => `order=${orderId}: there are ${times} ${kind} events`,
  EventUnfounded: ({ eventId, orderId, kind }) =>
    `event=${eventId} order=${orderId}: ${kind} tells of what the order has not gone through`,
  PreBookingEventMissing: ({ preBookingId, kind }) => `prebook=${preBookingId}: there is no ${kind} event`,
  PreBookingEventRepeated: ({ preBookingId, kind, times }) =>
    `prebook=${preBookingId}: there are ${times} ${kind} events`,
  PreBookingEventUnfounded: ({ eventId, preBookingId, kind }) =>
    `event=${eventId} prebook=${preBookingId}: ${kind} tells of what the pre-booking has not gone through`,
  PaymentShared: ({ paymentId, orderIds }) =>
    `payment=${quote(paymentId)}: stands for the orders ${orderIds.join(", ")}`,
  PaymentKeyShared: ({ key, orderIds }) => `key=${quote(key)}: was given to the orders ${orderIds.join(", ")}`,
  PaymentStuck: ({ orderId, since }) => `order=${orderId}: has waited for its payment ${from(since)}`,
  RefundStuck: ({ orderId, paymentId, since }) =>
    `order=${orderId} payment=${quote(paymentId)}: the money has been owed to its customer ${from(since)}`,
  HoldLapsed: ({ preBookingId, bookId, since }) =>
    `prebook=${preBookingId} book=${bookId}: its hold is over ${from(since)}, and the copy was not passed on`,
  CopiesIdle: ({ bookId, copies }) => `book=${bookId}: ${copies} have come in, and for long none was handed out`,
  TellingLate: ({ bookId, since }) => `book=${bookId}: some who waited have not been told ${from(since)}`,
  WaiterForgotten: ({ preBookingId, bookId }) =>
    `prebook=${preBookingId} book=${bookId}: is open, and nobody will ever come to it`,
  DeliveryParked: ({ eventId, kind, error }) =>
    `event=${eventId}: ${kind} is parked, and holds up what comes after it; ${error === null ? "no error" : quote(error)}`,
  DeliveryLate: ({ eventId, kind, since }) => `event=${eventId}: ${kind} has not been delivered ${from(since)}`,
  ChargeMissing: ({ orderId, key }) =>
    `order=${orderId} key=${quote(key)}: is paid, but the provider has no such payment, or another`,
  ChargeUnlisted: ({ orderId, paymentId }) =>
    `order=${orderId} payment=${quote(paymentId)}: the provider has money that the order does not keep`
}

const said = (violation: Domain.Violation): string => {
  const words: Readonly<Record<string, (violation: never) => string>> = facts
  // The words of this very tag take this very violation.
  return words[violation._tag]?.(violation as never) ?? ""
}

const from = (since: DateTime.Utc) => `since ${DateTime.formatIso(since)}`

const repairs: { readonly [R in Domain.Repair]: { readonly wanted: string; readonly done: string } } = {
  Recount: {
    wanted: "set the stock to what was put in less what is in orders and on hold",
    done: "the stock was set anew"
  },
  Recover: { wanted: "ask the provider again, as octavo recover does", done: "recovery has settled it" },
  Sweep: { wanted: "see that octavo serve runs, which hands out and tells", done: "it was handed out and told" },
  Tell: { wanted: "write the event that is missing", done: "the event was written" },
  Deliver: {
    wanted: "see that a relay runs, mend what the handler fails at, and let the event go on with octavo outbox retry",
    done: "the event goes on"
  },
  ByHand: { wanted: "look at it by hand", done: "nothing" }
}
