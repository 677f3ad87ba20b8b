/** The payment provider of the model: its books, and how it takes a call in its mood. */
import { chargeTimeout, type Order, type Word, type World } from "./World.js"

/** What a charge answers, or whether money may have moved, in calls `before` it too. A key that has its answer gets it again. */
export const charge = (world: World, order: Order, before: "No" | "Unknown"): Word | "No" | "Unknown" => {
  const { charges, mood, now } = world
  if (now >= order.createdAt + chargeTimeout) return before
  world.asked++
  const asked = charges[order.paymentKey]
  if (asked !== undefined) return fits(asked, order) ? asked : "Unknown"
  if (mood.charge === "down") return "No"
  const word = wordFor(mood.charge, order)
  if (word !== null) charges[order.paymentKey] = word
  return word !== null && (mood.charge === "capture" || mood.charge === "decline") ? word : "Unknown"
}

export const lookup = ({ charges, mood }: World, { paymentKey }: Order): Word | null | "Unknown" =>
  mood.lookup === "fails" ? "Unknown" : (charges[paymentKey] ?? null)

/** Whether the provider says that the money is back. */
export const refund = (world: World, key: string): boolean => {
  const { refunded, mood } = world
  if (refunded[key]) return true
  world.askedBack++
  if (mood.refund !== "fails") refunded[key] = true
  return mood.refund === "pays"
}

/** A capture of anything but the total settles nothing. */
export const fits = (word: Word, { total }: Order): boolean => !("captured" in word) || word.amount === total

export const captured = ({ paymentKey, total }: Order): Word => ({ captured: `scripted_${paymentKey}`, amount: total })

// internal

/** What is written in its books, whether or not that is what it answers. */
const wordFor = (mood: World["mood"]["charge"], order: Order): Word | null => {
  switch (mood) {
    case "decline":
      return { declined: "declined" }
    case "other amount":
      return { captured: `scripted_${order.paymentKey}`, amount: order.total + 1 }
    case "capture":
    case "charged and lost":
    case "charged and dies":
    case "charged and hangs":
    case "garbage":
      return captured(order)
    default:
      return null
  }
}
