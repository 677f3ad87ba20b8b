import type { Flaws } from "./Breaking.js"
import { oversells } from "./books.js"
import { booksOfThen, putReplaces, takeKeeps } from "./carts.js"
import {
  addsNothing,
  anybodysOrder,
  keyUnknown,
  noRefill,
  noRestock,
  refundForgotten,
  unguarded,
  waitingUnknown
} from "./orders.js"
import { recovery } from "./recovery.js"
import { keepsFailed, neverOpen, noTransactions, slowNoTransactions } from "./transactor.js"

export const services: Flaws = {
  "a cart that is checked out ten times at once makes one order and one charge": {
    "the cart is not emptied": takeKeeps
  },
  "a second checkout while the first is at the gateway is told that it is in progress": {
    "the cart is not emptied": takeKeeps,
    "the waiting order is not found": waitingUnknown
  },
  "one copy in fifty carts is sold once and charged once, and the other carts stay as they were": {
    "no guard": oversells
  },
  "ten requests with one key at once get the same order, with one charge": { "the key is not found": keyUnknown },
  "a key that was used for another request is refused without effect; another customer's key is free": {
    "the key is not found": keyUnknown
  },
  "a decline puts everything back as it was, to what was added meanwhile": {
    "no lines": noRefill,
    "no copies": noRestock
  },
  "a declined request that comes again is answered as before, and the gateway is not asked again": {
    "the key is not found": keyUnknown
  },
  "an order has the prices of its checkout, and another total than the one expected is refused without effect": {
    "books are those of then": booksOfThen
  },
  "a checkout that is refused for its stock leaves cart, stock and orders as they were": {
    "no guard": oversells
  },
  "an outcome that is not known leaves the order waiting, its copies kept": {
    "the waiting order is not found": waitingUnknown
  },
  "a gateway that dies leaves the order waiting, its copies kept": { "the waiting order is not found": waitingUnknown },
  "a gateway that does not answer in time leaves the order waiting, its copies kept": {
    "the waiting order is not found": waitingUnknown
  },
  "a gateway that surely was not asked is a decline: everything is put back": {
    "no lines": noRefill,
    "no copies": noRestock
  },
  "a caller that is interrupted while its order is at the gateway does not stop charge and settlement": {
    "the order is not written": addsNothing
  },
  "a caller that is interrupted anywhere leaves its cart as it was, or an order that is settled": {
    "each call by itself": slowNoTransactions
  },
  "a checkout inside the host's transaction is refused, and the gateway is not asked": { "never open": neverOpen },
  "an order that was prepared in a host's transaction is gone when the host rolls back": {
    "failures are committed": keepsFailed
  },
  "prepare, charge and settle by hand make the order that place makes, and settling twice is settling once": {
    "no copies": noRestock
  },
  "an order that is cancelled ten times at once gives its copies back once, and its money once": {
    "no guard": unguarded
  },
  "a refund that the gateway did not make leaves the order cancelled, and cancelling again makes it": {
    "the refund is forgotten": refundForgotten
  },
  "a stranger's, a waiting or a failed order is not cancelled, nor any inside a transaction": {
    "an order is anybody's": anybodysOrder,
    "never open": neverOpen
  },
  "a guest's cart that is merged five times at once moves once, and quantities add up": {
    "quantities are replaced": putReplaces,
    "the guest's cart is not emptied": takeKeeps
  },
  "a merge that is rolled back leaves both carts as they were": {
    "each call by itself": noTransactions,
    slowNoTransactions
  },
  "no copy is lost or doubled when a cart is merged while it is checked out": { "the cart is not emptied": takeKeeps },
  "after any history of carts, purchases, cancellations and deliveries at once, copies, charges, totals and events add up":
    { "no copies": noRestock, "no guard": oversells },
  ...recovery
}
