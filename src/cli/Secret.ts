/** The HS256 secret that tokens are signed with. */
import { randomBytes } from "node:crypto"
import { Either } from "effect"
import { type Failure, usage } from "./Failure.js"
import type { Environment } from "./Options.js"

export const variable = "OCTAVO_JWT_SECRET"

export const advice = `export ${variable}=$(node -p 'crypto.randomBytes(32).toString("base64")')`

/** The secret of the environment, if there is one; one shorter than its hash is refused (RFC 7518, section 3.2). */
export const read = (env: Environment): Either.Either<string | undefined, Failure> => {
  const secret = env[variable]
  if (secret === undefined || secret === "") return Either.right(undefined)
  const length = Buffer.byteLength(secret)
  return length >= minimumBytes
    ? Either.right(secret)
    : Either.left(usage(`${variable} has ${length} bytes and needs at least ${minimumBytes}; make one: ${advice}`))
}

/** A secret for one run. */
export const make = (): string => randomBytes(32).toString("base64")

// internal

const minimumBytes = 32
