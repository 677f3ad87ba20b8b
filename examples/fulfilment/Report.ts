/** Who did what, as the store tells it. */
import { Effect } from "effect"
import { type Fulfilment, Fulfilments } from "octavo"

/** What a worker has done; `afterLapse` are takes of what another had not completed in his time. */
export const idle = { taken: 0, picked: 0, packed: 0, dispatched: 0, afterLapse: 0 }
export type Deeds = typeof idle

/** By worker; `faults` names the orders that have not left the house exactly once. */
export const tell = (orderIds: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const fulfilments = yield* Fulfilments.Fulfilments
    const deeds = new Map<string, Deeds>()
    const faults: Array<string> = []
    for (const orderId of orderIds) {
      const { status, history } = yield* fulfilments.get(orderId)
      const dispatched = history.filter(({ kind, stage }) => kind === "completed" && stage === "dispatch")
      if (status !== "fulfilled" || dispatched.length !== 1) {
        faults.push(`${orderId} is ${status}, and was dispatched ${dispatched.length} times`)
      }
      history.forEach((entry, i) => void count(deeds, entry, history[i - 1]))
    }
    return { deeds, faults }
  })

// internal

const did = { pick: "picked", pack: "packed", dispatch: "dispatched" } as const

const count = (deeds: Map<string, Deeds>, entry: Fulfilment.Entry, before: Fulfilment.Entry | undefined) => {
  const { kind, worker, stage } = entry
  const mine = deeds.get(worker) ?? { ...idle }
  deeds.set(worker, mine)
  if (kind === "completed") mine[did[stage]]++
  if (kind !== "taken") return
  mine.taken++
  if (before?.kind === "taken") mine.afterLapse++
}
