import { Context, Duration } from "effect"
import { Currency } from "../domain/Money.js"

/** What a host chooses for its bookstore. A store has one currency, kept with every order; it cannot change later. */
export class StoreSettings extends Context.Reference<StoreSettings>()("octavo/StoreSettings", {
  defaultValue: (): Settings => ({ currency: Currency.make("USD"), chargeTimeout: Duration.seconds(30) })
}) {}

export interface Settings {
  readonly currency: Currency
  /** How long a charge may take; after it, its outcome is unknown. */
  readonly chargeTimeout: Duration.Duration
}
