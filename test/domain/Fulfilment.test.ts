import { DateTime, Either } from "effect"
import { describe, expect, it } from "vitest"
import { EventId } from "../../src/domain/Event.js"
import * as Fulfilment from "../../src/domain/Fulfilment.js"
import { Held, Holder, Lease, LeaseToken } from "../../src/domain/Lease.js"
import { OrderId, type Status } from "../../src/domain/Order.js"
import { at, uuid } from "./fixtures.js"

const orderId = OrderId.make(uuid(5))
const key = Fulfilment.leaseKey(orderId)
const [ada, bob, eve] = [Holder.make("ada"), Holder.make("bob"), Holder.make("eve")]
const epoch = Fulfilment.Epoch.make(4)
const minutes = (count: number) => DateTime.add(at, { minutes: count })
const [picked, packed, now] = [minutes(1), minutes(2), minutes(10)]

const box = {
  pick: { pickedAt: null, packedAt: null },
  pack: { pickedAt: picked, packedAt: null },
  dispatch: { pickedAt: picked, packedAt: packed }
}
const common = { orderId, orderedAt: at, epoch, version: Fulfilment.Version.make(7) }
const claim = { holder: ada, token: LeaseToken.make("secret"), takenAt: minutes(5), expiresAt: minutes(65) }
const held = (holder: Holder) => new Held({ key, holder, since: minutes(5), expiresAt: minutes(65) })

const states = {
  // Nobody has had it yet.
  new: (stage: Fulfilment.Stage) => new Fulfilment.Ready({ ...common, ...box[stage], stage, lastHolder: null }),
  // Ada had it last, in these.
  ready: (stage: Fulfilment.Stage) => new Fulfilment.Ready({ ...common, ...box[stage], stage, lastHolder: ada }),
  paused: (stage: Fulfilment.Stage) => new Fulfilment.Paused({ ...common, ...box[stage], stage, lastHolder: ada }),
  live: (stage: Fulfilment.Stage) => new Fulfilment.InProgress({ ...common, ...box[stage], ...claim, stage }),
  done: () => new Fulfilment.Done({ ...common, ...box.dispatch, lastHolder: ada, dispatchedAt: minutes(9) })
}

/** Each state at a stage, with the lease that is running. */
const situations = {
  new: { make: states.new, lease: null },
  ready: { make: states.ready, lease: null },
  paused: { make: states.paused, lease: null },
  live: { make: states.live, lease: held(ada) },
  // Her lease is over, and nobody's.
  lapsed: { make: states.live, lease: null },
  // Her lease is over, and another has one: he is about to write that he has taken it.
  foreign: { make: states.live, lease: held(bob) },
  done: { make: states.done, lease: null }
} as const
type Situation = keyof typeof situations

const commands = {
  "take, ada": { _tag: "Take", by: ada, stage: null },
  "take, eve": { _tag: "Take", by: eve, stage: null },
  "ada, no epoch": { by: ada, epoch: null },
  "ada, her epoch": { by: ada, epoch },
  "ada, an old epoch": { by: ada, epoch: Fulfilment.Epoch.make(3) },
  "ada, a later epoch": { by: ada, epoch: Fulfilment.Epoch.make(5) },
  "bob, no epoch": { by: bob, epoch: null },
  "bob, her epoch": { by: bob, epoch },
  "eve, no epoch": { by: eve, epoch: null },
  "eve, her epoch": { by: eve, epoch },
  revoke: { _tag: "Revoke", by: eve }
} as const

const [lapsed, notHolder, taken, unpaid] = ["ClaimLapsed", "NotHolder", "FulfilmentTaken", "OrderNotPaid"]

