/** A message as it came over the wire, read as a receiver does (RFC 5322, RFC 2045, RFC 2047). */

export interface Message {
  /** By lower-case name, unfolded; every one there is. */
  readonly headers: ReadonlyMap<string, ReadonlyArray<string>>
  /** Decoded. */
  readonly header: (name: string) => string | null
  /** By media type, decoded. */
  readonly parts: ReadonlyMap<string, string>
}

export const parse = (raw: string): Message => {
  const parts = new Map<string, string>()
  const collect = (entity: string) => {
    const { headers, body } = split(entity)
    const type = headers.get("content-type")?.[0] ?? "text/plain"
    const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1]
    if (boundary === undefined) {
      const encoding = headers.get("content-transfer-encoding")?.[0]?.toLowerCase() ?? "7bit"
      parts.set((type.split(";")[0] ?? "").trim().toLowerCase(), decoded(body, encoding))
      return
    }
    const [, ...inner] = `\r\n${body}`.split(`\r\n--${boundary}`)
    for (const part of inner) if (!part.startsWith("--")) collect(part.replace(/^[ \t]*\r\n/, ""))
  }
  collect(raw)
  const { headers } = split(raw)
  return {
    headers,
    header: (name) => {
      const found = headers.get(name.toLowerCase())?.[0]
      return found === undefined ? null : words(found)
    },
    parts
  }
}

// internal

const split = (entity: string) => {
  const end = entity.indexOf("\r\n\r\n")
  const lines = entity
    .slice(0, end)
    .replace(/\r\n(?=[ \t])/g, "")
    .split("\r\n")
  const headers = new Map<string, Array<string>>()
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return { headers, body: entity.slice(end + 4) }
}

const decoded = (body: string, encoding: string): string => {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8").replaceAll("\r\n", "\n")
  return (encoding === "quoted-printable" ? quoted(body.replaceAll("=\r\n", ""), /=([0-9A-F]{2})/gi) : body).replaceAll(
    "\r\n",
    "\n"
  )
}

const quoted = (text: string, escapes: RegExp) =>
  Buffer.from(
    text.replace(escapes, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    /[^\0-\xff]/.test(text) ? "utf8" : "latin1"
  ).toString("utf8")

/** Encoded words, those that follow each other as one. */
const words = (text: string) =>
  text
    .replace(/(\?=)\s+(=\?)/g, "$1$2")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, content: string) =>
      encoding.toLowerCase() === "b"
        ? Buffer.from(content, "base64").toString("latin1")
        : content
            .replaceAll("_", " ")
            .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    )
    .replace(/[\x80-\xff]+/g, (bytes) => Buffer.from(bytes, "latin1").toString("utf8"))
