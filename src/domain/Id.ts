/** Ids: UUIDs of the library's own, and the host's name for a customer. */
import { Option, Schema } from "effect"
import * as Text from "./Text.js"

export const Uuid = Schema.String.pipe(
  Schema.filter((text) => pattern.test(text), { message: () => "must be a UUID in lower case" })
)

/** A customer is whatever string the host's identity system uses. */
export const CustomerId = Text.bounded(512).pipe(Schema.minLength(1), Schema.brand("CustomerId"))
export type CustomerId = typeof CustomerId.Type

/** A text read as an id; none when no id can look like that, so that it is told as not found. */
export const read =
  <A extends string>(schema: Schema.Schema<A, string>) =>
  (text: unknown): Option.Option<A> =>
    typeof text === "string" ? Schema.decodeOption(schema)(text.toLowerCase()) : Option.none()

/** What was given as an id, as a refusal may name it. */
export const shown = (given: unknown): string => (typeof given === "string" ? given.slice(0, 100) : typeof given)

// internal

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
