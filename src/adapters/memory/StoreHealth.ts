import { Effect, Layer } from "effect"
import { StoreHealth } from "../../ports/StoreHealth.js"

/** Memory is always there. */
export const layer: Layer.Layer<StoreHealth> = Layer.succeed(StoreHealth, { check: Effect.void })
