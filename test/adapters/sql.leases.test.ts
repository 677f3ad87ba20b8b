import { SqlClient } from "@effect/sql/SqlClient"
import { Array, Duration, Effect, Exit } from "effect"
import { expect, it } from "vitest"
import { Holder, LeaseKey } from "../../src/domain/Lease.js"
import { Inbox } from "../../src/ports/Inbox.js"
import { Leases } from "../../src/ports/Leases.js"
import { Transactor } from "../../src/ports/Transactor.js"
import { newId, now, onBoth } from "./sqlStores.js"

const atOnce = { concurrency: "unbounded" } as const
const [hour, holder] = [Duration.hours(1), Holder.make("holder")]
const freshKey = Effect.map(newId, (id) => LeaseKey.make(id))

onBoth(({ run, processes }) => {
  it("gives a lease to one of several processes, again and again, each at work alone", () =>
    run(
      Effect.gen(function* () {
        const key = yield* freshKey
        let atWork = 0
        let turns = 0
        const work = Effect.gen(function* () {
          const leases = yield* Leases
          while (turns < 60) {
            const lease = yield* Effect.option(leases.acquire(key, holder, hour))
            if (lease._tag === "None") {
              yield* Effect.sleep("1 millis")
              continue
            }
            expect(++atWork, "how many are at work").toBe(1)
            turns++
            yield* Effect.yieldNow()
            atWork--
            expect(yield* leases.release(key, lease.value.token)).toBe(true)
          }
        })
        const others = yield* processes(4)
        yield* Effect.all(
          others.flatMap((stores) => [Effect.provide(work, stores), Effect.provide(work, stores)]),
          atOnce
        )
        expect(atWork).toBe(0)
      }).pipe(Effect.scoped)
    ))

  it("takes and releases a lease with the transaction around it", () =>
    run(
      Effect.gen(function* () {
        const leases = yield* Leases
        const { transact } = yield* Transactor
        const key = yield* freshKey
        const undone = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          Effect.exit(transact(Effect.zipRight(effect, Effect.fail("undone"))))
        expect(Exit.isFailure(yield* undone(leases.acquire(key, holder, hour)))).toBe(true)
        expect(yield* leases.current(key)).toBeNull()
        const { token } = yield* transact(leases.acquire(key, holder, hour))
        yield* undone(leases.release(key, token))
        expect(yield* leases.current(key)).toMatchObject({ key, holder })
      })
    ))

  it("leaves no row of a lease that was released", () =>
    run(
      Effect.gen(function* () {
        const leases = yield* Leases
        const sql = yield* SqlClient
        const key = yield* freshKey
        const { token } = yield* leases.acquire(key, holder, hour)
        yield* leases.release(key, token)
        expect(yield* sql`SELECT * FROM octavo_leases WHERE key = ${key}`).toEqual([])
      })
    ))

  it("refuses a lease without an end to come", () =>
    run(
      Effect.gen(function* () {
        const leases = yield* Leases
        const key = yield* freshKey
        for (const ttl of [Duration.zero, Duration.infinity]) {
          const refused = yield* Effect.flip(leases.acquire(key, holder, ttl))
          expect(refused).toMatchObject({ _tag: "StoreError", retryable: false })
        }
        expect(yield* leases.current(key)).toBeNull()
      })
    ))

  it("accepts what is told in several processes at once in one of them, in which it is also done", () =>
    run(
      Effect.gen(function* () {
        const others = yield* processes(3)
        for (const round of Array.range(1, 15)) {
          const id = `${yield* newId} é`
          const accept = Effect.gen(function* () {
            const inbox = yield* Inbox
            const { transact } = yield* Transactor
            // The first to come undoes what it did: then it was not told, and another one does it.
            return yield* transact(
              Effect.filterOrFail(inbox.accept("provider", id, now), (first) => !first || round % 2 === 0)
            )
          })
          const answers = yield* Effect.all(
            others.map((stores) => Effect.either(Effect.provide(accept, stores))),
            atOnce
          )
          const firsts = answers.filter((answer) => answer._tag === "Right" && answer.right)
          expect(firsts).toHaveLength(round % 2 === 0 ? 1 : 0)
          expect(answers.filter(({ _tag }) => _tag === "Left")).toHaveLength(round % 2 === 0 ? 0 : 3)
        }
      }).pipe(Effect.scoped)
    ))
})
