import type { Flaws } from "./Breaking.js"
import { noRestock } from "./orders.js"
import { anybodysCopy, copiesDoubled } from "./preBookHolds.js"
import { checkedFirst, unlocked } from "./preBookings.js"
import { goneForgotten, heldToTheShelf, onTheShelf } from "./preBookServing.js"

/** By the way that copies come back, who puts them on the shelf although somebody waits. */
const ways = {
  "the stock is set": onTheShelf,
  "the stock is adjusted": onTheShelf,
  "an import puts them in": onTheShelf,
  "an order is cancelled": onTheShelf,
  "a payment is declined": onTheShelf,
  "recovery gives an order up": onTheShelf,
  "a hold expires": heldToTheShelf,
  "a held copy is declined": heldToTheShelf
}

export const preBookRaces: Flaws = {
  ...Object.fromEntries(
    Object.entries(ways).map(([name, flaw]) => [
      `pre-booking: nobody is left waiting for a book that is in stock when ${name} while customers ask`,
      { "the book is looked at without its lock": unlocked, "what comes back is on the shelf": flaw }
    ])
  ),
  "pre-booking: nobody is left waiting for a book that is removed while customers ask": {
    "the book is looked at without its lock": unlocked,
    "those who wait are forgotten": goneForgotten
  },
  "pre-booking: a customer who asks ten times while copies come and go waits at most once, and is told once for each": {
    "it is checked before it is written": checkedFirst
  },
  "pre-booking, queue: its holder buys a copy while its time runs out and it is swept: he has it, or the next in line":
    { "copies are doubled": copiesDoubled },
  "pre-booking, queue: its holder buys a copy while he declines it: it is bought, or goes to the next in line": {
    "copies are doubled": copiesDoubled
  },
  "pre-booking, queue: its holder buys a copy while others reach for it: he has it": {
    "copies are doubled": copiesDoubled,
    "it is anybody's": anybodysCopy
  },
  "pre-booking, queue: a held copy that its holder buys three times at once is bought once": {
    "copies are doubled": copiesDoubled
  },
  "pre-booking, queue: its holder buys a copy while its book is removed: he has it, or it is cancelled and he is told":
    {
      "those who wait are forgotten": goneForgotten
    },
  "pre-booking, queue: an order of a held copy that is cancelled while the next in line gives up leaves it to one of them":
    { "copies are doubled": copiesDoubled, "copies do not come back": noRestock },
  ...Object.fromEntries(
    ["all are told", "each is served in turn", "the host chooses"].map((name) => [
      `pre-booking: after any history at once, where ${name}, nobody waits in vain and all copies, holds and events add up`,
      { "copies do not come back": noRestock, "what arrives is on the shelf": onTheShelf }
    ])
  ),
  "pre-booking: an audit finds the copies of books in balance after any history of customers who wait for them": {
    "copies do not come back": noRestock
  }
}
