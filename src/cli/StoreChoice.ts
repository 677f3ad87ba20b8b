/** Which store a command works on: by option, else by environment, else an SQLite file in the working directory. */
import { Data, Either, Predicate, Schema } from "effect"
import { Currency } from "../domain/Money.js"
import { type Failure, usage } from "./Failure.js"
import { type Environment, quote, type Specs } from "./Options.js"

export type StoreChoice = Data.TaggedEnum<{
  Sqlite: { readonly file: string }
  Postgres: { readonly url: string }
  Memory: object
}>
export const { Sqlite, Postgres, Memory, $match: match, $is: is } = Data.taggedEnum<StoreChoice>()

export const defaultFile = "octavo.db"

/** Of commands for a database that is there; it has its currency already. */
export const databaseOptions = {
  sqlite: { type: "string" },
  postgres: { type: "string" }
} as const satisfies Specs

export const options = {
  ...databaseOptions,
  memory: { type: "boolean" },
  currency: { type: "string" }
} as const satisfies Specs

export const databaseHelp = `Store (one of them; an option wins over the environment):
  --sqlite FILE       an SQLite file, made when missing   OCTAVO_SQLITE, default ${defaultFile}
  --postgres URL      postgres://user:pass@host/database  OCTAVO_POSTGRES`

export const help = `${databaseHelp}
  --memory            nothing is kept after the end       OCTAVO_MEMORY=1
  --currency CODE     of all prices in the store          OCTAVO_CURRENCY, default USD`

export interface Values {
  readonly sqlite?: string | undefined
  readonly postgres?: string | undefined
  readonly memory?: boolean | undefined
  readonly currency?: string | undefined
}

/** Two stores named in one place contradict each other, and are refused. */
export const read = (values: Values, env: Environment): Either.Either<StoreChoice, Failure> =>
  Either.gen(function* () {
    const flags = yield* named(values.sqlite, values.postgres, values.memory === true, optionNames)
    if (flags !== undefined) return flags
    const { OCTAVO_SQLITE, OCTAVO_POSTGRES, OCTAVO_MEMORY } = env
    const memory = yield* readBoolean("OCTAVO_MEMORY", OCTAVO_MEMORY)
    const found = yield* named(OCTAVO_SQLITE || undefined, OCTAVO_POSTGRES || undefined, memory, variableNames)
    return found ?? Sqlite({ file: defaultFile })
  })

/** A store that outlives a command. */
export const readDatabase = (values: Values, env: Environment): Either.Either<StoreChoice, Failure> =>
  Either.filterOrLeft(read(values, env), Predicate.not(isMemory), () =>
    usage("memory keeps nothing from one command to the next; choose --sqlite FILE or --postgres URL")
  )

export const readCurrency = (values: Values, env: Environment): Either.Either<Currency, Failure> => {
  const code = values.currency ?? (env.OCTAVO_CURRENCY || "USD")
  return Either.mapLeft(Schema.decodeUnknownEither(Currency)(code.toUpperCase()), () =>
    usage(`--currency takes an ISO 4217 code with 0, 2 or 3 decimals, such as USD, not ${quote(code)}`)
  )
}

/** The store in a few words, without a password. */
export const describe = match({
  Sqlite: ({ file }) => `SQLite file ${file}`,
  Postgres: ({ url }) => `PostgreSQL database ${withoutSecrets(url)}`,
  Memory: () => "memory (nothing is kept)"
})

// internal

const isMemory = is("Memory")

const optionNames = { sqlite: "--sqlite", postgres: "--postgres", memory: "--memory" }
const variableNames = { sqlite: "OCTAVO_SQLITE", postgres: "OCTAVO_POSTGRES", memory: "OCTAVO_MEMORY" }

const named = (
  file: string | undefined,
  url: string | undefined,
  memory: boolean,
  names: typeof optionNames
): Either.Either<StoreChoice | undefined, Failure> => {
  const found: ReadonlyArray<readonly [string, StoreChoice]> = [
    ...(file === undefined ? [] : [[names.sqlite, Sqlite({ file })] as const]),
    ...(url === undefined ? [] : [[names.postgres, Postgres({ url })] as const]),
    ...(memory ? [[names.memory, Memory()] as const] : [])
  ]
  if (found.length > 1) return Either.left(usage(`one store, please: ${found.map(([name]) => name).join(" or ")}`))
  if (file === "") return Either.left(usage(`${names.sqlite} takes the name of a file`))
  if (url !== undefined && !/^postgres(ql)?:\/\//.test(url)) {
    return Either.left(usage(`${names.postgres} takes a URL such as postgres://user:password@localhost:5432/shop`))
  }
  return Either.right(found[0]?.[1])
}

const readBoolean = (name: string, text: string | undefined): Either.Either<boolean, Failure> => {
  const value = (text ?? "").toLowerCase()
  if (["1", "true", "yes", "on"].includes(value)) return Either.right(true)
  if (["", "0", "false", "no", "off"].includes(value)) return Either.right(false)
  return Either.left(usage(`${name} takes 1 or 0, not ${quote(text)}`))
}

const withoutSecrets = (url: string): string => {
  if (!URL.canParse(url)) return "named by the URL"
  const { host, pathname } = new URL(url)
  return `${host === "" ? "local socket" : host}${pathname}`
}