/** Of an order that is confirmed; at each stage the same. `ok` is the command's own effect. */
const table: Record<Situation, Record<keyof typeof commands, string | undefined>> = {
  new: {
    "take, ada": "ok",
    "take, eve": "ok",
    "ada, no epoch": notHolder,
    "ada, her epoch": notHolder,
    "ada, an old epoch": notHolder,
    "ada, a later epoch": notHolder,
    "bob, no epoch": notHolder,
    "bob, her epoch": notHolder,
    "eve, no epoch": notHolder,
    "eve, her epoch": notHolder,
    revoke: "NotClaimed"
  },
  ready: {
    "take, ada": "ok",
    "take, eve": "ok",
    "ada, no epoch": lapsed,
    "ada, her epoch": lapsed,
    "ada, an old epoch": lapsed,
    "ada, a later epoch": lapsed,
    "bob, no epoch": notHolder,
    "bob, her epoch": notHolder,
    "eve, no epoch": notHolder,
    "eve, her epoch": notHolder,
    revoke: "NotClaimed"
  },
  paused: {
    "take, ada": "ok",
    "take, eve": "ok",
    "ada, no epoch": lapsed,
    "ada, her epoch": lapsed,
    "ada, an old epoch": lapsed,
    "ada, a later epoch": lapsed,
    "bob, no epoch": notHolder,
    "bob, her epoch": notHolder,
    "eve, no epoch": notHolder,
    "eve, her epoch": notHolder,
    revoke: "NotClaimed"
  },
  live: {
    "take, ada": taken,
    "take, eve": taken,
    "ada, no epoch": "ok",
    "ada, her epoch": "ok",
    "ada, an old epoch": lapsed,
    "ada, a later epoch": lapsed,
    "bob, no epoch": notHolder,
    "bob, her epoch": notHolder,
    "eve, no epoch": notHolder,
    "eve, her epoch": notHolder,
    revoke: "ok"
  },
  lapsed: {
    "take, ada": "ok",
    "take, eve": "ok",
    "ada, no epoch": lapsed,
    "ada, her epoch": lapsed,
    "ada, an old epoch": lapsed,
    "ada, a later epoch": lapsed,
    "bob, no epoch": notHolder,
    "bob, her epoch": notHolder,
    "eve, no epoch": notHolder,
    "eve, her epoch": notHolder,
    revoke: "ok"
  },
  foreign: {
    "take, ada": taken,
    "take, eve": taken,
    "ada, no epoch": notHolder,
    "ada, her epoch": notHolder,
    "ada, an old epoch": notHolder,
    "ada, a later epoch": notHolder,
    // He has the lease, and no row tells of it.
    "bob, no epoch": lapsed,
    "bob, her epoch": lapsed,
    "eve, no epoch": notHolder,
    "eve, her epoch": notHolder,
    revoke: "ok"
  },
  done: {
    "take, ada": "StageNotReady",
    "take, eve": "StageNotReady",
    "ada, no epoch": lapsed,
    "ada, her epoch": lapsed,
    "ada, an old epoch": lapsed,
    "ada, a later epoch": lapsed,
    "bob, no epoch": notHolder,
    "bob, her epoch": notHolder,
    "eve, no epoch": notHolder,
    "eve, her epoch": notHolder,
    revoke: "NotClaimed"
  }
}

/** Of an order that is not confirmed nothing takes effect: what would have is refused as one of these. */
const refusedUnpaid: Readonly<Record<string, string | undefined>> = { Take: unpaid, Revoke: "NotClaimed" }

const stages = Fulfilment.Stage.literals
const id = EventId.make(uuid(70))

const decide = (situation: Situation, stage: Fulfilment.Stage, command: Fulfilment.Command, status: Status) => {
  const { make, lease } = situations[situation]
  return Fulfilment.decide(make(stage), command, { id, status, lease, now })
}

const outcome = (result: ReturnType<typeof Fulfilment.decide>) =>
  Either.match(result, { onLeft: ({ _tag }) => _tag, onRight: ({ _tag }) => _tag })

/** A command without its kind is each of the three that a holder gives. */
const given = (name: keyof typeof commands): ReadonlyArray<Fulfilment.Command> => {
  const command = commands[name]
  return "_tag" in command
    ? [command]
    : (["Pause", "Complete", "Renew"] as const).map((_tag) => ({ _tag, by: command.by, epoch: command.epoch }))
}

