/** All laws, by noun. */
import type { Law } from "../Law.js"
import { auditing } from "./auditing.js"
import { audits } from "./audits.js"
import { bookChanges } from "./bookChanges.js"
import { bookIndex } from "./bookIndex.js"
import { books } from "./books.js"
import { cancelling } from "./cancelling.js"
import { carts } from "./carts.js"
import { checkout } from "./checkout.js"
import { claims } from "./claims.js"
import { commits } from "./commits.js"
import { fulfilEnding } from "./fulfilEnding.js"
import { fulfilHolding } from "./fulfilHolding.js"
import { fulfilLists } from "./fulfilLists.js"
import { fulfilRaces } from "./fulfilRaces.js"
import { fulfilStates } from "./fulfilStates.js"
import { fulfilTaking } from "./fulfilTaking.js"
import { gateway } from "./gateway.js"
import { genres } from "./genres.js"
import { history } from "./history.js"
import { idempotency } from "./idempotency.js"
import { imports } from "./imports.js"
import { inbox } from "./inbox.js"
import { lateCaptures, notices } from "./lateCaptures.js"
import { leases } from "./leases.js"
import { lostCommits } from "./lostCommits.js"
import { merging } from "./merging.js"
import { model } from "./model.js"
import { moves } from "./moves.js"
import { nesting } from "./nesting.js"
import { orderLists } from "./orderLists.js"
import { orders } from "./orders.js"
import { outbox } from "./outbox.js"
import { preBookBuying } from "./preBookBuying.js"
import { preBookExpiry } from "./preBookExpiry.js"
import { preBookHistory } from "./preBookHistory.js"
import { preBookHolds } from "./preBookHolds.js"
import { preBookings } from "./preBookings.js"
import { preBookLarge } from "./preBookLarge.js"
import { preBookLists } from "./preBookLists.js"
import { preBookQueue } from "./preBookQueue.js"
import { preBookRaces } from "./preBookRaces.js"
import { preBookRemoval } from "./preBookRemoval.js"
import { preBookRestocks } from "./preBookRestocks.js"
import { prices } from "./prices.js"
import { recovery } from "./recovery.js"
import { refunds } from "./refunds.js"
import { relays } from "./relay.js"
import { restocks } from "./restocks.js"
import { stock } from "./stock.js"
import { stockEvents } from "./stockEvents.js"
import { transactor } from "./transactor.js"
import { undeliverable, untold } from "./undeliverable.js"
import { unfinished } from "./unfinished.js"
import { wholeCarts } from "./wholeCarts.js"
import { wishes } from "./wishes.js"
import { wishMoves } from "./wishMoves.js"

export { ofLeases } from "./leases.js"

/** The laws of the ports: what each store must keep by itself. */
export const ofPorts: ReadonlyArray<Law> = [
  ...books,
  ...bookChanges,
  ...stock,
  ...genres,
  ...imports,
  ...bookIndex,
  ...carts,
  ...wholeCarts,
  ...wishes,
  ...orders,
  ...moves,
  ...orderLists,
  ...unfinished,
  ...outbox,
  ...restocks,
  ...claims,
  ...undeliverable,
  ...commits,
  ...refunds,
  ...leases,
  ...fulfilStates,
  ...fulfilRaces,
  ...fulfilLists,
  ...inbox,
  ...auditing,
  ...transactor,
  ...nesting
]

/** The laws of the services over a store. */
export const ofServices: ReadonlyArray<Law> = [
  ...checkout,
  ...prices,
  ...idempotency,
  ...gateway,
  ...cancelling,
  ...recovery,
  ...lateCaptures,
  ...notices,
  ...lostCommits,
  ...stockEvents,
  ...relays,
  ...untold,
  ...audits,
  ...fulfilTaking,
  ...fulfilHolding,
  ...fulfilEnding,
  ...preBookings,
  ...preBookLists,
  ...preBookRestocks,
  ...preBookQueue,
  ...preBookExpiry,
  ...preBookBuying,
  ...preBookRaces,
  ...preBookHolds,
  ...preBookLarge,
  ...preBookRemoval,
  ...preBookHistory,
  ...merging,
  ...wishMoves,
  ...history,
  ...model
]

/** The whole suite. */
export const laws: ReadonlyArray<Law> = [...ofPorts, ...ofServices]
