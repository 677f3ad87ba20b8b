/** What every life begins with. */
import { Effect } from "effect"
import { Audit, Checkout, Relay } from "../../src/index.js"
import type { Calls } from "./Calls.js"
import type { Restart, Spec } from "./Messages.js"

export const restart = ({ answered, handle }: Calls, { again: attempts, alone }: Spec) =>
  Effect.gen(function* () {
    const [checkout, relay, audit] = [yield* Checkout.Checkout, yield* Relay.Relay, yield* Audit.Audit]
    const recover = checkout.recover({ recheck: "1 hour" })
    const recovered = opened(yield* recover)
    const again = yield* Effect.forEach(attempts, (attempt) =>
      Effect.map(answered({ do: "place", ...attempt }), (answer) => ({ ...attempt, answer }))
    )
    const leftOpen = alone ? opened(yield* recover) : 0
    yield* relay.deliver(handle)
    const { findings } = alone ? yield* audit.run({ overdue: 0, payments: "30 minutes" }) : { findings: [] }
    return {
      recovered,
      leftOpen,
      again,
      violations: findings.map(({ violation }) => JSON.stringify(violation))
    } satisfies Restart
  })

// internal

const opened = (report: Checkout.RecoverReport) =>
  [report.confirmed, report.failed, report.refunded, report.waiting].reduce((sum, { length }) => sum + length, 0)
