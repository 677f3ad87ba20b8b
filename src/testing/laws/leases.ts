/** Leases: one holder at a time, until an instant. */
import { DateTime, Duration, Effect } from "effect"
import { Held, Holder, LeaseKey, LeaseLost, LeaseTaken, LeaseToken } from "../../domain/Lease.js"
import { Leases } from "../../ports/Leases.js"
import * as Given from "../Given.js"
import { atOnce, type Law, law, onlyRefusals, race, refused, refuses, same } from "../Law.js"
import { transacted } from "./done.js"
import { timed } from "./time.js"

const [minute, hour] = [Duration.minutes(1), Duration.hours(1)]
const [me, other] = [Holder.make("me — é"), Holder.make("somebody else")]

const freshKey = Effect.map(Given.id, (text) => LeaseKey.make(`work ${text}`))

const freshToken = Effect.map(Given.id, (text) => LeaseToken.make(text))

const shown = ({ key, holder, since, expiresAt }: Held) => new Held({ key, holder, since, expiresAt })

const oneHolds = race(
  "of ten that ask for a lease at once one has it, and the others are told who",
  Effect.gen(function* () {
    const leases = yield* Leases
    const key = yield* freshKey
    const { successes, failures } = yield* atOnce(10, (i) => leases.acquire(key, Holder.make(`holder ${i}`), hour))
    yield* same("how many hold it", successes.length, 1)
    yield* onlyRefusals(failures, ["LeaseTaken"])
    const [lease] = successes
    if (lease === undefined) return
    for (const refusal of failures) yield* same("who is told", refusal, new LeaseTaken({ held: shown(lease) }))
    yield* same("who holds it", yield* leases.current(key), shown(lease))
  })
)

const oneTakesOver = race(
  "of ten that ask for a lease that has run out at once one has it, without anybody sweeping",
  timed((pass) =>
    Effect.gen(function* () {
      const leases = yield* Leases
      const key = yield* freshKey
      const before = yield* leases.acquire(key, me, minute)
      yield* pass("1 minute")
      yield* same("who holds it", yield* leases.current(key), null)
      const { successes, failures } = yield* atOnce(10, (i) => leases.acquire(key, Holder.make(`holder ${i}`), hour))
      yield* same("how many hold it", successes.length, 1)
      yield* onlyRefusals(failures, ["LeaseTaken"])
      yield* same("the old token's renewal", (yield* refused(leases.renew(key, before.token, hour)))._tag, "LeaseLost")
      yield* same("the old token's release", yield* leases.release(key, before.token), false)
      yield* same("who holds it then", yield* leases.current(key), successes[0] ? shown(successes[0]) : null)
    })
  )
)

const untilThen = law(
  "a lease runs for its time: refused to everybody until then, its holder too, and anybody's from then on",
  timed((pass) =>
    Effect.gen(function* () {
      const leases = yield* Leases
      const key = yield* freshKey
      yield* same("who holds it before", yield* leases.current(key), null)
      const lease = yield* leases.acquire(key, me, hour)
      yield* same("key and holder", [lease.key, lease.holder], [key, me])
      yield* same("its time", DateTime.distance(lease.since, lease.expiresAt), Duration.toMillis(hour))
      const taken = new LeaseTaken({ held: shown(lease) })
      yield* refuses("the holder", leases.acquire(key, me, hour), taken)
      yield* pass("59 minutes")
      yield* refuses("another", leases.acquire(key, other, hour), taken)
      yield* same("who holds it", yield* leases.current(key), shown(lease))
      yield* pass("1 minute")
      yield* refuses("a renewal then", leases.renew(key, lease.token, hour), new LeaseLost({ key }))
      yield* same("who holds it then", (yield* leases.acquire(key, other, hour)).holder, other)
    })
  )
)