const effects = { Take: "Acquire", Renew: "Extend", Pause: "Release", Complete: "Release", Revoke: "Release" } as const

const names = Object.keys(commands) as ReadonlyArray<keyof typeof commands>

describe.each(Object.keys(situations) as ReadonlyArray<Situation>)("a box that is %s", (situation) => {
  it.each(names)("answers a command as the table says: %s", (name) => {
    for (const stage of stages) {
      for (const command of given(name)) {
        const said = table[situation][name]
        const expected = said === "ok" ? effects[command._tag] : said
        expect(outcome(decide(situation, stage, command, "confirmed")), `${command._tag} at ${stage}`).toBe(expected)
      }
    }
  })

  it.each(["pending_payment", "payment_failed", "cancelled", "refunded"] as const)(
    "gives nothing to anybody when its order is %s",
    (status) => {
      for (const name of names) {
        for (const command of given(name)) {
          const said = table[situation][name]
          const isTake = command._tag === "Take" && situation !== "done"
          const expected = isTake ? unpaid : said === "ok" ? (refusedUnpaid[command._tag] ?? lapsed) : said
          expect(outcome(decide(situation, "pack", command, status)), `${command._tag}, ${name}`).toBe(expected)
        }
      }
    }
  )
})

describe("a take", () => {
  it("is of the next stage, or refused with it", () => {
    for (const next of stages) {
      for (const stage of stages) {
        const take = { _tag: "Take", by: eve, stage } as const
        for (const situation of ["new", "ready", "paused", "lapsed"] as const) {
          const result = decide(situation, next, take, "confirmed")
          if (stage === next) expect(outcome(result)).toBe("Acquire")
          else expect(Either.getOrNull(Either.flip(result))).toMatchObject({ _tag: "StageNotReady", orderId, next })
        }
      }
    }
    const done = decide("done", "pick", { _tag: "Take", by: eve, stage: "pick" }, "fulfilled")
    expect(Either.getOrNull(Either.flip(done))).toMatchObject({ _tag: "StageNotReady", next: null })
  })

  it("of another stage is told of the stage before it is told who has it, and that it is not paid before either", () => {
    const take = { _tag: "Take", by: eve, stage: "dispatch" } as const
    expect(outcome(decide("live", "pick", take, "confirmed"))).toBe("StageNotReady")
    expect(outcome(decide("live", "pick", take, "cancelled"))).toBe("OrderNotPaid")
  })

  it("that is refused is told who has the lease, since when and until when", () => {
    for (const [situation, holder] of [
      ["live", ada],
      ["foreign", bob]
    ] as const) {
      const result = decide(situation, "pick", { _tag: "Take", by: ada, stage: null }, "confirmed")
      const told = { _tag: "FulfilmentTaken", orderId, holder, since: minutes(5), expiresAt: minutes(65) }
      expect(Either.getOrNull(Either.flip(result))).toMatchObject(told)
    }
  })

  it("raises the epoch by one, and has the time of its lease", () => {
    for (const situation of ["new", "ready", "paused", "lapsed"] as const) {
      const step = Either.getOrThrow(decide(situation, "pack", { _tag: "Take", by: eve, stage: null }, "confirmed"))
      if (step._tag !== "Acquire") return expect.unreachable(step._tag)
      const lease = new Lease({ ...held(eve), token: LeaseToken.make("t"), since: minutes(10), expiresAt: minutes(70) })
      const { next, entry } = step.taken(lease)
      const { holder, token, expiresAt } = lease
      const mine = { holder, token, takenAt: minutes(10), expiresAt }
      expect(next).toEqual(
        new Fulfilment.InProgress({
          ...{ ...common, ...box.pack, ...mine },
          stage: "pack",
          epoch: Fulfilment.Epoch.make(5),
          version: Fulfilment.Version.make(8)
        })
      )
      expect(entry).toMatchObject({ id, orderId, kind: "taken", stage: "pack", worker: eve, at: now })
      expect([entry.version, entry.epoch]).toEqual([8, 5])
    }
  })
})

