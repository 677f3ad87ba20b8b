/** Steps before and after every call of a port, and in a transaction after its last statement. */
import { Context, Effect, Layer } from "effect"
import type { Steps } from "./Steps.js"

/** All ports that a layer gives, whichever they are. */
export const watched = <A, E, R>(layer: Layer.Layer<A, E, R>, steps: Steps): Layer.Layer<A, E, R> =>
  Layer.map(layer, (context) =>
    Context.unsafeMake<A>(
      new Map([...context.unsafeMap].map(([key, service]) => [key, port(key.replace(/^octavo\//, ""), service, steps)]))
    )
  )

// internal

const port = (name: string, service: unknown, steps: Steps): unknown => {
  if (typeof service !== "object" || service === null) return service
  const between = (step: string, answer: unknown): unknown => {
    if (!Effect.isEffect(answer)) return answer
    return Effect.suspend(() => {
      steps.by(`${step}:before`)
      return Effect.ensuring(
        answer as Effect.Effect<unknown>,
        Effect.sync(() => steps.by(`${step}:after`))
      )
    })
  }
  /** What a transaction does ends with a step of its own, ahead of the COMMIT. */
  const whole = (step: string, args: ReadonlyArray<unknown>) =>
    args.map((arg) =>
      Effect.isEffect(arg)
        ? Effect.tap(arg as Effect.Effect<unknown>, () => Effect.sync(() => steps.by(`${step}:body`)))
        : arg
    )
  return new Proxy(service, {
    get: (target, method) => {
      const it: unknown = Reflect.get(target, method)
      const step = `${name}.${String(method)}`
      if (typeof it !== "function") return between(step, it)
      return (...args: ReadonlyArray<unknown>) => between(step, Reflect.apply(it, target, whole(step, args)))
    }
  })
}
