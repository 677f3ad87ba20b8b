/** Tells the host's audit sink, and counts what it misses. */
import { Effect, FiberSet, Metric } from "effect"
import type { Entry } from "../domain/Fulfilment.js"
import { AuditSink } from "../ports/AuditSink.js"
import { Transactor } from "../ports/Transactor.js"

/** Nobody waits for the sink: it is told beside the work, for as long as the bookstore is open. */
export const make = Effect.gen(function* () {
  const { forward } = yield* AuditSink
  const { isOpen } = yield* Transactor
  const telling = yield* FiberSet.make()
  const tell = (entry: Entry): Effect.Effect<void> =>
    Effect.suspend(() => forward(entry)).pipe(
      Effect.interruptible,
      // What cannot be interrupted is left behind.
      Effect.disconnect,
      Effect.timeout(patience),
      Effect.catchAllCause((cause) =>
        Effect.zipRight(
          Metric.increment(missed),
          Effect.annotateLogs(Effect.logWarning("The audit sink was not told", cause), "orderId", entry.orderId)
        )
      ),
      FiberSet.run(telling),
      Effect.asVoid
    )
  /** Inside a transaction of the host's nobody knows yet whether the command will be kept. */
  return (entry: Entry): Effect.Effect<void> =>
    Effect.flatMap(isOpen, (open) => (open ? Metric.increment(missed) : tell(entry)))
})

// internal

const patience = "5 seconds"

const missed = Metric.counter("octavo_fulfilment_sink_failures", {
  description: "What workers did that the host's audit sink was not told",
  incremental: true
})
