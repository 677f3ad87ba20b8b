/** Every payment gateway passes one suite of laws. */
import { Duration, Effect, Either, Layer, ManagedRuntime } from "effect"
import { Currency } from "../domain/Money.js"
import type { PaymentGateway } from "../ports/PaymentGateway.js"
import { type CheckOptions, fromEnvironment, type Runner } from "./Conformance.js"
import { gatewayLaws } from "./gatewayLaws/index.js"
import { type GatewayLaw, Subject, type Ways } from "./gatewayLaws/Subject.js"
import { LawBroken, Rounds } from "./Law.js"

/** How the gateway is made to do what the laws speak of. */
export interface GatewayOptions extends CheckOptions {
  /** The payment method that is accepted; null unless said otherwise. */
  readonly accepted?: string | null
  /** The payment method that is declined. Without one, nothing is asked about declines. */
  readonly declined?: string
  /** A currency with two decimals and one with none, both taken by the account: USD and JPY unless said otherwise. */
  readonly currencies?: readonly [string, string]
  /** The same adapter, set up so that its provider cannot be reached. Without it, nothing is asked about that. */
  readonly unreachable?: Layer.Layer<PaymentGateway>
  /**
   * The same adapter on the same provider, which charges and then loses the answer; lookups are made by the gateway
   * under test. Without it, nothing is asked about that.
   */
  readonly losing?: Layer.Layer<PaymentGateway>
}

export interface GatewaySuiteOptions extends GatewayOptions {
  /** Vitest unless said otherwise. */
  readonly runner?: Runner
  /** Which laws are run; all that the options allow unless said otherwise. */
  readonly laws?: ReadonlyArray<GatewayLaw>
}

/** Runs one law on a gateway of its own. */
export const check = <E>(
  law: GatewayLaw,
  gateway: Layer.Layer<PaymentGateway, E>,
  options: GatewayOptions = {}
): Effect.Effect<void, LawBroken | E> => Effect.provide(bounded(law, options), subject(gateway, options))

/** Registers a test for each law; the gateway is built once. Await it at the top of a test file. */
export const suite = async <E>(
  name: string,
  gateway: Layer.Layer<PaymentGateway, E>,
  options: GatewaySuiteOptions = {}
): Promise<void> => {
  const { describe, it, afterAll } = options.runner ?? (await import("vitest"))
  const asked = options.laws ?? gatewayLaws.filter(({ needs }) => needs === null || options[needs] !== undefined)
  describe(name, () => {
    const runtime = ManagedRuntime.make(subject(gateway, options))
    afterAll(() => runtime.dispose())
    for (const law of asked) {
      const run = async () => {
        const verdict = await runtime.runPromise(Effect.either(bounded(law, options)))
        if (Either.isLeft(verdict)) throw verdict.left
      }
      it(law.name, run, Duration.toMillis(limit(options)) + 5000)
    }
  })
}

// internal

const subject = <E>(
  gateway: Layer.Layer<PaymentGateway, E>,
  { accepted = null, declined, currencies = ["USD", "JPY"], unreachable, losing }: GatewayOptions
): Layer.Layer<PaymentGateway | Subject, E> => {
  const [two, none] = currencies
  const ways: Ways = {
    accepted,
    declined: declined ?? null,
    currencies: [Currency.make(two), Currency.make(none)],
    unreachable: unreachable ?? null,
    losing: losing ?? null
  }
  return Layer.merge(gateway, Layer.succeed(Subject, ways))
}

const limit = ({ timeLimit }: CheckOptions) => Duration.decode(timeLimit ?? "60 seconds")

const bounded = (law: GatewayLaw, options: CheckOptions) =>
  law.check.pipe(
    Effect.timeoutFail({
      duration: limit(options),
      onTimeout: () => new LawBroken({ message: "the check did not come to an end" })
    }),
    Effect.provideService(Rounds, options.rounds ?? fromEnvironment())
  )
