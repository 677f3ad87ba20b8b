/** `octavo audit`: whether a store keeps its promises, while it is in use. */
import { type Duration, Effect, Layer } from "effect"
import * as Audit from "../services/Audit.js"
import type { Command } from "./Command.js"
import { trouble, usage } from "./Failure.js"
import * as Findings from "./Findings.js"
import * as Log from "./Log.js"
import * as Options from "./Options.js"
import * as Output from "./Output.js"
import * as Payments from "./Payments.js"
import * as Restock from "./Restock.js"
import * as Signals from "./Signals.js"
import * as Store from "./Store.js"
import * as StoreChoice from "./StoreChoice.js"

export const command: Command = {
  name: "audit",
  summary: "prove that stock, orders, payments and events are sound",
  help: `Usage: octavo audit [options]

Checks on a store that may be in use: stock, copies in orders and copies on hold are what was put in, nobody waits for
a book that is in stock, totals are those of the lines, every change of an order or a pre-booking has one event, no
payment stands for two orders, nothing has waited too long, and nobody is forgotten. Each violation is one line with its
ids and what would put it right. Nothing is changed unless --repair is given.

  --overdue TIME      what has waited for longer is a violation; default 1h
  --payments TIME     ask the payment provider, too, about every order of so long ago and later: one call an order
  --repair            put right what can be put right: counts stock anew, runs recovery, writes missing events, hands
                      out copies that have come in, lets parked events go on
  --json              the report as one JSON object

${StoreChoice.databaseHelp}

${Restock.help}

${Payments.help}

Exit codes: 0 sound, or all put right; 1 violations are left, or a payment could not be asked about, or trouble;
2 usage.

Examples:
  octavo audit --postgres postgres://shop@localhost/shop
  octavo audit --payments 24h --repair`,
  run: (args, env) =>
    Effect.gen(function* () {
      const { choice, payments, restock, repair, overdue, asked, isJson, isDebug } = yield* read(args, env)
      const audit = Effect.gen(function* () {
        // Only then is the provider asked.
        if (repair || asked !== undefined) yield* Payments.known(payments)
        const { run } = yield* Audit.Audit
        return yield* run({ repair, overdue, limit, ...(asked !== undefined && { payments: asked }) })
      }).pipe(
        Effect.catchTag("LeaseTaken", () => trouble("another audit is repairing this store; wait until it is done")),
        Effect.provide(Layer.provide(Store.existing(choice, Payments.gateway(payments)), Restock.settings(restock))),
        Effect.provide(Log.brief(isDebug)),
        Effect.mapError(Store.explain(choice))
      )
      return yield* Signals.unless(
        Effect.flatMap(audit, (report) =>
          Effect.as(
            isJson
              ? Output.json({ ...report, findings: report.findings.map(Findings.json) })
              : Output.say(...report.findings.map((finding) => Findings.line(finding, repair)), ...summary(report)),
            left(report).length > 0 || report.unanswered > 0 ? 1 : 0
          )
        )
      )
    })
}

// internal

const options = {
  ...Options.common,
  ...StoreChoice.databaseOptions,
  ...Restock.options,
  overdue: { type: "string" },
  payments: { type: "string" },
  repair: { type: "boolean" },
  json: { type: "boolean" }
} as const

/** Of one kind; more of it are found when these are put right. */
const limit = 1000

interface Request {
  readonly choice: StoreChoice.StoreChoice
  readonly payments: Payments.Payments
  readonly restock: Restock.Restock
  readonly repair: boolean
  readonly overdue: Duration.Duration
  /** How far back the provider is asked, if at all. */
  readonly asked: Duration.Duration | undefined
  readonly isJson: boolean
  readonly isDebug: boolean
}

const read = (args: ReadonlyArray<string>, env: Options.Environment) =>
  Effect.gen(function* () {
    const { values, positionals } = yield* Options.parse("audit", args, options)
    yield* Options.noArguments("audit", positionals)
    const payments = yield* Payments.read(env)
    if (values.payments !== undefined && payments._tag === "Demo") {
      return yield* usage(
        "--payments asks the books of a payment provider, and the demonstration gateway keeps none; set STRIPE_SECRET_KEY"
      )
    }
    return {
      choice: yield* StoreChoice.readDatabase(values, env),
      payments,
      restock: yield* Restock.read(values, env),
      repair: values.repair === true,
      overdue: yield* Options.duration("--overdue", values.overdue ?? "1h"),
      asked: values.payments === undefined ? undefined : yield* Options.duration("--payments", values.payments),
      isJson: values.json === true,
      isDebug: Options.isDebug(values, env)
    } satisfies Request
  })

const left = ({ findings }: Audit.Report) => findings.filter(({ repaired }) => !repaired)

const summary = (report: Audit.Report): ReadonlyArray<string> => {
  const { findings, asked, unanswered } = report
  const open = left(report).length
  const mended = findings.length - open
  const counted = open === 0 ? "sound" : open === 1 ? "1 violation" : `${open} violations`
  return [
    mended === 0 ? counted : `${counted}, ${mended} put right`,
    ...(asked === 0 ? [] : [`the provider was asked about ${asked} orders; ${unanswered} got no answer`])
  ]
}
