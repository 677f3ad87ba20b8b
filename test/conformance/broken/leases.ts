import { DateTime, Duration, Effect } from "effect"
import { Held, Lease, LeaseKey, LeaseToken } from "../../../src/domain/Lease.js"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (leases: Ports["leases"]) => Partial<Ports["leases"]>) =>
  breaking(({ leases }) => ({ leases: { ...leases, ...flaw(leases) } }))

export const anybodys = changing(({ acquire, release }) => ({
  acquire: (key, holder, ttl) =>
    Effect.catchTag(acquire(key, holder, ttl), "LeaseTaken", ({ held }) =>
      Effect.succeed(new Lease({ ...held, holder, token: LeaseToken.make("stolen") }))
    ),
  release: (key, token) => (token === "stolen" ? Effect.succeed(true) : release(key, token))
}))

/** Looks first, and takes it after: whoever looked at the same time takes it, too. */
const checkedFirst = changing(({ acquire, current }) => ({
  acquire: (key, holder, ttl) =>
    Effect.gen(function* () {
      const held = yield* current(key)
      yield* Effect.yieldNow()
      if (held !== null) return yield* acquire(key, holder, ttl)
      const since = yield* DateTime.now
      return yield* Effect.catchTag(acquire(key, holder, ttl), "LeaseTaken", () =>
        Effect.succeed(
          new Lease({
            key,
            holder,
            since,
            expiresAt: DateTime.addDuration(since, ttl),
            token: LeaseToken.make("also")
          })
        )
      )
    })
}))

/** A lease is as long as a year: somebody has to sweep. */
export const neverOver = changing(({ acquire }) => ({
  acquire: (key, holder) => acquire(key, holder, Duration.days(365))
}))

const reentrant = changing(({ acquire, current }) => {
  const mine = new Map<string, Lease>()
  return {
    acquire: (key, holder, ttl) =>
      Effect.gen(function* () {
        const known = mine.get(key)
        if (known?.holder === holder && (yield* current(key)) !== null) return known
        const lease = yield* acquire(key, holder, ttl)
        mine.set(key, lease)
        return lease
      })
  }
})

const renewedByAnybody = changing(({ acquire, renew }) => {
  const tokens = new Map<string, LeaseToken>()
  return {
    acquire: (key, holder, ttl) => Effect.tap(acquire(key, holder, ttl), ({ token }) => void tokens.set(key, token)),
    renew: (key, token, ttl) => renew(key, tokens.get(key) ?? token, ttl)
  }
})

/** From the end of the time before, not from now on. */
const renewedFromThen = changing(({ renew, current }) => ({
  renew: (key, token, ttl) =>
    Effect.flatMap(current(key), (held) =>
      Effect.map(renew(key, token, ttl), (lease) =>
        held === null ? lease : new Lease({ ...lease, since: held.expiresAt })
      )
    )
}))

const releasedByAnybody = changing(({ acquire, release }) => {
  const tokens = new Map<string, LeaseToken>()
  return {
    acquire: (key, holder, ttl) => Effect.tap(acquire(key, holder, ttl), ({ token }) => void tokens.set(key, token)),
    release: (key, token) => release(key, tokens.get(key) ?? token)
  }
})

const releasedForEver = changing(({ release }) => ({ release: (key, token) => Effect.as(release(key, token), true) }))

/** Whoever had it once can always say that he has it. */
const tokenOfHolder = changing(({ acquire, renew, release }) => {
  const tokens = new Map<string, LeaseToken>()
  const now = (key: LeaseKey, token: LeaseToken) => (token === "mine" ? (tokens.get(key) ?? token) : token)
  return {
    acquire: (key, holder, ttl) =>
      Effect.map(acquire(key, holder, ttl), (lease) => {
        tokens.set(key, lease.token)
        return new Lease({ ...lease, token: LeaseToken.make("mine") })
      }),
    renew: (key, token, ttl) => renew(key, now(key, token), ttl),
    release: (key, token) => release(key, now(key, token))
  }
})

const oneForAll = changing(({ acquire, renew, release, current }) => {
  const lower = (key: LeaseKey) => LeaseKey.make(key.toLowerCase())
  return {
    acquire: (key, holder, ttl) =>
      Effect.map(acquire(lower(key), holder, ttl), (lease) => new Lease({ ...lease, key })),
    renew: (key, token, ttl) => renew(lower(key), token, ttl),
    release: (key, token) => release(lower(key), token),
    current: (key) => Effect.map(current(lower(key)), (held) => held && new Held({ ...held, key }))
  }
})

/** Leases live outside the store, and know nothing of its transactions. */
const outside = breaking(() => {
  const leases = new Map<string, Lease>()
  const running = (key: string) =>
    Effect.map(DateTime.now, (now) => {
      const lease = leases.get(key)
      return lease !== undefined && DateTime.greaterThan(lease.expiresAt, now) ? lease : null
    })
  return {
    leases: {
      acquire: (key, holder, ttl) =>
        Effect.map(DateTime.now, (since) => {
          const lease = new Lease({
            key,
            holder,
            since,
            expiresAt: DateTime.addDuration(since, ttl),
            token: LeaseToken.make(`${leases.size}`)
          })
          leases.set(key, lease)
          return lease
        }),
      renew: () => Effect.dieMessage("not asked for"),
      release: (key) => Effect.sync(() => leases.delete(key)),
      current: (key) => Effect.map(running(key), (lease) => lease && new Held({ ...lease }))
    }
  }
})

export const leases: Flaws = {
  "of ten that ask for a lease at once one has it, and the others are told who": {
    "it is checked first": checkedFirst,
    "everybody has it": anybodys
  },
  "of ten that ask for a lease that has run out at once one has it, without anybody sweeping": {
    "it has to be swept": neverOver,
    "it is checked first": checkedFirst,
    "the old token renews it": renewedByAnybody,
    "the old token releases it": releasedByAnybody
  },
  "a lease runs for its time: refused to everybody until then, its holder too, and anybody's from then on": {
    "its holder has it again": reentrant,
    "it is never over": neverOver,
    "everybody has it": anybodys
  },
  "a lease is renewed by its token, from now on, and keeps who holds it and since when": {
    "by any token": renewedByAnybody,
    "since then": renewedFromThen
  },
  "a lease is released by its token alone, once, running or run out": {
    "by any token": releasedByAnybody,
    "again and again": releasedForEver
  },
  "each lease has a token of its own, the same holder's next one too, and of ten that release one at once one has released it":
    { "a holder has one token": tokenOfHolder, "again and again": releasedForEver },
  "a lease of one key is none of another's": { "in whatever case": oneForAll },
  "a lease that was had in a transaction that is rolled back is nobody's, one that was released there still runs": {
    "outside the transaction": outside
  }
}
