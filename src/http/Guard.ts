/**
 * What is checked before the framework sees a request: it tells no wrong method from a wrong path, has no limits, takes
 * any content type, and answers errors in other shapes than the contract's.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { Effect } from "effect"
import type { Incoming } from "./Incoming.js"
import { Problem } from "./Problem.js"
import * as Routes from "./Routes.js"
import type { Settings } from "./Settings.js"

type Refused = Problem<"HTTP_404" | "HTTP_405" | "HTTP_415" | "MALFORMED_JSON" | "PAYLOAD_TOO_LARGE">

/** The request as the routes see it: its path begins where they are mounted, its body is read and is JSON. */
export const admit = (
  incoming: Incoming,
  { prefix, maximumBody }: Settings
): Effect.Effect<HttpServerRequest.HttpServerRequest, Refused> => {
  const { path, search } = locate(incoming.target)
  const route = path.startsWith(prefix) && isReadable(path) ? Routes.find(path.slice(prefix.length)) : undefined
  if (route === undefined) return new Problem({ code: "HTTP_404", members: {} })
  const body = route.methods.get(incoming.method)
  if (body === undefined) return new Problem({ code: "HTTP_405", members: {}, headers: { allow: route.allow } })
  const admitted = (json: unknown) => seen(incoming, path.slice(prefix.length) + legible(search), json)
  return body === "none" ? Effect.succeed(admitted({})) : Effect.map(read(incoming, body, maximumBody), admitted)
}

// internal

/** Path and query, also of a whole URL. */
const locate = (target: string) => {
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0].length ?? 0
  const end = target.indexOf("#", origin)
  const local = target.slice(origin, end === -1 ? undefined : end)
  const at = local.indexOf("?")
  return at === -1 ? { path: local || "/", search: "" } : { path: local.slice(0, at) || "/", search: local.slice(at) }
}

const isReadable = (path: string) => !(decoded(path) ?? "\0").includes("\0")

/** A value that is not UTF-8, percent-encoded, becomes NUL: the framework would guess, and no text may hold that. */
const legible = (search: string) =>
  search.includes("%") ? search.replace(/=[^&]*/g, (value) => (decoded(value) === undefined ? "=%00" : value)) : search

const decoded = (text: string) => {
  if (!text.includes("%")) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const template = HttpServerRequest.fromWeb(new Request("http://octavo/"))

/** What is read later of a request is replaced; `HEAD` is answered as `GET`, its body left out at the end. */
const seen = (incoming: Incoming, url: string, json: unknown): HttpServerRequest.HttpServerRequest =>
  Object.create(template, {
    method: { value: incoming.method === "HEAD" ? "GET" : incoming.method },
    url: { value: url },
    originalUrl: { value: url },
    headers: {
      value: isOtherwiseTyped(incoming) ? Headers.remove(incoming.headers, "content-type") : incoming.headers
    },
    json: { value: Effect.succeed(json) }
  })

const read = (incoming: Incoming, wanted: "optional" | "required", limit: number): Effect.Effect<unknown, Refused> =>
  Effect.flatMap(
    Effect.promise(() => bytesOf(incoming, limit)),
    (bytes) => {
      if (bytes === "large") return new Problem({ code: "PAYLOAD_TOO_LARGE", members: { limit } })
      if (bytes === "broken") return malformed
      if (bytes.byteLength === 0 && wanted === "optional") return Effect.succeed({})
      if (!isJson(incoming)) return new Problem({ code: "HTTP_415", members: {} })
      return parse(bytes)
    }
  )

/** The whole body, or why not; nothing is read past the limit. */
const bytesOf = async ({ headers, body }: Incoming, limit: number): Promise<Uint8Array | "large" | "broken"> => {
  if (Number(headers["content-length"] ?? 0) > limit) return "large"
  const parts: Array<Uint8Array> = []
  let length = 0
  try {
    await body?.((part) => {
      length += part.byteLength
      parts.push(part)
      return length <= limit
    })
  } catch {
    return "broken"
  }
  if (length > limit) return "large"
  if (parts.length === 1 && parts[0] !== undefined) return parts[0]
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}

/** A media type that a page of another site cannot send without asking first. */
const isJson = ({ headers }: Incoming) => {
  const encoding = headers["content-encoding"]
  return (
    /^application\/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?;?$/i.test((headers["content-type"] ?? "").trim()) &&
    (encoding === undefined || /^identity$/i.test(encoding))
  )
}

/** By a type of nothing at all the framework would read a body of its own. */
const isOtherwiseTyped = (incoming: Incoming) => incoming.headers["content-type"] !== undefined && !isJson(incoming)

const parse = (bytes: Uint8Array): Effect.Effect<unknown, Refused> => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    return isShallow(text) ? Effect.succeed(JSON.parse(text)) : malformed
  } catch {
    return malformed
  }
}

const malformed = Effect.suspend(() => Effect.fail(new Problem({ code: "MALFORMED_JSON", members: {} })))

const maximumDepth = 32

/** Counts brackets outside strings, before anything recursive looks at them. */
const isShallow = (text: string) => {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (quoted) {
      if (unit === 0x5c) i++
      else if (unit === 0x22) quoted = false
    } else if (unit === 0x22) quoted = true
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > maximumDepth) return false
    } else if (unit === 0x5d || unit === 0x7d) depth--
  }
  return true
}