const renewed = law(
  "a lease is renewed by its token, from now on, and keeps who holds it and since when",
  timed((pass) =>
    Effect.gen(function* () {
      const leases = yield* Leases
      const key = yield* freshKey
      const lease = yield* leases.acquire(key, me, hour)
      yield* pass("50 minutes")
      const again = yield* leases.renew(key, lease.token, hour)
      yield* same("the lease", { ...again, expiresAt: lease.expiresAt }, { ...lease })
      yield* pass("50 minutes")
      yield* same("who holds it", yield* leases.current(key), shown(again))
      yield* refuses("another token", leases.renew(key, yield* freshToken, hour), new LeaseLost({ key }))
      yield* refuses("another", leases.acquire(key, other, hour), new LeaseTaken({ held: shown(again) }))
      const nobodys = yield* freshKey
      yield* refuses("what nobody has", leases.renew(nobodys, lease.token, hour), new LeaseLost({ key: nobodys }))
    })
  )
)

const released = law(
  "a lease is released by its token alone, once, running or run out",
  timed((pass) =>
    Effect.gen(function* () {
      const leases = yield* Leases
      const key = yield* freshKey
      const first = yield* leases.acquire(key, me, minute)
      yield* same("by another token", yield* leases.release(key, yield* freshToken), false)
      yield* same("by its token", yield* leases.release(key, first.token), true)
      yield* same("again", yield* leases.release(key, first.token), false)
      yield* same("who holds it", yield* leases.current(key), null)
      const second = yield* leases.acquire(key, other, minute)
      yield* same("by the first token", yield* leases.release(key, first.token), false)
      yield* pass("2 minutes")
      yield* same("when it has run out", yield* leases.release(key, second.token), true)
      yield* same("its renewal then", (yield* refused(leases.renew(key, second.token, minute)))._tag, "LeaseLost")
    })
  )
)

const ownToken = race(
  "each lease has a token of its own, the same holder's next one too, and of ten that release one at once one has released it",
  Effect.gen(function* () {
    const leases = yield* Leases
    const key = yield* freshKey
    const tokens = new Set<LeaseToken>()
    for (let i = 0; i < 3; i++) {
      const { token } = yield* leases.acquire(key, me, hour)
      tokens.add(token)
      for (const before of tokens) {
        if (before === token) continue
        yield* refuses("a renewal by one before", leases.renew(key, before, hour), new LeaseLost({ key }))
        yield* same("a release by one before", yield* leases.release(key, before), false)
      }
      const { successes, failures } = yield* atOnce(10, () => leases.release(key, token))
      yield* onlyRefusals(failures, [])
      yield* same("how many have released it", successes.filter((done) => done).length, 1)
    }
    yield* same("how many tokens", tokens.size, 3)
  })
)

const apart = law(
  "a lease of one key is none of another's",
  Effect.gen(function* () {
    const leases = yield* Leases
    const [one, two] = [yield* freshKey, yield* freshKey]
    const lease = yield* leases.acquire(one, me, hour)
    const upper = LeaseKey.make(one.toUpperCase())
    for (const key of [two, upper]) {
      yield* same("who holds the other", yield* leases.current(key), null)
      yield* same("the other", (yield* leases.acquire(key, other, hour)).key, key)
      yield* same("its release by the token of the first", yield* leases.release(key, lease.token), false)
    }
    yield* same("the first", yield* leases.current(one), shown(lease))
  })
)

const joins = law(
  "a lease that was had in a transaction that is rolled back is nobody's, one that was released there still runs",
  Effect.gen(function* () {
    const leases = yield* Leases
    const [one, two] = [yield* freshKey, yield* freshKey]
    const lease = yield* leases.acquire(two, me, hour)
    const both = Effect.zip(leases.acquire(one, me, hour), leases.release(two, lease.token))
    yield* Effect.exit(transacted(Effect.zipRight(both, Effect.fail("undone"))))
    yield* same("who holds the first", yield* leases.current(one), null)
    yield* same("who holds the second", yield* leases.current(two), shown(lease))
    yield* transacted(both)
    yield* same("who holds the first then", (yield* leases.current(one))?.holder, me)
    yield* same("who holds the second then", yield* leases.current(two), null)
  })
)

/** What leases keep wherever they are: also where the store that they guard is another. */
export const ofLeases: ReadonlyArray<Law> = [oneHolds, oneTakesOver, untilThen, renewed, released, ownToken, apart]

export const leases: ReadonlyArray<Law> = [...ofLeases, joins]
