/** Who may work on something now: one holder at a time, until an instant. Knows nothing of bookstores. */
import { Schema } from "effect"
import * as Text from "./Text.js"

/** Names what is leased. */
export const LeaseKey = Text.visible(255).pipe(Schema.brand("LeaseKey"))
export type LeaseKey = typeof LeaseKey.Type

/** Shown to others; two that work apart have different names. */
export const Holder = Text.visible(512).pipe(Schema.brand("Holder"))
export type Holder = typeof Holder.Type

/** Opaque, and known to its holder alone. */
export const LeaseToken = Schema.NonEmptyString.pipe(Schema.brand("LeaseToken"))
export type LeaseToken = typeof LeaseToken.Type

const shown = {
  key: LeaseKey,
  holder: Holder,
  since: Schema.DateTimeUtcFromSelf,
  expiresAt: Schema.DateTimeUtcFromSelf
}

/** A lease as its holder has it. */
export class Lease extends Schema.Class<Lease>("octavo/Lease")({ ...shown, token: LeaseToken }) {}

/** A lease as others see it. */
export class Held extends Schema.Class<Held>("octavo/Held")(shown) {}

/** Somebody holds it, and his time is not over. */
export class LeaseTaken extends Schema.TaggedError<LeaseTaken>()("LeaseTaken", { held: Held }) {}

/** The token is of no lease that is still running. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", { key: LeaseKey }) {}
