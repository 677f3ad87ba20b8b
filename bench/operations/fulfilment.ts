/** Workers on paid orders: each on his own, and all on one. */
import type { Operation } from "../measure.js"
import type { Side } from "../shop.js"

export const take = (count: number): Operation => ({
  name: "take a paid order",
  count,
  prepare: async (side) => {
    const orders = await side.keeper.fillOrders(count)
    return (i) => side.shop.take(worker(i), orders[i] ?? "")
  }
})

export const pause = (count: number): Operation => ({
  name: "pause an order in hands",
  count,
  prepare: async (side) => {
    const orders = await inHands(side, count)
    return (i) => side.shop.pause(worker(i), orders[i] ?? "")
  }
})

export const complete = (count: number): Operation => ({
  name: "complete a stage",
  count,
  prepare: async (side) => {
    const orders = await inHands(side, count)
    return (i) => side.shop.complete(worker(i), orders[i] ?? "")
  }
})

/** Whoever gets the order lays it aside again, so that there is always something to reach for. */
export const crowd = (count: number): Operation => ({
  name: "50 workers reach for one order",
  count,
  clients: 50,
  prepare: async (side) => {
    const [order = ""] = await side.keeper.fillOrders(1)
    return async (i) => {
      try {
        await side.shop.take(worker(i), order)
      } catch {
        return
      }
      await side.shop.pause(worker(i), order)
    }
  }
})

// internal

const worker = (i: number) => `worker ${i % 50}`

const inHands = async (side: Side, count: number) => {
  const orders = await side.keeper.fillOrders(count)
  for (const [i, order] of orders.entries()) await side.shop.take(worker(i), order)
  return orders
}
