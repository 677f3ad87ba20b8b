import { DateTime, Either, FastCheck as fc } from "effect"
import { expect, it } from "vitest"
import { EventId } from "../../src/domain/Event.js"
import * as Fulfilment from "../../src/domain/Fulfilment.js"
import { Held, Holder, Lease, LeaseToken } from "../../src/domain/Lease.js"
import { OrderId } from "../../src/domain/Order.js"
import { at, uuid } from "./fixtures.js"

const ada = Holder.make("ada")
const workers = [ada, Holder.make("bob"), Holder.make("eve")]

/** What somebody does next: a command with an epoch that he knows or believes to know, or time passes. */
interface Happening {
  readonly minutes: number
  /** Null for whoever has the lease. */
  readonly by: Holder | null
  readonly tag: Fulfilment.Command["_tag"]
  /** Which of the claims that he has had he means, from the last back; null for whatever he has. */
  readonly back: number | null
}

const happening: fc.Arbitrary<Happening> = fc.record({
  minutes: fc.constantFrom(0, 0, 0, 0, 1, 20, 59, 61),
  by: fc.constantFrom(...workers, null),
  tag: fc.constantFrom("Take", "Take", "Take", "Complete", "Complete", "Complete", "Pause", "Renew", "Revoke"),
  back: fc.constantFrom(null, 0, 0, 0, 1, 2)
})

interface World {
  box: Fulfilment.Fulfilment
  /** The one that was given last, which may have run out. */
  lease: Lease | null
  now: DateTime.Utc
}

const commandOf = (
  { tag, back }: Happening,
  by: Holder,
  claims: ReadonlyArray<Fulfilment.Epoch>
): Fulfilment.Command =>
  tag === "Take"
    ? { _tag: tag, by, stage: null }
    : tag === "Revoke"
      ? { _tag: tag, by }
      : { _tag: tag, by, epoch: back === null ? null : (claims.at(-1 - back) ?? null) }

/** One store and one clock, played by hand: a lease is anybody's once its time is over. */
const play = (happenings: ReadonlyArray<Happening>) => {
  const world: World = {
    box: Fulfilment.first({ id: OrderId.make(uuid(5)), createdAt: at }),
    lease: null,
    now: at
  }
  const claims = new Map<Holder, ReadonlyArray<Fulfilment.Epoch>>()
  const boxes = [world.box]
  const entries: Array<Fulfilment.Entry> = []
  /** Until when each believes to have it, by what he was told. */
  const believed = new Map<Holder, DateTime.Utc>()

  const write = ({ next, entry }: Fulfilment.Change, lease: Lease | null) => {
    Object.assign(world, { box: next, lease })
    boxes.push(next)
    entries.push(entry)
    if (lease !== null) believed.set(lease.holder, lease.expiresAt)
    const live = [...believed].filter(([, until]) => DateTime.greaterThan(until, world.now))
    expect(live.length, "at most one has it").toBeLessThanOrEqual(1)
  }

  for (const [i, happening] of happenings.entries()) {
    world.now = DateTime.add(world.now, { minutes: happening.minutes })
    const { box, lease, now } = world
    const running = lease !== null && DateTime.greaterThan(lease.expiresAt, now) ? lease : null
    const by = happening.by ?? running?.holder ?? ada
    const command = commandOf(happening, by, claims.get(by) ?? [])
    const status = box.state === "done" ? "fulfilled" : "confirmed"
    const facts = { id: EventId.make(uuid(1000 + i)), status, lease: running && new Held(running), now } as const
    const step = Either.getOrNull(Fulfilment.decide(box, command, facts))
    const expiresAt = DateTime.add(now, { hours: 1 })
    switch (step?._tag) {
      case "Acquire": {
        const key = Fulfilment.leaseKey(box.orderId)
        const token = LeaseToken.make(`token ${i}`)
        expect(running, "a lease is given while nobody has one").toBe(null)
        const change = step.taken(new Lease({ key, holder: by, token, since: now, expiresAt }))
        write(change, new Lease({ key, holder: by, token, since: now, expiresAt }))
        claims.set(by, [...(claims.get(by) ?? []), change.next.epoch])
        break
      }
      case "Extend": {
        if (running === null) return expect.unreachable("what nobody has is renewed")
        const longer = new Lease({ ...running, expiresAt })
        expect(longer.holder).toBe(by)
        write(step.renewed(expiresAt), longer)
        break
      }
      case "Release": {
        believed.delete(step.claim.holder)
        write(step.change, null)
        if (command._tag === "Revoke") break
        expect(running?.holder, "it is given back by whoever has it").toBe(by)
        if ("epoch" in command) expect([null, step.claim.epoch]).toContain(command.epoch)
      }
    }
  }
  return { boxes, entries }
}

const histories = fc.array(happening, { maxLength: 60, size: "max" })

const pairs = <A>(all: ReadonlyArray<A>) => all.slice(1).map((next, i) => [all[i] as A, next] as const)

it("random commands of several workers never give an order to two of them at once", () =>
  fc.assert(
    fc.property(histories, (happenings) => {
      play(happenings)
    }),
    { numRuns: 300 }
  ))

it("a version rises by one with each change, an epoch by one with each take and each revocation, and neither falls", () =>
  fc.assert(
    fc.property(histories, (happenings) => {
      const { boxes, entries } = play(happenings)
      for (const [i, [before, after]] of pairs(boxes).entries()) {
        const raises = ["taken", "revoked"].includes(entries[i]?.kind ?? "")
        expect(after.version).toBe(before.version + 1)
        expect(after.epoch).toBe(before.epoch + (raises ? 1 : 0))
      }
    }),
    { numRuns: 200 }
  ))

it("each change has one entry, of its version and epoch, and none is of a refused command", () =>
  fc.assert(
    fc.property(histories, (happenings) => {
      const { boxes, entries } = play(happenings)
      expect(entries.map(({ version, epoch }) => [version, epoch])).toEqual(
        boxes.slice(1).map(({ version, epoch }) => [version, epoch])
      )
      expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
    }),
    { numRuns: 200 }
  ))

it("stages are complete in their order, each once, at instants that never change and never go back", () => {
  let ended = 0
  fc.assert(
    fc.property(histories, (happenings) => {
      const { boxes, entries } = play(happenings)
      const completed = entries.filter(({ kind }) => kind === "completed")
      expect(completed.map(({ stage }) => stage)).toEqual(["pick", "pack", "dispatch"].slice(0, completed.length))
      const last = boxes.at(-1)
      const instants = [last?.pickedAt, last?.packedAt, last?.state === "done" ? last.dispatchedAt : null]
      expect(instants).toEqual([0, 1, 2].map((i) => completed[i]?.at ?? null))
      for (const [before, after] of pairs(boxes)) {
        if (before.pickedAt !== null) expect(after.pickedAt).toBe(before.pickedAt)
        if (before.packedAt !== null) expect(after.packedAt).toBe(before.packedAt)
      }
      for (const [one, next] of pairs(completed)) {
        expect(DateTime.lessThanOrEqualTo(one.at, next.at)).toBe(true)
        expect(one.epoch).toBeLessThan(next.epoch)
      }
      if (last?.state === "done") ended++
    }),
    { numRuns: 200 }
  )
  expect(ended, "many histories come to the end").toBeGreaterThan(20)
})
