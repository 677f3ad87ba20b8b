/** What customers ask for who find a book sold out, and what they may believe of the answers. */
import { Effect, Exit, HashMap } from "effect"
import * as Lines from "../../adapters/memory/Lines.js"
import type { State } from "../../adapters/memory/State.js"
import type * as PreBooking from "../../domain/PreBooking.js"
import { PreBookings } from "../../services/PreBookings.js"
import type { Command } from "./Commands.js"
import type { Dice } from "./Dice.js"
import * as Waiting from "./Waiting.js"

/** What there is for a customer to do about waiting: books that are sold out, and what became of earlier requests. */
export interface Chances {
  readonly soldOut: ReadonlyArray<string>
  readonly own: ReadonlyArray<PreBooking.PreBooking>
}

export const chances = (state: State, name: string): Chances => {
  const soldOut: Array<string> = []
  for (const { id, stockQuantity } of HashMap.values(state.books)) if (stockQuantity === 0) soldOut.push(id)
  return { soldOut: soldOut.sort(), own: HashMap.isEmpty(state.preBookings) ? [] : Waiting.of(state, name) }
}

/** How much there is to do, by kind. */
export const wishes = ({ soldOut, own }: Chances) => ({
  wait: soldOut.length > 0 ? 1 : 0.05,
  look: own.length > 0 ? 0.3 : 0,
  decline: own.length > 0 ? 0.3 : 0,
  collect: own.some(({ status }) => status === "held") ? 3 : 0
})

/** A book that may be waited for. */
export const wanted = ({ soldOut }: Chances, books: ReadonlyArray<string>, dice: Dice): string =>
  soldOut[dice.below(soldOut.length)] ?? books[dice.below(books.length)] ?? ""

/** A book of which a copy is held. */
export const held = ({ own }: Chances): string | null => own.find(({ status }) => status === "held")?.bookId ?? null

export const wait = (name: string, bookId: string): Command => ({
  ...plain,
  label: `${name} wants to wait for ${bookId}`,
  effect: Effect.flatMap(PreBookings, (preBookings) => preBookings.request(name, { bookId })),
  again: true,
  judge: (exit, state) => {
    if (Exit.isFailure(exit)) return null
    const { id } = exit.value as PreBooking.Waiting
    return Lines.find(state, id)?.customerId === name ? null : "the pre-booking that was answered is nowhere"
  }
})

export const look = ({ own }: Chances, name: string, dice: Dice): Command | null => {
  const booking = own[dice.below(own.length)]
  if (booking === undefined) return null
  return {
    ...plain,
    label: `${name} looks at ${booking.id}`,
    effect: Effect.flatMap(PreBookings, (preBookings) => preBookings.get(name, booking.id)),
    judge: (exit) => {
      if (Exit.isFailure(exit)) return null
      const { booking: seen, position } = exit.value as Looked
      if ((seen.status === "waiting") !== (position !== null)) return `it is ${seen.status}, at place ${position}`
      return position === null || position >= 1 ? null : `it is at place ${position}`
    }
  }
}

export const decline = ({ own }: Chances, name: string, dice: Dice): Command | null => {
  const booking = own[dice.below(own.length)]
  if (booking === undefined) return null
  return {
    ...plain,
    label: `${name} gives ${booking.id} up`,
    effect: Effect.flatMap(PreBookings, (preBookings) => preBookings.cancel(name, booking.id)),
    again: true,
    judge: (exit, state) => {
      if (Exit.isFailure(exit)) return null
      const now = Lines.find(state, booking.id)?.status
      return now === "cancelled" ? null : `it was told to be cancelled, and is ${now}`
    }
  }
}

/** Copies are passed on, and those who waited are told. */
export const sweep = (): Command => ({
  ...plain,
  label: "sweep",
  effect: Effect.flatMap(PreBookings, (preBookings) => preBookings.sweep)
})

// internal

type Looked = Effect.Effect.Success<ReturnType<PreBookings["Type"]["get"]>>

const plain = { shrinks: null, again: false, judge: () => null }
