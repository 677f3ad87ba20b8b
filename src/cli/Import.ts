/** `octavo import`: a shop's list of books, whatever it came out of. */
import { setFlagsFromString } from "node:v8"
import { Deferred, Effect, Exit, Layer, type Scope } from "effect"
import type { Command } from "./Command.js"
import type { Failure } from "./Failure.js"
import type { Header } from "./import/Header.js"
import { help } from "./import/Help.js"
import * as Input from "./import/Input.js"
import * as Loop from "./import/Loop.js"
import * as Progress from "./import/Progress.js"
import type * as Reader from "./import/Reader.js"
import type * as Rejects from "./import/Rejects.js"
import * as Report from "./import/Report.js"
import * as Request from "./import/Request.js"
import * as Row from "./import/Row.js"
import * as Output from "./Output.js"
import * as Restock from "./Restock.js"
import * as Signals from "./Signals.js"
import * as Store from "./Store.js"
import * as StoreChoice from "./StoreChoice.js"

export const command: Command = {
  name: "import",
  summary: "read a CSV file of books into a store",
  help,
  run: (args, env) =>
    Effect.gen(function* () {
      const request = yield* Request.read(args, env)
      // Otherwise V8 lets the garbage of earlier batches pile up beyond 200 MB before it looks.
      setFlagsFromString("--optimize-for-size")
      const stop = yield* Signals.first
      const table = yield* Effect.raceFirst(Input.open(request), Deferred.await(stop))
      if (typeof table === "string") return Signals.exitCode(table)
      const header = yield* Input.readHeader(request, table)
      const rejects = yield* Input.openRejects(request, header, table)
      yield* Output.note(`importing ${Input.named(request.file)} into ${StoreChoice.describe(request.choice)}`)
      return yield* work({ request, table, header, rejects, stop })
    }).pipe(Effect.scoped)
}

// internal

interface Work {
  readonly request: Request.Request
  readonly table: Reader.Table
  readonly header: Header
  readonly rejects: Rejects.Rejects
  readonly stop: Deferred.Deferred<Signals.Signal>
}

/** Imports, and tells what was done also when it ends before the file does. */
const work = ({ request, table, header, rejects, stop }: Work): Effect.Effect<number, Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const { choice, currency, restock, existing, price, stock } = request
    const progress = Progress.make(process.stderr)
    let report = Report.empty
    const exit = yield* Loop.run({
      batches: table.batches,
      readRow: Row.read(header, { currency, commaIsFree: table.delimiter !== "," }),
      options: { existing, defaults: { price, stock } },
      rejects,
      stop,
      onBatch: (latest) => {
        report = latest
        progress.show(latest.counts.read)
      }
    }).pipe(
      Effect.provide(Layer.provide(Store.layer(choice, currency), Restock.settings(restock))),
      Effect.zipLeft(Loop.closing(rejects)),
      Effect.mapError(Input.explain(request, rejects)),
      Effect.exit
    )
    progress.end()
    const { counts } = report
    if (Exit.isSuccess(exit) || counts.read > 0) yield* Output.say(...Report.lines(report))
    if (rejects.count() > 0) yield* Output.say(`refused rows: ${rejects.path} (correct them there and import it)`)
    const signal = yield* exit
    if (signal === null) return 0
    yield* Output.note("stopped after the last full batch; the same command again continues, and doubles nothing")
    return Signals.exitCode(signal)
  })
