import { Context, Effect, Layer, Schema } from "effect"
import type { CustomerId } from "../domain/Id.js"
import type { Contact } from "../domain/Mail.js"

/** The directory gave no answer; it may be asked again. */
export class DirectoryError extends Schema.TaggedError<DirectoryError>()("DirectoryError", { cause: Schema.Defect }) {
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

/** How to reach a customer; the host's. */
export class CustomerDirectory extends Context.Tag("octavo/CustomerDirectory")<
  CustomerDirectory,
  {
    /** What is known of a customer; null when there is no such customer. */
    readonly find: (customer: CustomerId) => Effect.Effect<Contact | null, DirectoryError>
  }
>() {}

/** What a host's own function may know of a customer: what it leaves out it does not know. */
export type Known = Partial<Contact> | null | undefined

/** What it may answer: at once, later or as an effect. */
export type Find = (customer: CustomerId) => Known | Promise<Known> | Effect.Effect<Known, unknown>

/** The directory by the host's own function; what it throws is trouble that may pass. */
export const layer = (find: Find): Layer.Layer<CustomerDirectory> =>
  Layer.succeed(CustomerDirectory, {
    find: (customer) =>
      Effect.try(() => find(customer)).pipe(
        Effect.mapError(({ error }) => error),
        Effect.flatMap((answer) =>
          Effect.isEffect(answer) ? answer : Effect.tryPromise({ try: async () => answer, catch: (error) => error })
        ),
        Effect.mapBoth({
          onFailure: (cause) => new DirectoryError({ cause }),
          onSuccess: (known) => (known == null ? null : contact(known))
        })
      )
  })

// internal

const contact = ({ name, address, language }: Partial<Contact>): Contact => ({
  name: name ?? null,
  address: address ?? null,
  language: language ?? null
})
