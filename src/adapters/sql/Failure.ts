/** What a driver's failure means: whether the work was kept, and whether it may be done again. */
import type { SqlError } from "@effect/sql/SqlError"
import { StoreError } from "../../ports/StoreError.js"

/** The driver's own error as a StoreError; `lost` is what became of the work if the link was lost. */
export const storeError = (operation: string, error: SqlError, lost: StoreError["outcome"]): StoreError => {
  const cause = driverError(error)
  const unsent = lost === "Unknown" ? "RolledBack" : lost
  return new StoreError({
    operation,
    outcome: neverAsked(error) ? "NotStarted" : !isLinkLoss(cause) ? "RolledBack" : isUnsent(cause) ? unsent : lost,
    retryable: isConflict(cause) || isLinkLoss(cause) || isShortage(cause),
    cause
  })
}

/** Refused because of others at work on the same rows: the same transaction, run anew, may well succeed. */
export const isConflict = (error: unknown): boolean => {
  const code = codeOf(error)
  return (
    code !== undefined &&
    (conflicts.has(code) || /^SQLITE_(BUSY|LOCKED)/.test(code) || violates(error, "octavo_cart_lines_slot"))
  )
}

/** Whether SQLite may have rolled the whole transaction back by itself (sqlite.org, "Response To Errors Within A Transaction"). */
export const undoesAll = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR|NOMEM|BUSY|INTERRUPT)/.test(codeOf(error) ?? "")

/** Whether a unique constraint was violated, by its name in the schema. */
export const violates = (error: unknown, constraint: keyof typeof constraints): boolean => {
  const cause = driverError(error)
  return cause.code === "23505"
    ? cause.constraint === constraint
    : cause.code === "SQLITE_CONSTRAINT_UNIQUE" && cause.message.endsWith(constraints[constraint])
}

/** A conflict that octavo itself found: the transaction is to be run anew. */
export const conflict = (operation: string, message: string): StoreError =>
  new StoreError({
    operation,
    outcome: "RolledBack",
    retryable: true,
    cause: Object.assign(new Error(message), { code: "40001" })
  })

/** Whether preparing the statement failed, rather than running it. */
export const isUnprepared = (error: SqlError): boolean => error.message.startsWith("Failed to prepare statement")

// internal

const conflicts = new Set(["40001", "40P01", "55P03"])

/** SQLite names the columns where PostgreSQL names the constraint. */
const constraints = {
  octavo_books_isbn: "octavo_books.isbn",
  octavo_cart_lines_slot: "octavo_cart_lines.customer_id, octavo_cart_lines.slot"
} as const

interface DriverError extends Error {
  readonly code?: string | undefined
  readonly constraint?: string | undefined
}

/** The first error down the chain of causes that has a code, with a message worth reading. */
const driverError = (error: unknown): DriverError => {
  let last: unknown = error
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    last = at
    if ("code" in at && typeof at.code === "string") return readable(at as DriverError)
  }
  return last instanceof Error ? readable(last) : new Error(String(last))
}

/** Node gives several failed addresses of one host as an AggregateError without a message. */
const readable = (error: DriverError): DriverError => {
  if (!(error instanceof AggregateError) || error.message !== "") return error
  const message = error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; ")
  return Object.assign(new Error(message, { cause: error }), { code: (error as DriverError).code })
}

const codeOf = (error: unknown) => driverError(error).code

const neverAsked = (error: SqlError) => error.message.startsWith("Failed to acquire connection")

const isLinkLoss = ({ code, message }: DriverError) =>
  code === undefined ? linkLossMessage.test(message) : linkLossCode.test(code)

/** The link was known to be lost before anything was sent. */
const isUnsent = ({ code, message }: DriverError) => code === undefined && message.endsWith("not queryable")

/** Of the server, or of Node's sockets, plain or encrypted. */
const linkLossCode =
  /^(08...|57P..|53300|E(CONN|PIPE|PROTO|TIMEDOUT|NOTFOUND|AI_|HOST|NET).*|ERR_(SOCKET|SSL|TLS|STREAM).*)$/
const linkLossMessage = /connection|timeout|not queryable|socket/i

/** Full disks and memory are emptied by someone, and what took too long may be quicker another time. */
const isShortage = ({ code = "" }: DriverError) => /^53|^SQLITE_FULL|^57014|^25P0[34]/.test(code)
