/** Identity by a signed token: JWT (RFC 7519) with HS256 and a shared secret. */
import { Clock, Duration, Effect, Layer, Schema } from "effect"
import { errors, jwtVerify, SignJWT } from "jose"
import {
  Authentication,
  bearer,
  Identity,
  type IdentityInput,
  TokenExpired,
  TokenInvalid
} from "../../ports/Authentication.js"

/** The secret is shorter than the 32 bytes that HS256 asks for (RFC 7518, 3.2). */
export class SecretTooShort extends Schema.TaggedError<SecretTooShort>()("SecretTooShort", {
  minimumBytes: Schema.Int
}) {}

export interface Options {
  /** At least 32 bytes; a text counts in UTF-8. */
  readonly secret: string | Uint8Array
  /** The claim that holds the customer id; `sub` unless said otherwise. */
  readonly customerClaim?: string
  /** The claim that holds `user`, `staff` or `admin`; `role` unless said otherwise. */
  readonly roleClaim?: string
}

/** Reads `Authorization: Bearer <JWT>`. `exp` is required, HS256 the only algorithm. */
export const layer = (options: Options): Layer.Layer<Authentication, SecretTooShort> =>
  Layer.effect(
    Authentication,
    Effect.map(keyOf(options.secret), (key) => {
      const verified = new Map<string, Verified>()
      return {
        identify: Effect.fnUntraced(function* (asking) {
          const token = yield* bearer(asking)
          const now = yield* Clock.currentTimeMillis
          const known = verified.get(token) ?? (yield* verify(token, key, now, claims(options)))
          if (now >= known.expiresAt) {
            verified.delete(token)
            return yield* new TokenExpired()
          }
          if (verified.size >= remembered) verified.delete(verified.keys().next().value ?? "")
          verified.set(token, known)
          return known.identity
        })
      }
    })
  )

/** A token for somebody, signed with the secret, valid for a day unless said otherwise. */
export const sign = Effect.fn("Jwt.sign")(function* (
  identity: IdentityInput,
  options: Options & { readonly validFor?: Duration.DurationInput }
) {
  const key = yield* keyOf(options.secret)
  const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const { customer, role } = claims(options)
  const { customerId, role: said } = yield* Effect.orDie(decode(identity))
  const token = new SignJWT({ [customer]: customerId, [role]: said })
    .setProtectedHeader({ alg: algorithm, typ: "JWT" })
    .setIssuedAt(now)
    .setExpirationTime(now + Math.floor(Duration.toSeconds(options.validFor ?? "1 day")))
  return yield* Effect.promise(() => token.sign(key))
})

// internal

const algorithm = "HS256"
const minimumBytes = 32

/** A signature that held once holds for ever: of so many tokens it is not computed again, which is most of the cost. */
const remembered = 1000

interface Verified {
  readonly identity: Identity
  readonly expiresAt: number
}

const verify = Effect.fnUntraced(function* (token: string, key: CryptoKey, now: number, { customer, role }: Claims) {
  const { payload } = yield* Effect.tryPromise({
    try: () => jwtVerify(token, key, { algorithms: [algorithm], requiredClaims: ["exp"], currentDate: new Date(now) }),
    catch: (error) => (error instanceof errors.JWTExpired ? new TokenExpired() : new TokenInvalid())
  })
  const identity = yield* Effect.mapError(
    decode({ customerId: payload[customer], role: payload[role] }),
    () => new TokenInvalid()
  )
  return { identity, expiresAt: (payload.exp ?? 0) * 1000 } satisfies Verified
})

const decode = Schema.decodeUnknown(Identity)

interface Claims {
  readonly customer: string
  readonly role: string
}

const claims = ({ customerClaim, roleClaim }: Options): Claims => ({
  customer: customerClaim ?? "sub",
  role: roleClaim ?? "role"
})

/** Imported once: per request it would cost as much as the verification. */
const keyOf = Effect.fnUntraced(function* (secret: string | Uint8Array) {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : Uint8Array.from(secret)
  if (bytes.byteLength < minimumBytes) return yield* new SecretTooShort({ minimumBytes })
  const hmac = { name: "HMAC", hash: "SHA-256" }
  return yield* Effect.promise(() => globalThis.crypto.subtle.importKey("raw", bytes, hmac, false, ["sign", "verify"]))
})
