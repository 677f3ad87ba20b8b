/** Who is asking: the host's business, told to octavo per request. */
import { Context, Effect, Either, Layer, Schema } from "effect"
import { CustomerId } from "../domain/Id.js"

/** A customer; who picks, packs and dispatches; who may do everything. */
export const Role = Schema.Literal("user", "staff", "admin")
export type Role = typeof Role.Type

export const Identity = Schema.Struct({ customerId: CustomerId, role: Role })
export interface Identity extends Schema.Schema.Type<typeof Identity> {}
/** The plain form of an identity, as a host writes it. */
export interface IdentityInput extends Schema.Schema.Encoded<typeof Identity> {}

/** Nothing in the request says who asks, or not in a way that can be used. */
export class TokenMissing extends Schema.TaggedError<TokenMissing>()("TokenMissing", {}) {}
export class TokenInvalid extends Schema.TaggedError<TokenInvalid>()("TokenInvalid", {}) {}
export class TokenExpired extends Schema.TaggedError<TokenExpired>()("TokenExpired", {}) {}
export type Unauthenticated = TokenMissing | TokenInvalid | TokenExpired

/** What an identity may be read from. */
export interface Asking {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** By lower-case name; what was sent several times is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

export class Authentication extends Context.Tag("octavo/Authentication")<
  Authentication,
  { readonly identify: (asking: Asking) => Effect.Effect<Identity, Unauthenticated> }
>() {}

/** What a host's own function may answer: an identity, null for nobody, or one of the refusals; at once, later or as an effect. */
export type Answer = IdentityInput | Unauthenticated | null
export type Identify = (asking: Asking) => Answer | Promise<Answer> | Effect.Effect<Answer, Unauthenticated>

/** Authentication by the host's own function. What it throws is a bug of its own, and told as one. */
export const layer = (identify: Identify): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, {
    identify: (asking) =>
      Effect.suspend(() => {
        const answer = identify(asking)
        return Effect.isEffect(answer) ? answer : Effect.promise(async () => answer)
      }).pipe(
        Effect.flatMap((answer): Effect.Effect<IdentityInput, Unauthenticated> => {
          if (answer == null) return Effect.fail(new TokenMissing())
          return "_tag" in answer ? Effect.fail(answer) : Effect.succeed(answer)
        }),
        Effect.flatMap((identity) => Effect.orDie(decode(identity)))
      )
  })

/** The token of `Authorization: Bearer …` (RFC 6750); several headers, or another scheme, are none. */
export const bearer = ({ headers }: Asking): Either.Either<string, TokenMissing> => {
  const match = /^Bearer +([\w\-.~+/]+=*)$/i.exec(headers.authorization ?? "")
  return match?.[1] === undefined ? Either.left(new TokenMissing()) : Either.right(match[1])
}

// internal

const decode = Schema.decodeUnknown(Identity)
