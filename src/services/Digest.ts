import { Context, Effect, Encoding } from "effect"

/** SHA-256 of a value's JSON, so that a request can be known again without being kept. */
export const digest = (value: unknown): Effect.Effect<string> =>
  Effect.flatMap(Digest, (digest) => digest(JSON.stringify(value)))

/** How a text is digested. The platform answers outside of Effect's scheduler, so a simulation brings its own. */
export class Digest extends Context.Reference<Digest>()("octavo/services/Digest", {
  defaultValue: () => (text: string) =>
    Effect.promise(async () =>
      Encoding.encodeHex(
        new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
      )
    )
}) {}
