/** What a deed means once it is known what exists: a call. */
import type { Call } from "./Calls.js"
import { linesOf } from "./Carting.js"
import { nonsense } from "./Catalogue.js"
import type { Deed, Ref, Spoken } from "./Histories.js"
import { bookOf, type Said, type Word, type World } from "./World.js"

/** No history makes this id. */
export const stranger = "01234567-89ab-7def-8123-456789abcdef"

/** Texts that no other history has. */
export interface Own {
  /** A word. */
  readonly salt: string
  /** As `$isbn0`, hyphened as `$dashed0`. */
  readonly isbns: ReadonlyArray<string>
}

/** Null when the deed is about something and there is nothing of the kind. */
export const call = (world: World, own: Own, { call, with: args }: Deed): Call | null => {
  const meant: Array<unknown> = []
  for (const arg of args) {
    const value = call === "host" && Array.isArray(arg) ? arg : resolve(world, own, args, arg)
    if (value === nothing) return null
    meant.push(value)
  }
  return { call, with: meant } as unknown as Call
}

// internal

const nothing = Symbol("nothing")

const resolve = (world: World, own: Own, args: ReadonlyArray<unknown>, arg: unknown): unknown => {
  if (typeof arg === "string") return salted(own, arg)
  if (Array.isArray(arg)) return arg.map((part) => resolve(world, own, args, part))
  if (typeof arg !== "object" || arg === null) return arg
  if ("ref" in arg) return referred(world, arg as Ref | Spoken | Held)
  if ("genreOf" in arg) return genre(world, arg.genreOf as Ref | null)
  if ("totalOf" in arg) return total(world, resolve(world, own, args, args[0]) as Said<string>, Number(arg.totalOf))
  const fields = Object.entries(arg).map(([key, field]) => [key, resolve(world, own, args, field)] as const)
  return Object.fromEntries(fields.filter(([, field]) => field !== nothing))
}

interface Held {
  readonly ref: "held" | "owner" | "payOf"
  readonly at: number
}

const salted = ({ salt, isbns }: Own, text: string) =>
  text
    .replaceAll("$salt", salt)
    .replace(/\$isbn(\d)/, (_, n) => isbns[Number(n)] ?? "")
    .replace(/\$dashed(\d)/, (_, n) => (isbns[Number(n)] ?? "").replace(/^(...)(.)(....)/, "$1-$2 $3-"))

const fromNewest = <A>(all: ReadonlyArray<A>, at: number): A | undefined =>
  all[all.length - 1 - (at % Math.max(1, all.length))]

const referred = (world: World, arg: Ref | Spoken | Held): unknown => {
  const order = fromNewest(world.prepared, arg.at)
  switch (arg.ref) {
    case "held":
      return order?.id ?? nothing
    case "payOf":
      return order?.paymentKey ?? nothing
    case "owner":
      return order === undefined ? nothing : { given: order.customerId, means: order.customerId }
    case "word":
      return order === undefined ? nothing : word(order, arg.says)
    default: {
      if (arg.as === "stranger") return stranger
      if (arg.as === "nonsense") return nonsense
      const name = arg.ref === "order" ? order?.id : fromNewest(world.known[arg.ref], arg.at)
      return name === undefined ? nothing : arg.as === "upper case" ? name.toUpperCase() : name
    }
  }
}

const word = ({ paymentKey, total: amount }: World["prepared"][number], says: Spoken["says"]): Word => {
  const captured = `scripted_${paymentKey}`
  switch (says) {
    case "captured":
      return { captured, amount }
    case "declined":
      return { declined: "no money" }
    case "returned":
      return { returned: captured }
    case "other amount":
      return { captured, amount: amount + 1 }
    case "other payment":
      return { captured: `second_${paymentKey}`, amount }
  }
}

const genre = (world: World, ref: Ref | null): unknown => {
  const id = ref === null ? null : referred(world, ref)
  return id === nothing ? nothing : { given: id, means: id }
}

/** What the customer's cart costs now, or so much more. */
const total = (world: World, customer: Said<string>, more: number): Said<number> => {
  const lines = linesOf(world, customer.means ?? "")
  const sum = lines.reduce((sum, { bookId, quantity }) => sum + quantity * (bookOf(world, bookId)?.price ?? 0), more)
  return { given: (sum / 100).toFixed(2), means: sum }
}