describe("what a holder does", () => {
  const change = (command: Fulfilment.Command, stage: Fulfilment.Stage, situation: Situation = "live") => {
    const step = Either.getOrThrow(decide(situation, stage, command, "confirmed"))
    return step._tag === "Release" ? step.change : expect.unreachable(step._tag)
  }
  const after = { ...common, version: Fulfilment.Version.make(8) }

  it("lays it aside at its stage", () => {
    for (const stage of stages) {
      const { next, entry } = change({ _tag: "Pause", by: ada, epoch }, stage)
      expect(next).toEqual(new Fulfilment.Paused({ ...after, ...box[stage], stage, lastHolder: ada }))
      expect(entry).toMatchObject({ kind: "paused", stage, worker: ada, version: 8, epoch: 4, at: now })
    }
  })

  it("completes each stage at its own instant, and the last one ends it", () => {
    const completed = (stage: Fulfilment.Stage) => change({ _tag: "Complete", by: ada, epoch: null }, stage)
    expect(stages.map((stage) => completed(stage).next)).toEqual([
      new Fulfilment.Ready({ ...after, pickedAt: now, packedAt: null, stage: "pack", lastHolder: ada }),
      new Fulfilment.Ready({ ...after, pickedAt: picked, packedAt: now, stage: "dispatch", lastHolder: ada }),
      new Fulfilment.Done({ ...after, ...box.dispatch, lastHolder: ada, dispatchedAt: now })
    ])
    for (const stage of stages) {
      expect(completed(stage).entry).toMatchObject({ kind: "completed", stage, worker: ada, version: 8, epoch: 4 })
    }
  })

  it("keeps it longer, with its epoch and since when", () => {
    const step = Either.getOrThrow(decide("live", "pack", { _tag: "Renew", by: ada, epoch }, "confirmed"))
    if (step._tag !== "Extend") return expect.unreachable(step._tag)
    const { next, entry } = step.renewed(minutes(80))
    const longer = { ...after, ...box.pack, ...claim, expiresAt: minutes(80) }
    expect(next).toEqual(new Fulfilment.InProgress({ ...longer, stage: "pack" }))
    expect(entry).toMatchObject({ kind: "renewed", stage: "pack", worker: ada, version: 8, epoch: 4 })
  })

  it("is over when it is revoked: the epoch is raised, at the same stage, and it is told who did it", () => {
    for (const situation of ["live", "lapsed", "foreign"] as const) {
      for (const stage of stages) {
        const { next, entry } = change({ _tag: "Revoke", by: eve }, stage, situation)
        const raised = { ...after, epoch: Fulfilment.Epoch.make(5) }
        expect(next).toEqual(new Fulfilment.Ready({ ...raised, ...box[stage], stage, lastHolder: ada }))
        expect(entry).toMatchObject({ kind: "revoked", stage, worker: eve, version: 8, epoch: 5 })
      }
    }
  })
})

describe("a box as it is seen", () => {
  it("has lapsed from the end of its claim on", () => {
    const live = states.live("pick")
    const seen = [minutes(64), DateTime.subtract(minutes(65), { millis: 1 }), minutes(65), minutes(66)]
    expect(seen.map((now) => Fulfilment.stateOf(live, now))).toEqual(["in_progress", "in_progress", "lapsed", "lapsed"])
    const others = [states.new("pick"), states.paused("pack"), states.done()]
    expect(others.map((each) => Fulfilment.stateOf(each, minutes(9999)))).toEqual(["ready", "paused", "done"])
  })

  it("tells everything but the token", () => {
    const { token, ...rest } = states.live("pack")
    expect(token).toBe("secret")
    expect(Fulfilment.shown(states.live("pack"))).toEqual(rest)
    expect(Fulfilment.shown(states.done())).toEqual(states.done())
  })
})
