import { Effect, Encoding } from "effect"

/** SHA-256 of a value's JSON, so that a request can be known again without being kept. */
export const digest = (value: unknown): Effect.Effect<string> =>
  Effect.promise(async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(value))
    return Encoding.encodeHex(new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes)))
  })
