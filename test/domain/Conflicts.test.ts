import { describe, expect, it } from "vitest"
import * as Conflicts from "../../src/domain/Conflicts.js"
import { OrderId } from "../../src/domain/Order.js"
import { uuid } from "./fixtures.js"

const order = (n: number) => OrderId.make(uuid(n))

/** So many version conflicts, and what became of the command. */
const overtaken = (n: number, conflicts: number, succeeded = true): Conflicts.Episode => ({
  orderId: order(n),
  conflicts,
  lostTake: false,
  succeeded
})

const lost = (n: number, conflicts = 0): Conflicts.Episode => ({
  orderId: order(n),
  conflicts,
  lostTake: true,
  succeeded: false
})

const counted = (...episodes: ReadonlyArray<Conflicts.Episode>) => {
  const counts = new Map<OrderId, Conflicts.Count>()
  for (const episode of episodes) Conflicts.count(counts, episode)
  return counts
}

const times = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)

const hot = (report: Conflicts.Report) => report.hotSpots.map(({ orderId }) => orderId)

describe("what is counted", () => {
  it("is conflicts and lost takes by order, and what became of the commands that met a conflict", () => {
    const counts = counted(overtaken(1, 2), overtaken(1, 3, false), lost(1), lost(1, 1), lost(2))
    expect([...counts.values()]).toEqual([
      { orderId: order(1), conflicts: 6, lostTakes: 2, episodes: 4, succeeded: 1, failed: 2, attempts: 7 },
      { orderId: order(2), conflicts: 0, lostTakes: 1, episodes: 1, succeeded: 0, failed: 0, attempts: 0 }
    ])
  })

  it("adds up to a report, of all orders or of some", () => {
    const counts = counted(overtaken(1, 1), overtaken(1, 2), overtaken(2, 3, false), lost(3))
    expect(Conflicts.report(counts, null)).toMatchObject({
      conflicts: 6,
      lostTakes: 1,
      episodes: 4,
      succeeded: 2,
      failed: 1,
      meanAttempts: 2,
      successRate: 2 / 3
    })
    expect(Conflicts.report(counts, [order(1), order(3), order(9)])).toMatchObject({
      conflicts: 3,
      lostTakes: 1,
      episodes: 3,
      succeeded: 2,
      failed: 0,
      meanAttempts: 5 / 3,
      successRate: 1
    })
  })

  it("is nothing at first: no attempts, and nothing that failed", () => {
    for (const orders of [null, [], [order(1)]]) {
      expect(Conflicts.report(counted(), orders)).toEqual({
        conflicts: 0,
        lostTakes: 0,
        episodes: 0,
        succeeded: 0,
        failed: 0,
        meanAttempts: 0,
        successRate: 1,
        hotSpots: [],
        recommendation: null
      })
    }
  })
})

describe("a hot spot", () => {
  it("of a given list has more than one conflict", () => {
    const counts = counted(overtaken(1, 1), overtaken(2, 2), lost(3), lost(4), lost(4), ...times(9, overtaken(5, 3)))
    expect(hot(Conflicts.report(counts, [1, 2, 3, 4].map(order)))).toEqual([order(2), order(4)])
  })

  it("of all orders has more than five episodes, however many conflicts each", () => {
    const counts = counted(...times(5, overtaken(1, 9)), ...times(6, lost(2)), ...times(6, overtaken(3, 2)))
    expect(hot(Conflicts.report(counts, null))).toEqual([order(3), order(2)])
  })

  it("with more conflicts comes first", () => {
    const counts = counted(overtaken(1, 2), overtaken(2, 5), lost(3), lost(3), lost(3))
    expect(hot(Conflicts.report(counts, [1, 2, 3].map(order)))).toEqual([order(2), order(3), order(1)])
  })
})

describe("a recommendation", () => {
  const recommended = (...episodes: ReadonlyArray<Conflicts.Episode>) =>
    Conflicts.report(counted(...episodes), null).recommendation

  it("is given when there are more than ten conflicts, and more than two an order", () => {
    expect(recommended(...times(10, lost(1)))).toBe(null)
    expect(recommended(...times(11, lost(1)))).toBe("SpreadWorkers")
    expect(recommended(overtaken(1, 10), lost(1))).toBe("SpreadWorkers")
  })

  it("is none where each order has two", () => {
    const [six, seven] = [6, 7].map((orders) => Array.from({ length: orders }, (_, n) => overtaken(n, 2)))
    expect(recommended(...(six ?? []))).toBe(null)
    expect(recommended(...(seven ?? []))).toBe(null)
    expect(recommended(...(six ?? []), lost(0))).toBe("SpreadWorkers")
  })

  it("of a list is by the orders of it that are remembered", () => {
    const counts = counted(overtaken(1, 11), ...Array.from({ length: 20 }, (_, n) => lost(100 + n)))
    expect(Conflicts.report(counts, null).recommendation).toBe(null)
    expect(Conflicts.report(counts, [order(1), order(9)]).recommendation).toBe("SpreadWorkers")
  })
})

describe("what is remembered", () => {
  it("is bounded: the order that was met least recently is forgotten first", () => {
    const all = Array.from({ length: Conflicts.remembered }, (_, n) => lost(n))
    const counts = counted(...all, lost(0), lost(5000))
    expect(counts.size).toBe(Conflicts.remembered)
    expect([0, 1, 2, 5000].map((n) => counts.has(order(n)))).toEqual([true, false, true, true])
    Conflicts.count(counts, overtaken(1, 1))
    expect([0, 1, 2, 3].map((n) => counts.has(order(n)))).toEqual([true, true, false, true])
    expect(counts.get(order(1))).toMatchObject({ episodes: 1 })
    expect(counts.get(order(0))).toMatchObject({ episodes: 2 })
  })
})
