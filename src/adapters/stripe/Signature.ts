/** Stripe's signature of a webhook: `t=seconds,v1=hex`, HMAC-SHA256 over `seconds.` and the raw bytes. */
import { Clock, Effect, type Redacted, Redacted as Secret } from "effect"
import { NoticeRefused } from "../../domain/Notice.js"

/** Passes when any of the signatures is that of the secret, and was made at most `tolerance` seconds from now. */
export const verify = Effect.fnUntraced(function* (
  request: { readonly body: Uint8Array; readonly header: string | undefined },
  secret: Redacted.Redacted,
  tolerance: number
) {
  const { seconds, signatures } = read(request.header ?? "")
  if (seconds === null || signatures.length === 0) return yield* new NoticeRefused({ reason: "signature" })
  const good = yield* Effect.promise(() => isSigned(`${seconds}.`, request.body, signatures, Secret.value(secret)))
  if (!good) return yield* new NoticeRefused({ reason: "signature" })
  const now = (yield* Clock.currentTimeMillis) / 1000
  if (Math.abs(now - Number(seconds)) > tolerance) return yield* new NoticeRefused({ reason: "too_old" })
})

// internal

const read = (header: string) => {
  const parts = header.split(",").map((part) => part.trim())
  const seconds = parts.find((part) => /^t=\d{1,15}$/.test(part))?.slice(2) ?? null
  const signatures = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part)).map((part) => part.slice(3))
  return { seconds, signatures }
}

/** `verify` of Web Crypto compares in constant time. */
const isSigned = async (prefix: string, body: Uint8Array, signatures: ReadonlyArray<string>, secret: string) => {
  const { subtle } = globalThis.crypto
  const encode = new TextEncoder()
  const algorithm = { name: "HMAC", hash: "SHA-256" }
  const key = await subtle.importKey("raw", encode.encode(secret), algorithm, false, ["verify"])
  const start = encode.encode(prefix)
  const signed = new Uint8Array(start.length + body.length)
  signed.set(start)
  signed.set(body, start.length)
  const verdicts = await Promise.all(signatures.map((hex) => subtle.verify("HMAC", key, bytes(hex), signed)))
  return verdicts.includes(true)
}

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
