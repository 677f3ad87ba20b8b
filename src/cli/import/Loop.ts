/** Batch after batch, from the file into the store: what is committed stays, whatever happens after. */
import { Deferred, Effect, Either } from "effect"
import type * as Input from "../../domain/Input.js"
import type { Merged } from "../../ports/BookRepository.js"
import type { StoreError } from "../../ports/StoreError.js"
import * as Imports from "../../services/Imports.js"
import type { Signal } from "../Signals.js"
import type { Table } from "./Reader.js"
import type { Rejects } from "./Rejects.js"
import * as Report from "./Report.js"
import type { Row } from "./Row.js"

export interface Job {
  readonly batches: Table["batches"]
  readonly readRow: (values: ReadonlyArray<string>) => Either.Either<Row, string>
  readonly options: NonNullable<Parameters<Imports.Imports["Type"]["merge"]>[1]>
  readonly rejects: Rejects
  /** Done when somebody wants an end after the current batch. */
  readonly stop: Deferred.Deferred<Signal>
  readonly onBatch: (report: Report.Report) => void
}

/** The file could not be read further, or the rejects not written. */
export interface Interrupted {
  readonly _tag: "CannotRead" | "CannotReject"
  readonly cause: unknown
}

/** Runs until the file ends, with null, or until it is asked to stop, with the signal. */
export const run = ({
  batches,
  readRow,
  options,
  rejects,
  stop,
  onBatch
}: Job): Effect.Effect<Signal | null, Interrupted | StoreError | Input.InvalidInput, Imports.Imports> =>
  Effect.gen(function* () {
    const { merge } = yield* Imports.Imports
    let report = Report.empty
    const next = Effect.tryPromise({
      try: () => batches.next(),
      catch: (cause): Interrupted => ({ _tag: "CannotRead", cause })
    })
    while (!(yield* Deferred.isDone(stop))) {
      const batch = yield* Effect.raceFirst(next, Deferred.await(stop))
      if (typeof batch === "string") return batch
      if (batch.done === true) return null
      const rows = batch.value.map((record) => ({ record, row: readRow(record.values) }))
      const readable = rows.flatMap(({ row }) => (Either.isRight(row) ? [row.right] : []))
      const merged = (yield* merge(
        readable.map(({ input }) => input),
        options
      )).values()
      const told: Array<Report.Told> = []
      const refused: Array<Parameters<Rejects["add"]>[0][number]> = []
      for (const { record, row } of rows) {
        const answer = Either.flatMap(row, () => Either.mapLeft(merged.next().value ?? kept, inWords))
        if (Either.isLeft(answer)) refused.push({ record, reason: answer.left })
        told.push(tell(row, answer, options.existing === "skip"))
      }
      report = Report.add(report, told)
      onBatch(report)
      yield* Effect.try({
        try: () => rejects.add(refused),
        catch: (cause): Interrupted => ({ _tag: "CannotReject", cause })
      })
    }
    return yield* Deferred.await(stop)
  })

/** Has the rejects on the disk. */
export const closing = (rejects: Rejects): Effect.Effect<void, Interrupted> =>
  Effect.try({ try: rejects.close, catch: (cause): Interrupted => ({ _tag: "CannotReject", cause }) })

// internal

const kept: Imports.Imported = Either.right("kept")

const tell = (row: Either.Either<Row, string>, answer: Either.Either<Merged, string>, skips: boolean): Report.Told =>
  Either.isLeft(row) || Either.isLeft(answer)
    ? { fate: "refused", repaired: [], omitted: [] }
    : {
        fate: answer.right === "kept" ? (skips ? "skipped" : "unchanged") : answer.right,
        repaired: row.right.repaired,
        omitted: row.right.omitted
      }

/** The issues in one line, by the names that the columns have. */
const inWords = ({ issues }: Input.InvalidInput): string =>
  issues.map(({ path, message }) => `${names[path] ?? path}: ${message}`).join("; ")

const names: Record<string, string> = { coverImageUrl: "cover_image_url", publishDate: "publish_date" }
