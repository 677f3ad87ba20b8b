import { createHash } from "node:crypto"
import type * as Pg from "pg"
import { type Config, TimedClient } from "./TimedClient.js"

/** A client that gives every statement with parameters a name, so that PostgreSQL plans it once for each connection. */
export class NamedStatements extends TimedClient {
  constructor(config: Config) {
    super(config)
    const query = this.query.bind(this) as Query
    this.query = ((text: unknown, values?: unknown, callback?: unknown) => {
      const name = typeof text === "string" && Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined
      return name === undefined ? query(text, values, callback) : query({ name, text, values }, callback)
    }) as Pg.Client["query"]
  }
}

// internal

type Query = (...args: ReadonlyArray<unknown>) => unknown

/** The server keeps every one for as long as the connection: texts that keep changing must not fill it. */
const limit = 500

const names = new Map<string, string>()

const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined || names.size >= limit) return known
  const name = `octavo_${createHash("sha256").update(text).digest("hex").slice(0, 24)}`
  names.set(text, name)
  return name
}
