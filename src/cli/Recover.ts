/** `octavo recover`: what a crash or a lost answer has left open, driven forward or back. */
import { type Duration, Effect, Layer } from "effect"
import { Checkout, type RecoverReport } from "../services/Checkout.js"
import type { Command } from "./Command.js"
import * as Log from "./Log.js"
import * as Options from "./Options.js"
import * as Output from "./Output.js"
import * as Payments from "./Payments.js"
import * as Restock from "./Restock.js"
import * as Signals from "./Signals.js"
import * as Store from "./Store.js"
import * as StoreChoice from "./StoreChoice.js"

export const command: Command = {
  name: "recover",
  summary: "settle what a crash or a lost answer has left open",
  help: `Usage: octavo recover [options]

Looks at the orders that still wait for their payment although its time is over, asks the payment provider about each,
and confirms it or gives it up, with copies and cart restored. Pays back the money of cancelled orders, and what was
captured for orders that were given up. An order without an answer waits, its copies kept. It may be run at any time,
as often as you like, and beside \`octavo serve\`, which does the same at its start and every half a minute.

  --grace TIME        how long after its time limit (30s) an order is left to whoever works on it; default 30s
  --json              the report as one JSON object

${StoreChoice.databaseHelp}

${Restock.help}

${Payments.help}

The demonstration gateway of this process knows nothing of what that of another has charged: with it, an order that
was left open is always given up. A store with orders that were paid elsewhere is refused.

Exit codes: 0 nothing waits, 1 something does, or trouble, 2 usage.

Examples:
  octavo recover --postgres postgres://shop@localhost/shop
  octavo recover --grace 5m --json`,
  run: (args, env) =>
    Effect.gen(function* () {
      const { values, positionals } = yield* Options.parse("recover", args, options)
      yield* Options.noArguments("recover", positionals)
      const grace = yield* Options.duration("--grace", values.grace ?? "30s", { orNone: true })
      const choice = yield* StoreChoice.readDatabase(values, env)
      const payments = yield* Payments.read(env)
      const restock = yield* Restock.read(values, env)
      const report = Effect.zipRight(Payments.known(payments), toTheEnd(grace)).pipe(
        Effect.provide(Layer.provide(Store.existing(choice, Payments.gateway(payments)), Restock.settings(restock))),
        Effect.provide(Log.brief(Options.isDebug(values, env))),
        Effect.mapError(Store.explain(choice))
      )
      return yield* Signals.unless(
        Effect.flatMap(report, ({ more: _, ...report }) =>
          Effect.as(
            values.json === true ? Output.json(report) : Output.say(...lines(report), summary(report)),
            report.waiting.length > 0 ? 1 : 0
          )
        )
      )
    })
}

export type Told = Omit<RecoverReport, "more">

/** One line for each order, and for each payment that was given back. */
export const lines = ({ confirmed, failed, refunded, waiting }: Told): ReadonlyArray<string> => [
  ...confirmed.map((id) => `confirmed  ${id}`),
  ...failed.map((id) => `failed     ${id}`),
  ...refunded.map(({ orderId, paymentId }) => `refunded   ${orderId}  payment ${paymentId}`),
  ...waiting.map(({ orderId, why }) => `waiting    ${orderId}  ${reasons[why]}`)
]

/** Until nothing is left to be looked at: each run goes on where the one before came to its limit. */
export const toTheEnd = (grace: Duration.Duration) =>
  Effect.gen(function* () {
    const { recover } = yield* Checkout
    const done: Pick<Told, "confirmed" | "failed" | "refunded"> = { confirmed: [], failed: [], refunded: [] }
    let all: RecoverReport = { ...done, waiting: [], more: true }
    for (let limit = 1000; all.more; ) {
      const { confirmed, failed, refunded, waiting, more } = yield* recover({ grace, limit })
      const seen = new Set([...confirmed, ...failed, ...[...refunded, ...waiting].map(({ orderId }) => orderId)])
      all = {
        confirmed: [...all.confirmed, ...confirmed],
        failed: [...all.failed, ...failed],
        refunded: [...all.refunded, ...refunded],
        // What waits beyond a limit is not looked at again by the runs that go on behind it.
        waiting: [...all.waiting.filter(({ orderId }) => !seen.has(orderId)), ...waiting],
        more
      }
      if (confirmed.length + failed.length + refunded.length === 0) limit *= 10
    }
    return all
  })

// internal

const options = {
  ...Options.common,
  ...StoreChoice.databaseOptions,
  ...Restock.options,
  grace: { type: "string" },
  json: { type: "boolean" }
} as const

const reasons: { readonly [W in RecoverReport["waiting"][number]["why"]]: string } = {
  gateway: "the payment provider gave no answer",
  other_amount: "another amount was captured than the order's: look at it by hand",
  at_work: "another process is at work on it",
  store: "the store gave no answer"
}

const summary = ({ confirmed, failed, refunded, waiting }: Told) =>
  `${confirmed.length} confirmed, ${failed.length} failed, ${refunded.length} refunded, ${waiting.length} waiting`
