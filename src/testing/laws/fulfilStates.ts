/** What workers do with orders, kept: a state and its entry at once, at the version that was read, or nothing. */
import { Effect, Exit } from "effect"
import { EventId } from "../../domain/Event.js"
import * as Fulfilment from "../../domain/Fulfilment.js"
import type { Holder } from "../../domain/Lease.js"
import * as Order from "../../domain/Order.js"
import { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import * as Arbitraries from "../Arbitraries.js"
import * as Given from "../Given.js"
import { holds, type Law, law, refuses, same } from "../Law.js"
import { cancelled, confirmed, failed, move, transacted } from "./done.js"
import { follow, fulfil, holder, holding, paid, save, saved, taking, written } from "./fulfilGiven.js"

const untouched = law(
  "an order that nobody has touched is ready to be picked at version 0, and one that nobody made is not found",
  Effect.gen(function* () {
    const fulfilments = yield* FulfilmentRepository
    const book = yield* Given.onSale()
    const pending = yield* Given.ordered(yield* Given.customer, [book], { createdAt: Given.at(7) })
    const first = new Fulfilment.Ready({
      orderId: pending.id,
      orderedAt: Given.at(7),
      epoch: Fulfilment.Epoch.make(0),
      version: Fulfilment.Version.make(0),
      stage: "pick",
      pickedAt: null,
      packedAt: null,
      lastHolder: null
    })
    yield* same("before it is paid", yield* written(pending.id), { box: first, status: "pending_payment", history: [] })
    yield* move(yield* confirmed(pending))
    yield* same("when it is paid", yield* written(pending.id), { box: first, status: "confirmed", history: [] })
    const never = yield* Given.pending(yield* Given.customer, [book])
    yield* refuses("one never made", fulfilments.get(never.id), new Order.OrderNotFound({ orderId: never.id }))
    yield* same("its history", yield* fulfilments.history(never.id), [])
  })
)

/** Each state at each stage, on the way from the shelf out of the house. */
const journey = ["Take", "Pause", "Take", "Renew", "Revoke", "Take", "Complete"] as const

const found = law(
  "what is saved is found, the state and what was done, in every state and at every stage, in every field",
  Effect.gen(function* () {
    const order = yield* paid({ createdAt: Given.at(3) })
    let box: Fulfilment.Fulfilment = Fulfilment.first(order)
    const history: Array<Fulfilment.Entry> = []
    for (const [i, _tag] of [...journey, ...journey, ...journey].entries()) {
      const worker = holder(`x ${Arbitraries.nasty[Math.floor(i / 2) % Arbitraries.nasty.length]}`)
      const by: Holder = box.state === "in_progress" && _tag !== "Revoke" ? box.holder : worker
      const command = _tag === "Take" ? { _tag, by, stage: null } : { _tag, by, epoch: null }
      const { next, entry }: Fulfilment.Change = yield* follow(box, command, Given.at(10_000 + 7 * i))
      if (next.state === "done") yield* same("whether it has left the house", yield* fulfil(order), true)
      yield* saved({ next, entry })
      box = next
      history.push(entry)
      const there = yield* written(order.id)
      const status = next.state === "done" ? "fulfilled" : "confirmed"
      yield* same(`what is there after ${history.length}`, there, { box, status, history })
      yield* same("its class", there.box.constructor.name, box.constructor.name)
    }
    yield* same("where it has come to", box.state, "done")
    yield* same(
      "the versions",
      history.map(({ version }) => version),
      history.map((_, i) => i + 1)
    )
  })
)

/** Answers false, and all is as it was. */
const writesNothing = (what: string, change: Fulfilment.Change) =>
  Effect.gen(function* () {
    const before = yield* written(change.next.orderId)
    yield* same(`whether it was saved, ${what}`, yield* save(change), false)
    yield* same(`what is there, ${what}`, yield* written(change.next.orderId), before)
  })

const versions = law(
  "a save from another version than the one that is there, older or newer, writes neither state nor entry",
  Effect.gen(function* () {
    const order = yield* paid()
    const first = Fulfilment.first(order)
    const one = yield* follow(first, taking("ada"))
    const two = yield* follow(one.next, holding("Pause", "ada"))
    yield* writesNothing("ahead of one that nobody has touched", two)
    yield* saved(one)
    yield* writesNothing("the same again", one)
    yield* writesNothing("from none", yield* follow(first, taking("bob")))
    const three = yield* follow(two.next, taking("ada"))
    yield* writesNothing("ahead", three)
    yield* saved(two)
    yield* writesNothing("from the one before", yield* follow(one.next, holding("Complete", "ada")))
    yield* saved(three)
    yield* writesNothing("from two before", yield* follow(one.next, holding("Renew", "ada")))
    const { history } = yield* written(order.id)
    yield* same("what was done", history, [one.entry, two.entry, three.entry])
  })
)

/** To its end without a store. */
const last = (order: Order.ConfirmedOrder) =>
  Effect.gen(function* () {
    const changes: Array<Fulfilment.Change> = []
    let box: Fulfilment.Fulfilment = Fulfilment.first(order)
    while (box.state !== "done") {
      const command = box.state === "in_progress" ? holding("Complete", "ada") : taking("ada")
      const change: Fulfilment.Change = yield* follow(box, command)
      changes.push(change)
      box = change.next
    }
    return changes
  })

const statuses = law(
  "of an order that is not confirmed nothing is saved, and that all is done only of one that has left the house",
  Effect.gen(function* () {
    const book = yield* Given.onSale()
    const pending = yield* Given.ordered(yield* Given.customer, [book])
    yield* writesNothing("of a pending one", yield* follow(Fulfilment.first(pending), taking("ada")))
    yield* move(yield* failed(pending))
    yield* writesNothing("of a failed one", yield* follow(Fulfilment.first(pending), taking("ada")))

    for (const isTouched of [false, true]) {
      const order = yield* paid()
      const touched = yield* follow(Fulfilment.first(order), taking("ada"))
      if (isTouched) yield* saved(touched)
      const next = isTouched ? yield* follow(touched.next, holding("Pause", "ada")) : touched
      const given = yield* cancelled(order)
      yield* move(given)
      yield* writesNothing("of a cancelled one", next)
      if (given.order.status === "cancelled") yield* move(Order.refund(given.order, yield* Given.facts))
      yield* writesNothing("of a refunded one", next)
    }

    const order = yield* paid()
    const changes = yield* last(order)
    const [end] = changes.splice(-1)
    if (end === undefined) return
    for (const change of changes) yield* saved(change)
    yield* writesNothing("the end of a confirmed one", end)
    yield* fulfil(order)
    const there = (yield* written(order.id)).box
    yield* writesNothing("a pause of one that has left", yield* follow(there, holding("Pause", "ada")))
    yield* saved(end)
    yield* same("where it has come to", (yield* written(order.id)).box, end.next)

    const never = yield* Given.pending(yield* Given.customer, [book])
    yield* same("of one never made", yield* save(yield* follow(Fulfilment.first(never), taking("ada"))), false)
  })
)

const epochs = law(
  "an epoch never falls: nothing is saved with an older one",
  Effect.gen(function* () {
    const order = yield* paid()
    const taken = yield* saved(yield* follow(Fulfilment.first(order), taking("ada")))
    const { next } = yield* saved(yield* follow(taken.next, { _tag: "Revoke", by: holder("admin") }))
    const before = yield* written(order.id)
    if (next.state !== "ready") return
    const epoch = Fulfilment.Epoch.make(0)
    const older = yield* follow(new Fulfilment.Ready({ ...next, epoch }), taking("bob"))
    yield* same("whether it is saved", yield* save(older), false)
    yield* same("what is there", yield* written(order.id), before)
    yield* saved(yield* follow(next, taking("bob")))
  })
)

const undone = law(
  "a save in a transaction that is rolled back leaves neither state nor entry",
  Effect.gen(function* () {
    const order = yield* paid()
    let box: Fulfilment.Fulfilment = Fulfilment.first(order)
    for (const command of [taking("ada"), holding("Pause", "ada")]) {
      const before = yield* written(order.id)
      const change: Fulfilment.Change = yield* follow(box, command)
      const inside = Effect.zipRight(saved(change), written(order.id))
      const seen = yield* Effect.flip(transacted(Effect.flatMap(inside, Effect.fail)))
      yield* same("what is seen inside", "history" in seen && seen.history.at(-1), change.entry)
      yield* same("what is there", yield* written(order.id), before)
      yield* transacted(saved(change))
      yield* same("what is there when it is kept", (yield* written(order.id)).box, change.next)
      box = change.next
    }
  })
)

const history = law(
  "what was done is in the order of its versions, of one order alone",
  Effect.gen(function* () {
    const orders = [yield* paid(), yield* paid()]
    const done: Array<Array<Fulfilment.Entry>> = [[], []]
    const boxes: Array<Fulfilment.Fulfilment> = orders.map(Fulfilment.first)
    for (let i = 0; i < 24; i++) {
      const [of, box] = [i % 2, boxes[i % 2]]
      if (box === undefined) continue
      const command = box.state === "in_progress" ? holding(i % 3 === 0 ? "Renew" : "Pause", "ada") : taking("ada")
      // The clock is no help: all at one instant, or backwards.
      const { next, entry } = yield* saved(yield* follow(box, command, Given.at(i < 12 ? 5000 : 5000 - i)))
      boxes[of] = next
      done[of]?.push(entry)
    }
    for (const [i, { id }] of orders.entries()) {
      yield* same("what was done", (yield* written(id)).history, done[i])
      yield* same(
        "the versions",
        done[i]?.map(({ version }) => version),
        done[i]?.map((_, n) => n + 1)
      )
    }
  })
)

const ownIds = law(
  "an entry has an id of its own: a save with another's is refused, and nothing is written",
  Effect.gen(function* () {
    const [one, other] = [yield* paid(), yield* paid()]
    const first = yield* saved(yield* follow(Fulfilment.first(one), taking("ada")))
    for (const box of [first.next, Fulfilment.first(other)]) {
      const before = yield* written(box.orderId)
      const command = box.state === "in_progress" ? holding("Pause", "ada") : taking("bob")
      const { next, entry } = yield* follow(box, command)
      const again = new Fulfilment.Entry({ ...entry, id: EventId.make(first.entry.id) })
      const made = yield* Effect.exit(save({ next, entry: again }))
      yield* holds("it is refused", Exit.isFailure(made))
      yield* same("what is there", yield* written(box.orderId), before)
      yield* saved({ next, entry })
    }
  })
)

export const fulfilStates: ReadonlyArray<Law> = [untouched, found, versions, statuses, epochs, undone, history, ownIds]
