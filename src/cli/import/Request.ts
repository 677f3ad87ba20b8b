/** What an import was asked to do. */
import { Effect, Either } from "effect"
import * as Book from "../../domain/Book.js"
import type * as Import from "../../domain/Import.js"
import * as Input from "../../domain/Input.js"
import { type Currency, PriceIn } from "../../domain/Money.js"
import { type Failure, usage } from "../Failure.js"
import * as Options from "../Options.js"
import * as Restock from "../Restock.js"
import * as StoreChoice from "../StoreChoice.js"
import * as Encoding from "./Encoding.js"
import * as Field from "./Field.js"
import type { Mapping } from "./Header.js"

export interface Request {
  readonly file: string
  readonly choice: StoreChoice.StoreChoice
  readonly currency: Currency
  readonly restock: Restock.Restock
  readonly mappings: ReadonlyArray<Mapping>
  readonly price: string | null
  readonly stock: number | null
  readonly existing: Import.Policy
  readonly delimiter: string | undefined
  readonly encoding: Encoding.Encoding
  readonly rejects: string | undefined
}

export const read = (args: ReadonlyArray<string>, env: Options.Environment): Effect.Effect<Request, Failure> =>
  Effect.gen(function* () {
    const { values, positionals } = yield* Options.parse("import", args, options)
    const [file, second] = positionals
    if (file === undefined) return yield* usage("name a CSV file, or - for standard input; see `octavo import --help`")
    if (second !== undefined) return yield* usage(`one file at a time: ${Options.quote(second)} is one too many`)
    const currency = yield* StoreChoice.readCurrency(values, env)
    return {
      file,
      choice: yield* StoreChoice.read(values, env),
      currency,
      restock: yield* Restock.read(values, env),
      mappings: yield* Either.all((values.map ?? []).map(readMapping)),
      price: yield* readPrice(currency, values.price),
      stock:
        values.stock === undefined
          ? null
          : yield* Options.wholeNumber("--stock", values.stock, { minimum: 0, maximum: Book.maximumStock }),
      existing: yield* readPolicy(values.existing ?? "update"),
      delimiter: yield* readDelimiter(values.delimiter),
      encoding: yield* readEncoding(values.encoding ?? "utf-8"),
      rejects: values.rejects
    }
  })

// internal

const options = {
  ...Options.common,
  ...StoreChoice.options,
  ...Restock.options,
  map: { type: "string", multiple: true },
  price: { type: "string" },
  stock: { type: "string" },
  existing: { type: "string" },
  delimiter: { type: "string" },
  encoding: { type: "string" },
  rejects: { type: "string" }
} as const

const readMapping = (text: string): Either.Either<Mapping, Failure> => {
  const [name = "", ...rest] = text.split("=")
  const column = rest.join("=")
  if (column === "") return Either.left(usage(`--map takes FIELD=COLUMN, not ${Options.quote(text)}`))
  const field = Field.named(name)
  return field === undefined
    ? Either.left(usage(`--map knows no field ${Options.quote(name)}; the fields are ${Field.fields.join(", ")}`))
    : Either.right({ field, column })
}

const readPrice = (currency: Currency, text: string | undefined): Either.Either<string | null, Failure> =>
  text === undefined
    ? Either.right(null)
    : Either.mapBoth(Input.decode(PriceIn(currency))(text), {
        onLeft: ({ issues }) => usage(`--price ${issues[0]?.message ?? "is no price"}, and is ${Options.quote(text)}`),
        onRight: () => text
      })

const readPolicy = (text: string): Either.Either<Import.Policy, Failure> =>
  text === "update" || text === "skip"
    ? Either.right(text)
    : Either.left(usage(`--existing takes update or skip, not ${Options.quote(text)}`))

const readDelimiter = (text: string | undefined): Either.Either<string | undefined, Failure> => {
  const delimiter = text === undefined ? undefined : (delimiters[text] ?? text)
  return delimiter === undefined || (/^[^"\r\n]$/u.test(delimiter) && delimiter.length === 1)
    ? Either.right(delimiter)
    : Either.left(usage(`--delimiter takes comma, semicolon, tab or one character, not ${Options.quote(text)}`))
}

const delimiters: Readonly<Record<string, string>> = { comma: ",", semicolon: ";", tab: "\t", "\\t": "\t", pipe: "|" }

const readEncoding = (text: string): Either.Either<Encoding.Encoding, Failure> => {
  const encoding = Encoding.named(text)
  return encoding === undefined
    ? Either.left(usage(`--encoding takes utf-8 or latin1, not ${Options.quote(text)}`))
    : Either.right(encoding)
}
