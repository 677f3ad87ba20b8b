import { Effect, Layer } from "effect"
import { Transactor } from "../../ports/Transactor.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<Transactor, never, Store> = Layer.effect(
  Transactor,
  Effect.map(Store, ({ transact, isOpen }) => ({ transact, isOpen }))
)
