/** Paid orders, and what hands do with them, as the laws of fulfilment start from them. */
import { DateTime, Effect } from "effect"
import { EventId } from "../../domain/Event.js"
import * as Fulfilment from "../../domain/Fulfilment.js"
import { Held, Holder, Lease, LeaseToken } from "../../domain/Lease.js"
import * as Order from "../../domain/Order.js"
import { FulfilmentRepository } from "../../ports/FulfilmentRepository.js"
import { Fulfilments } from "../../services/Fulfilments.js"
import * as Given from "../Given.js"
import { same } from "../Law.js"
import { confirmed, move } from "./done.js"
import { place, shopper } from "./trade.js"

export const holder = (name: string): Holder => Holder.make(name)

/** A confirmed order in the store. */
export const paid = (facts: { readonly createdAt?: DateTime.Utc } = {}) =>
  Effect.gen(function* () {
    const made = yield* Given.ordered(yield* Given.customer, [yield* Given.onSale()], facts)
    const { order, ...rest } = yield* confirmed(made)
    yield* move({ order, ...rest })
    return order.status === "confirmed" ? order : yield* Effect.dieMessage("what was confirmed is not")
  })

/** A confirmed order that has been bought. */
export const bought = Effect.gen(function* () {
  const book = yield* Given.shelved(5)
  const { customer } = yield* shopper([book], 2)
  return { book, customer, order: yield* place(customer) }
})

/** What a command makes of a box, at an instant; whoever takes it has it for an hour. */
export const follow = (box: Fulfilment.Fulfilment, command: Fulfilment.Command, now = Given.at(2000)) =>
  Effect.gen(function* () {
    const lease = box.state === "in_progress" ? heldOf(box) : null
    const id = EventId.make(yield* Given.id)
    const step = yield* Fulfilment.decide(box, command, { id, status: "confirmed", lease, now })
    if (step._tag === "Release") return step.change
    const expiresAt = DateTime.addDuration(now, "1 hour")
    const key = Fulfilment.leaseKey(box.orderId)
    return step._tag === "Acquire"
      ? step.taken(
          new Lease({ key, holder: command.by, token: LeaseToken.make(yield* Given.id), since: now, expiresAt })
        )
      : step.renewed(expiresAt)
  }).pipe(Effect.orDie)

export const taking = (name: string): Fulfilment.Command => ({ _tag: "Take", by: holder(name), stage: null })

export const holding = (_tag: "Pause" | "Complete" | "Renew", name: string): Fulfilment.Command => ({
  _tag,
  by: holder(name),
  epoch: null
})

export const save = (change: Fulfilment.Change) =>
  Effect.flatMap(FulfilmentRepository, (fulfilments) => fulfilments.save(change))

/** As it must be: written. */
export const saved = (change: Fulfilment.Change) =>
  Effect.as(
    Effect.flatMap(save(change), (made) => same("whether it was saved", made, true)),
    change
  )

/** The order leaves the house, as it does with its last stage. */
export const fulfil = (order: Order.ConfirmedOrder) =>
  Effect.flatMap(Given.facts, (facts) => move(Order.fulfil(order, facts)))

/** Its state and everything that was done with it. */
export const written = (id: Order.OrderId) =>
  Effect.gen(function* () {
    const fulfilments = yield* FulfilmentRepository
    return { ...(yield* fulfilments.get(id)), history: yield* fulfilments.history(id) }
  })

// the service

export const take = (...[worker, order]: Parameters<Fulfilments["Type"]["take"]>) =>
  Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.take(worker, order))

export const pause = (...held: Parameters<Fulfilments["Type"]["pause"]>) =>
  Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.pause(...held))

export const complete = (...held: Parameters<Fulfilments["Type"]["complete"]>) =>
  Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.complete(...held))

export const renew = (...held: Parameters<Fulfilments["Type"]["renew"]>) =>
  Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.renew(...held))

export const revoke = (...[admin, order]: Parameters<Fulfilments["Type"]["revoke"]>) =>
  Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.revoke(admin, order))

export const view = (order: string) => Effect.flatMap(Fulfilments, (fulfilments) => fulfilments.get(order))

// internal

const heldOf = ({ orderId, holder, takenAt: since, expiresAt }: Fulfilment.InProgress) =>
  new Held({ key: Fulfilment.leaseKey(orderId), holder, since, expiresAt })
