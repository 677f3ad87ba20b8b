/** Whose cart and whose orders a route is about. */
import { Effect } from "effect"
import type { InvalidInput } from "../domain/Input.js"
import { CurrentIdentity } from "./Identity.js"

/** What the customer who asks is answered. */
export const asCustomer = <A, E, R>(ask: (customerId: string) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(CurrentIdentity, ({ customerId }) => ask(customerId))

/** Without input to refuse: the identity was checked when it was read, so a refusal of it is a bug. */
export const sure = <A, E, R>(
  effect: Effect.Effect<A, E | InvalidInput, R>
): Effect.Effect<A, Exclude<E, InvalidInput>, R> =>
  Effect.catchIf(effect, isInvalidInput, Effect.die) as Effect.Effect<A, Exclude<E, InvalidInput>, R>

// internal

const isInvalidInput = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "InvalidInput"
