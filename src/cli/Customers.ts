/** Whom mails go to: a file of the host's that says how customers are reached. */
import { readFile } from "node:fs/promises"
import { Effect, type Layer, Option, ParseResult, Schema } from "effect"
import { fromIssue } from "../domain/Input.js"
import * as Mail from "../domain/Mail.js"
import * as CustomerDirectory from "../ports/CustomerDirectory.js"
import { type Failure, rootCode, rootMessage, trouble } from "./Failure.js"

export type Customers = typeof File.Type

export const none: Customers = {}

/** What a file says, `{"ada": {"name": …, "address": …, "language": …}}`, each of them optional. */
export const read = (file: string): Effect.Effect<Customers, Failure> =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (error) => trouble(`cannot read ${file}: ${advice[rootCode(error)] ?? rootMessage(error)}`, error)
  }).pipe(
    Effect.flatMap((text) =>
      Effect.mapError(decode(text.replace(/^\uFEFF/, "")), (error) => trouble(`${file}: ${unread(error)}`, error))
    )
  )

/**
 * The customers of a file. Whoever it does not name is reached by an id that is an address, or at `elsewhere`, and
 * otherwise not at all.
 */
export const layer = (
  customers: Customers,
  elsewhere: (id: string) => string | null
): Layer.Layer<CustomerDirectory.CustomerDirectory> =>
  CustomerDirectory.layer((id) => {
    const entry = Object.hasOwn(customers, id) ? customers[id] : undefined
    const address = isAddress(id) ? id : elsewhere(id)
    return entry === undefined && address === null ? null : { address, ...entry }
  })

// internal

const part = Schema.optionalWith(Schema.NullOr(Schema.String), { exact: true })

const File = Schema.Record({
  key: Schema.String,
  value: Schema.Struct({ name: part, address: part, language: part })
})

/** A name that is not known may be one misspelt, and the customer would have no mail. */
const decode = ParseResult.decode(Schema.parseJson(File), { onExcessProperty: "error", errors: "all" })

const unread = (issue: ParseResult.ParseIssue): string => {
  const [first] = fromIssue(issue).issues
  return first === undefined || first.path === ""
    ? 'must be JSON such as {"ada": {"name": "Ada", "address": "ada@example.org", "language": "en"}}'
    : `${first.path} ${first.message}`
}

const isAddress = (id: string) => Option.isSome(Mail.addressOf({ name: null, address: id, language: null }))

const advice: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory; name a JSON file",
  EACCES: "you may not read it; check its permissions"
}
