/** What a store or the system says, in one line that says what to do next. */
import { type Failure, rootCode, rootMessage, trouble } from "./Failure.js"
import { describe, match, type StoreChoice } from "./StoreChoice.js"

/** Why a store cannot be used, from whatever error came out of it. */
export const ofStore =
  (choice: StoreChoice) =>
  (error: unknown): Failure => {
    const code = rootCode(error)
    const message = rootMessage(error)
    const known = isFull(code) ? disk : isMissingModule(code) ? driver(choice) : advice(choice)(code, message)
    return trouble(`${describe(choice)}: ${known ?? message}`, error)
  }

/** The store was opened in another currency than it keeps. */
export const ofCurrency = (choice: StoreChoice, stored: string): Failure =>
  trouble(`${describe(choice)}: its prices are in ${stored}; add --currency ${stored} (OCTAVO_CURRENCY)`)

/** Why a part of the package cannot be loaded. */
export const ofPackage = (error: unknown): Failure => {
  const missing = missingPackage(error)
  return missing === undefined
    ? trouble(`a part of octavo cannot be loaded: ${rootMessage(error)}; install it again`, error)
    : trouble(`this command needs a package that octavo leaves to its host; npm install ${missing}`, error)
}

/** Why a file cannot be read. */
export const ofInput =
  (file: string) =>
  (error: unknown): Failure =>
    missingPackage(error) !== undefined
      ? ofPackage(error)
      : trouble(`cannot read ${file}: ${inputAdvice[rootCode(error)] ?? rootMessage(error)}`, error)

/** Why the rejects of an import cannot be written. */
export const ofRejects = (file: string, error: unknown): Failure => {
  const said = isFull(rootCode(error)) ? "the disk is full" : rootMessage(error)
  return trouble(`cannot write ${file}: ${said}; name another place with --rejects and run the command again`, error)
}

// internal

const disk = "the disk is full; make room and run the same command again"

const isFull = (code: string) => code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL" || code === "53100"

const isMissingModule = (code: string) => code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND"

/** With the major version that octavo works with. */
const missingPackage = (error: unknown): string | undefined => {
  const name = /Cannot find package '([^']+)'/.exec(rootMessage(error))?.[1]
  return isMissingModule(rootCode(error)) && name !== undefined ? `${name}${majors[name] ?? ""}` : undefined
}

const majors: Record<string, string> = { "csv-parse": "@7", jose: "@6", nodemailer: "@10", stripe: "@23" }

const driver = match({
  Sqlite: () => "its driver is missing; npm install @effect/sql-sqlite-node@0.53 better-sqlite3@12",
  Postgres: () => "its driver is missing; npm install @effect/sql-pg@0.53 pg@8",
  Memory: () => "the package is incomplete; install it again"
})

const advice: (choice: StoreChoice) => (code: string, message: string) => string | undefined = match({
  Sqlite: () => sqliteAdvice,
  Postgres: () => (code: string) => postgresAdvice[code],
  Memory: () => () => undefined
})

/** SQLite's extended codes begin with the plain ones; a directory that is missing has none. */
const sqliteAdvice = (code: string, message: string): string | undefined =>
  /directory does not exist/.test(message)
    ? "its directory does not exist; make it, or name another file with --sqlite"
    : Object.entries(sqliteAdviceByCode).find(([start]) => code.startsWith(start))?.[1]

const sqliteAdviceByCode = {
  SQLITE_CANTOPEN: "cannot be opened; check that it is a file and that you may write in its directory",
  SQLITE_NOTADB: "is not an SQLite database; name another file with --sqlite",
  SQLITE_READONLY: "cannot be written; check its permissions",
  SQLITE_BUSY: "is kept busy by another process; try again when that is done",
  SQLITE_CORRUPT: "is damaged; restore it from a backup"
}

const unreachable = "cannot be reached; start the server, or correct --postgres (OCTAVO_POSTGRES)"

const postgresAdvice: Readonly<Record<string, string>> = {
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOENT: unreachable,
  ENOTFOUND: "has a host name that does not resolve; correct --postgres (OCTAVO_POSTGRES)",
  EAI_AGAIN: "has a host name that does not resolve; correct --postgres (OCTAVO_POSTGRES)",
  "28P01": "does not accept this user and password; correct --postgres (OCTAVO_POSTGRES)",
  "28000": "does not accept this user; correct --postgres (OCTAVO_POSTGRES)",
  "3D000": "does not exist; make it with createdb, or correct --postgres (OCTAVO_POSTGRES)",
  "42501": "does not let this user make or use octavo's tables; grant it the rights",
  "53300": "has no connection left; try again, or raise max_connections"
}

const inputAdvice: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory; name a CSV file",
  EACCES: "you may not read it; check its permissions"
}
