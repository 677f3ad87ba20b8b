/** Steps where the process meets the world: statements of both drivers, and requests over HTTP. */
import { ClientRequest } from "node:http"
import Sqlite from "better-sqlite3"
import { Query } from "pg"
import type { Steps } from "./Steps.js"

export const watch = (steps: Steps): void => {
  watchPostgres(steps)
  watchSqlite(steps)
  watchHttp(steps)
}

// internal

/** Before a statement is sent, once it has left, and once its answer is here and nobody has seen it. */
const watchPostgres = (steps: Steps) => {
  const prototype = Query.prototype as unknown as PgQuery
  const { submit, handleReadyForQuery, handleError } = prototype
  const inTransaction = new WeakSet<object>()
  const act = (text: string, connection: object) => {
    if (changes(text) && !inTransaction.has(connection)) steps.act()
  }
  prototype.submit = function (connection) {
    const name = nameOf(this.text)
    steps.by(`${name}:before`)
    const refused = submit.call(this, connection)
    if (/^BEGIN/.test(this.text)) inTransaction.add(connection)
    if (/^(COMMIT|ROLLBACK)$/.test(this.text)) inTransaction.delete(connection)
    act(this.text, connection)
    steps.by(`${name}:sent`)
    return refused
  }
  prototype.handleReadyForQuery = function (connection) {
    act(this.text, connection)
    steps.by(`${nameOf(this.text)}:answered`)
    handleReadyForQuery.call(this, connection)
  }
  prototype.handleError = function (error, connection) {
    steps.by(`${nameOf(this.text)}:failed`)
    handleError.call(this, error, connection)
  }
}

const watchSqlite = (steps: Steps) => {
  const prototype: Record<string, (...args: Array<unknown>) => unknown> = Object.getPrototypeOf(
    new Sqlite(":memory:").prepare("SELECT 1")
  )
  for (const method of ["all", "get", "run"]) {
    const execute = prototype[method]
    if (execute === undefined) throw new Error(`better-sqlite3 has no ${method}`)
    prototype[method] = function (this: Sqlite.Statement, ...args) {
      const name = nameOf(this.source)
      steps.by(`${name}:before`)
      try {
        return execute.apply(this, args)
      } finally {
        if (changes(this.source) && !this.database.inTransaction) steps.act()
        steps.by(`${name}:answered`)
      }
    }
  }
}

/** Before a request, once it has left, and once the answer begins to come. */
const watchHttp = (steps: Steps) => {
  const { end } = ClientRequest.prototype
  ClientRequest.prototype.end = function (this: ClientRequest, ...args: ReadonlyArray<unknown>) {
    const name = `${this.method} ${this.path.replace(/\?.*/, "").replaceAll(/\/\w+_[0-9a-f]{24}/g, "/id")}`
    steps.by(`${name}:before`)
    this.once("finish", () => {
      if (this.method !== "GET") steps.act()
      steps.by(`${name}:sent`)
    })
    this.prependOnceListener("response", () => {
      if (this.method !== "GET") steps.act()
      steps.by(`${name}:answered`)
    })
    return Reflect.apply(end, this, args)
  }
}

interface PgQuery {
  readonly text: string
  submit(connection: object): unknown
  handleReadyForQuery(connection: object): void
  handleError(error: unknown, connection: object): void
}

/** What only reads, begins or gives up leaves everything outside as it was, and so does all ahead of a COMMIT. */
const changes = (text: string): boolean => /\b(INSERT|UPDATE|DELETE|COMMIT|CREATE)\b/i.test(text)

/** The first word and the tables: `UPDATE books`. */
const nameOf = (text: string): string => {
  const [verb = ""] = /\w+/.exec(text) ?? []
  const tables = new Set([...text.matchAll(/octavo_([a-z_]+)/g)].map(([, table]) => table))
  return ["sql", verb.toUpperCase(), ...[...tables].slice(0, 3)].join(" ")
}
