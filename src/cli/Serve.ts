/** `octavo serve`: the HTTP routes over a store, for looking around and for a first shop. */
import { Context, Deferred, Effect, Either, Layer } from "effect"
import type { Currency } from "../domain/Money.js"
import type { Command } from "./Command.js"
import * as Demo from "./Demo.js"
import * as Events from "./Events.js"
import { Failure, trouble } from "./Failure.js"
import * as Log from "./Log.js"
import * as Mail from "./Mail.js"
import * as Options from "./Options.js"
import * as Output from "./Output.js"
import * as Payments from "./Payments.js"
import * as Restock from "./Restock.js"
import * as Secret from "./Secret.js"
import * as Signals from "./Signals.js"
import * as Store from "./Store.js"
import * as StoreChoice from "./StoreChoice.js"
import * as Trouble from "./Trouble.js"
import * as Upkeep from "./Upkeep.js"

export const command: Command = {
  name: "serve",
  summary: "serve the HTTP API and its documentation page",
  help: `Usage: octavo serve [options]

Brings the store up to date and serves the HTTP API until SIGINT (Ctrl-C) or SIGTERM; then it finishes what is in
flight and ends. A second signal ends it at once. At its start and every half a minute it recovers what a crash or a
lost answer has left open (\`octavo recover\`), and every two seconds it passes on copies that were kept too long, and
tells those who wait for books. For looking around it delivers events, too, each as a line on standard error; on a store
of your own that is left to the relay of your application, or to --smtp.

  --port N            port to listen on                    PORT, default 3000; 0 for any that is free
  --host ADDRESS      address to listen on                 default 127.0.0.1 without a secret, else 0.0.0.0
  --demo              fill an empty catalogue with a small sample, print commands to try, and show mails
  --events WHAT       events that are delivered by writing them: orders, the default with --demo or --memory, or all;
                      none, the default otherwise, writes none, and without --smtp leaves them in the outbox

Tokens are signed with the secret in ${Secret.variable} (HS256, at least 32 bytes); \`octavo token\` makes them.
Without one, serve makes a secret for this start and listens on loopback only.

${StoreChoice.help}

${Restock.help}

${Mail.help}

${Payments.help}

Examples:
  octavo serve --demo
  octavo serve --port 8080 --postgres postgres://shop@localhost/shop
  octavo serve --restock-policy queue --hold 24h --smtp smtp://localhost:25 --mail-from shop@example.org
  curl 'http://localhost:3000/books?q=austen'`,
  run: (args, env) =>
    Effect.gen(function* () {
      const request = yield* read(args, env)
      const signal = yield* Signals.first
      // A signal during the start ends it; afterwards the scope closes, which finishes what is in flight.
      yield* Effect.raceFirst(open(request), Deferred.await(signal))
      const received = yield* Deferred.await(signal)
      yield* Output.note(`${received}: finishing what is in flight; once more ends at once`)
      return 0
    }).pipe(Effect.scoped)
}

// internal

const options = {
  ...Options.common,
  ...StoreChoice.options,
  ...Restock.options,
  ...Mail.options,
  port: { type: "string" },
  host: { type: "string" },
  demo: { type: "boolean" },
  events: { type: "string" }
} as const

interface Request {
  readonly choice: StoreChoice.StoreChoice
  readonly currency: Currency
  readonly port: number
  readonly host: string
  readonly demo: boolean
  readonly payments: Payments.Payments
  readonly events: Events.Choice
  readonly restock: Restock.Restock
  readonly mail: Mail.Mail
  readonly isDebug: boolean
  readonly secret: string
  /** Nobody else knows the secret. */
  readonly isOwnSecret: boolean
}

