/**
 * What is checked before the framework sees a request: it tells no wrong method from a wrong path, has no limits, takes
 * any content type, and answers errors in other shapes than the contract's.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { Effect } from "effect"
import type * as Body from "./Body.js"
import type { Incoming } from "./Incoming.js"
import { Problem } from "./Problem.js"
import type * as Routes from "./Routes.js"
import type { Settings } from "./Settings.js"

type Refused = Problem<"HTTP_404" | "HTTP_405" | "HTTP_415" | "MALFORMED_JSON" | "NOTICE_REFUSED" | "PAYLOAD_TOO_LARGE">

/** The request as the routes see it: its path begins where they are mounted, its body is read and is what the route takes. */
export const admit = (
  incoming: Incoming,
  { prefix, maximumBody }: Settings,
  find: Routes.Find
): Effect.Effect<HttpServerRequest.HttpServerRequest, Refused> => {
  const { path, search } = locate(incoming.target)
  const route = path.startsWith(prefix) && isReadable(path) ? find(path.slice(prefix.length)) : undefined
  if (route === undefined) return new Problem({ code: "HTTP_404", members: {} })
  const body = route.methods.get(incoming.method)
  if (body === undefined) return new Problem({ code: "HTTP_405", members: {}, headers: { allow: route.allow } })
  const admitted = (content: Content) => seen(incoming, path.slice(prefix.length) + legible(search), content)
  return body === "none"
    ? Effect.succeed(admitted({ json: {} }))
    : Effect.map(read(incoming, body, maximumBody), admitted)
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

/** What was read of a body. */
type Content = { readonly json: unknown } | { readonly bytes: Uint8Array<ArrayBuffer> }

/** What is read later of a request is replaced; `HEAD` is answered as `GET`, its body left out at the end. */
const seen = (incoming: Incoming, url: string, content: Content): HttpServerRequest.HttpServerRequest =>
  Object.create(template, {
    method: { value: incoming.method === "HEAD" ? "GET" : incoming.method },
    url: { value: url },
    originalUrl: { value: url },
    headers: {
      value:
        "json" in content && isOtherwiseTyped(incoming)
          ? Headers.remove(incoming.headers, "content-type")
          : incoming.headers
    },
    ...("json" in content
      ? { json: { value: Effect.succeed(content.json) } }
      : { arrayBuffer: { value: Effect.succeed(content.bytes.buffer) } })
  })

const read = (incoming: Incoming, wanted: Exclude<Body.Kind, "none">, limit: number): Effect.Effect<Content, Refused> =>
  Effect.flatMap(
    Effect.promise(() => bytesOf(incoming, limit)),
    (bytes): Effect.Effect<Content, Refused> => {
      if (bytes === "large") return new Problem({ code: "PAYLOAD_TOO_LARGE", members: { limit } })
      if (bytes === "broken") return wanted === "raw" ? unreadable : malformed
      // A copy: what a server hands over may lie in a buffer that it shares.
      if (wanted === "raw") return Effect.succeed({ bytes: new Uint8Array(bytes) })
      if (bytes.byteLength === 0 && wanted === "optional") return Effect.succeed({ json: {} })
      if (!isJson(incoming)) return new Problem({ code: "HTTP_415", members: {} })
      return Effect.map(parse(bytes), (json) => ({ json }))
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

const unreadable = Effect.suspend(() =>
  Effect.fail(new Problem({ code: "NOTICE_REFUSED", members: { reason: "unreadable" } }))
)

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
