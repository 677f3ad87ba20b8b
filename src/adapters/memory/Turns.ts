/** Taking turns: one at a time, in the order of arrival. */
import { Effect } from "effect"

export type InTurn = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** A queue whose first has the turn. Whoever leaves it, done or interrupted, first or waiting, lets the first go on: no turn is lost. */
export const make = (): InTurn => {
  const queue = new Set<Effect.Latch>()
  return (effect) =>
    Effect.uninterruptibleMask((restore) => {
      const turn = Effect.unsafeMakeLatch(queue.size === 0)
      queue.add(turn)
      const leave = Effect.sync(() => {
        queue.delete(turn)
        const [first] = queue
        first?.unsafeOpen()
      })
      return Effect.ensuring(restore(turn.whenOpen(effect)), leave)
    })
}
