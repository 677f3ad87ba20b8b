/** The files of an import, opened and judged before anything is written. */
import { realpathSync, statSync } from "node:fs"
import { Effect, Either, type Scope } from "effect"
import type { InvalidInput } from "../../domain/Input.js"
import type { StoreError } from "../../ports/StoreError.js"
import { type Failure, trouble, usage } from "../Failure.js"
import { quote } from "../Options.js"
import * as Store from "../Store.js"
import * as Trouble from "../Trouble.js"
import { NotUtf8 } from "./Encoding.js"
import * as Header from "./Header.js"
import type { Interrupted } from "./Loop.js"
import * as Reader from "./Reader.js"
import * as Rejects from "./Rejects.js"
import type { Request } from "./Request.js"

export const named = (file: string): string => (file === "-" ? "standard input" : file)

export const open = ({ file, delimiter, encoding }: Request): Effect.Effect<Reader.Table, Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const input = yield* Effect.acquireRelease(
      Effect.sync(() => Reader.open(file)),
      (input) => Effect.sync(() => input.destroy())
    )
    return yield* Effect.tryPromise({
      try: () => Reader.read(input, { delimiter, encoding, batchSize }),
      catch: explainReading(file)
    })
  })

/** The columns that feed the fields; a price must come from somewhere. */
export const readHeader = (
  { file, mappings, price }: Request,
  { columns }: Reader.Table
): Either.Either<Header.Header, Failure> =>
  Header.read(columns, mappings).pipe(
    Either.mapLeft((problem) =>
      problem._tag === "UnknownColumn"
        ? usage(`--map names a column ${quote(problem.column)} that ${named(file)} has not; ${listed(columns)}`)
        : trouble(
            `${named(file)}: no column for ${problem.fields.join(" and ")}; name it with ${problem.fields
              .map((field) => `--map ${field}=COLUMN`)
              .join(" ")}; ${listed(columns)}`
          )
    ),
    Either.filterOrLeft(
      ({ sources }) => price !== null || sources.has("price"),
      () =>
        usage(
          `${named(file)} has no column for the price; add --price 12.50, or --map price=COLUMN; ${listed(columns)}`
        )
    )
  )

export const openRejects = (
  { file, rejects, encoding }: Request,
  header: Header.Header,
  { delimiter, hasByteOrderMark }: Reader.Table
): Either.Either<Rejects.Rejects, Failure> => {
  const path = rejects ?? Rejects.defaultPath(file)
  return isSame(file, path)
    ? Either.left(usage(`--rejects ${path} is the file that is read; name another`))
    : Either.right(Rejects.make(path, header, { delimiter, encoding, hasByteOrderMark }))
}

/** Why an import ended before its file did. */
export const explain =
  ({ file, choice }: Request, { path }: Rejects.Rejects) =>
  (error: Interrupted | Failure | StoreError | InvalidInput): Failure => {
    if (error._tag === "CannotRead") return explainReading(file)(error.cause)
    if (error._tag === "CannotReject") return Trouble.ofRejects(path, error.cause)
    return Store.explain(choice)(error)
  }

// internal

/** Large enough that a commit costs little, small enough that a stop is quick. */
const batchSize = 1000

const explainReading =
  (file: string) =>
  (error: unknown): Failure =>
    error instanceof NotUtf8
      ? trouble(`${named(file)} is not UTF-8 at line ${error.line}; if it is Latin-1, add --encoding latin1`)
      : error instanceof Reader.NotCsv
        ? trouble(`${named(file)} ${error.advice}`)
        : Trouble.ofInput(named(file))(error)

const listed = (columns: ReadonlyArray<string>) => {
  const text = columns.map((column) => column.replace(/\s+/g, " ")).join(", ")
  return `its columns are: ${text.length > 500 ? `${text.slice(0, 500)}…` : text}`
}

const isSame = (input: string, output: string) => {
  if (input === "-" || statSync(output, { throwIfNoEntry: false }) === undefined) return false
  return realpathSync(input) === realpathSync(output)
}