const read = (args: ReadonlyArray<string>, env: Options.Environment): Effect.Effect<Request, Failure> =>
  Effect.gen(function* () {
    const { values, positionals } = yield* Options.parse("serve", args, options)
    yield* Options.noArguments("serve", positionals)
    const secret = yield* Secret.read(env)
    const [name, text] = values.port === undefined ? ["PORT", env.PORT || "3000"] : ["--port", values.port]
    const isDemo = values.demo === true
    const events = yield* Events.read(values.events ?? (isDemo || values.memory === true ? "orders" : "none"))
    return {
      choice: yield* StoreChoice.read(values, env),
      currency: yield* StoreChoice.readCurrency(values, env),
      port: yield* Options.wholeNumber(name, text, { minimum: 0, maximum: 65_535 }),
      host: yield* readHost(values.host, secret),
      demo: isDemo,
      payments: yield* Payments.read(env),
      events,
      restock: yield* Restock.read(values, env),
      mail: yield* Mail.read(values, env, isDemo && events !== "none"),
      isDebug: Options.isDebug(values, env),
      secret: secret ?? Secret.make(),
      isOwnSecret: secret === undefined
    }
  })

const readHost = (host: string | undefined, secret: string | undefined): Either.Either<string, Failure> =>
  host === undefined
    ? Either.right(secret === undefined ? "127.0.0.1" : "0.0.0.0")
    : secret === undefined && !loopback.test(host)
      ? Either.left(
          new Failure({
            message: `--host ${host} lets others in, and needs a secret that outlives this start: ${Secret.advice}`,
            exitCode: 2
          })
        )
      : Either.right(host)

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/i

/** Listens, and says so, until the scope closes: first no more is taken in, then the upkeep ends, then the store closes. */
const open = (request: Request) =>
  Effect.gen(function* () {
    const { choice, currency, port, host, demo, secret, isOwnSecret, payments, mail, restock, isDebug } = request
    const { Jwt, Node, Http } = yield* modules
    const bookstore = yield* Layer.build(
      Layer.provide(Store.layer(choice, currency, Payments.gateway(payments)), Restock.settings(restock))
    )
    const notices = yield* Layer.build(Payments.notices(payments))
    if (demo) yield* Effect.mapError(Effect.provide(Demo.fill(currency), bookstore), Store.explain(choice))
    yield* Upkeep.start(request).pipe(Effect.provide(bookstore), Effect.provide(Log.brief(isDebug)))
    const routes = Http.layer({ demoPayments: payments._tag === "Demo" }).pipe(
      Layer.provide(
        Layer.mergeAll(Layer.succeedContext(bookstore), Layer.succeedContext(notices), Jwt.layer({ secret }))
      )
    )
    const context = yield* Layer.build(Layer.provide(Node.layer({ port, host }), routes)).pipe(
      Effect.mapError((error) => (error._tag === "ListenError" ? unheard(port, host, error) : Trouble.ofPackage(error)))
    )
    const { url } = Context.get(context, Node.NodeServer)
    yield* Output.say(`octavo serves ${StoreChoice.describe(choice)} at ${url}`, `documentation: ${url}/docs`)
    yield* Output.note(...(isOwnSecret ? ownSecret : []), Payments.describe(payments, url), ...Mail.describe(mail))
    if (demo) {
      const paymentMethod = payments._tag === "Stripe" ? "pm_card_visa" : undefined
      const stage = { url, secret, showAdmin: isOwnSecret, paymentMethod }
      const lines = yield* Effect.mapError(Effect.provide(Demo.commands(stage), bookstore), Store.explain(choice))
      yield* Output.say("", ...lines)
    }
  })

const ownSecret = [
  `${Secret.variable} is not set: tokens are good for this start only, and only this machine is let in.`,
  `For a secret that lasts: ${Secret.advice}`
]

/** Loaded only by this command. */
const modules = Effect.tryPromise({
  try: async () => ({
    Jwt: await import("../adapters/jwt/index.js"),
    Http: await import("../http/index.js"),
    Node: await import("../http/node.js")
  }),
  catch: Trouble.ofPackage
})

const unheard = (port: number, host: string, { code, cause }: { readonly code: string; readonly cause: Error }) =>
  trouble(
    code === "EADDRINUSE"
      ? `port ${port} is taken; choose another with --port, or stop what listens there`
      : code === "EACCES"
        ? `port ${port} is reserved; choose one above 1023 with --port`
        : code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
          ? `${host} is no address of this machine; correct --host`
          : `cannot listen on ${host} port ${port}: ${cause.message}`,
    cause
  )
