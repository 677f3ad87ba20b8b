import { Duration, Effect } from "effect"
import { expect, it } from "vitest"
import { toTheEnd } from "../../src/cli/Recover.js"
import { OrderId } from "../../src/domain/OrderId.js"
import { Checkout, type RecoverReport } from "../../src/services/Checkout.js"

const id = (n: number) => OrderId.make(`00000000-0000-4000-8000-00000000000${n}`)
const waits = (n: number) => ({ orderId: id(n), why: "gateway" }) as const
const nothing: RecoverReport = { confirmed: [], failed: [], refunded: [], waiting: [], more: false }

/** What is told in the end of these runs, of which each goes on behind the one before. */
const toldOf = (reports: ReadonlyArray<RecoverReport>) => {
  const left = [...reports]
  const recover = () => Effect.sync(() => left.shift() ?? nothing)
  return Effect.runPromise(
    toTheEnd(Duration.seconds(30)).pipe(
      Effect.provideService(Checkout, { recover } as unknown as typeof Checkout.Service)
    )
  )
}

it("what still waits is told also where it came before the limit of a run", async () => {
  const told = await toldOf([
    { ...nothing, waiting: [waits(1), waits(2), waits(3)], more: true },
    { ...nothing, confirmed: [id(2)], waiting: [waits(3), waits(4)], more: true },
    nothing
  ])
  expect(told).toEqual({ ...nothing, confirmed: [id(2)], waiting: [waits(1), waits(3), waits(4)] })
})
