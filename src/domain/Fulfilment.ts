/** What becomes of a paid order by the hands of people: a box that one of them holds at a time. */
import { DateTime, Either, Schema, Struct } from "effect"
import { EventId } from "./Event.js"
import { checked, oneOf } from "./Input.js"
import { type Held, Holder, type Lease, LeaseKey, LeaseToken } from "./Lease.js"
import * as Order from "./Order.js"

/** Each is completed at an instant of its own, in this order. */
export const Stage = oneOf("pick", "pack", "dispatch")
export type Stage = typeof Stage.Type

/** A fencing token, raised by every take: whoever writes with an older one has been overtaken, even by himself. */
export const Epoch = Schema.Int.pipe(Schema.between(0, 2 ** 31 - 1), Schema.brand("Epoch"))
export type Epoch = typeof Epoch.Type

/** Raised by every write, which names the one that it has read. */
export const Version = Schema.Int.pipe(Schema.between(0, 2 ** 31 - 1), Schema.brand("Version"))
export type Version = typeof Version.Type

const instant = Schema.NullOr(Schema.DateTimeUtcFromSelf)

const box = {
  orderId: Order.OrderId,
  /** When the order was placed: the oldest comes first. */
  orderedAt: Schema.DateTimeUtcFromSelf,
  epoch: Epoch,
  version: Version,
  pickedAt: instant,
  packedAt: instant
}

const state = <S extends string>(value: S) =>
  Schema.Literal(value).pipe(
    Schema.propertySignature,
    Schema.withConstructorDefault(() => value)
  )

/** Nobody has it, and the stages before are complete. */
export class Ready extends Schema.Class<Ready>("octavo/fulfilment/Ready")({
  state: state("ready"),
  ...box,
  stage: Stage,
  lastHolder: Schema.NullOr(Holder)
}) {}

/** Somebody has it for as long as his lease runs; after that anybody may take it. */
export class InProgress extends Schema.Class<InProgress>("octavo/fulfilment/InProgress")({
  state: state("in_progress"),
  ...box,
  stage: Stage,
  holder: Holder,
  /** Of his lease; told to nobody. */
  token: LeaseToken,
  takenAt: Schema.DateTimeUtcFromSelf,
  /** When his lease ends, as it was when this was written. */
  expiresAt: Schema.DateTimeUtcFromSelf
}) {}

/** Laid aside by its holder. */
export class Paused extends Schema.Class<Paused>("octavo/fulfilment/Paused")({
  state: state("paused"),
  ...box,
  stage: Stage,
  lastHolder: Holder
}) {}

/** All stages are complete: the order is fulfilled. */
export class Done extends Schema.Class<Done>("octavo/fulfilment/Done")({
  state: state("done"),
  ...box,
  lastHolder: Holder,
  dispatchedAt: Schema.DateTimeUtcFromSelf
}) {}

export const Fulfilment = Schema.Union(Ready, InProgress, Paused, Done)
export type Fulfilment = typeof Fulfilment.Type

/** As it is told: the token of a claim is its holder's lease, and no part of it. */
export type Shown = Ready | Omit<InProgress, "token"> | Paused | Done

/** What a command did. */
export const Kind = oneOf("taken", "paused", "completed", "renewed", "revoked")
export type Kind = typeof Kind.Type

/** One for each command that took effect, written with it. */
export class Entry extends Schema.Class<Entry>("octavo/fulfilment/Entry")({
  /** Of the command: it has at most one. */
  id: EventId,
  orderId: Order.OrderId,
  /** The one that the command has written: entries of an order are in its order, without gaps. */
  version: Version,
  epoch: Epoch,
  kind: Kind,
  stage: Stage,
  worker: Holder,
  at: Schema.DateTimeUtcFromSelf
}) {}

// refusals

/** The order is not paid, or no longer: pending, failed, cancelled or refunded. */
export class OrderNotPaid extends Schema.TaggedError<OrderNotPaid>()("OrderNotPaid", {
  orderId: Order.OrderId,
  status: Order.Status
}) {}
/** Another stage than the next one was asked for; none is left when the order is fulfilled. */
export class StageNotReady extends Schema.TaggedError<StageNotReady>()("StageNotReady", {
  orderId: Order.OrderId,
  next: Schema.NullOr(Stage)
}) {}
/** Somebody has it, be it the one who asks. */
export class FulfilmentTaken extends Schema.TaggedError<FulfilmentTaken>()("FulfilmentTaken", {
  orderId: Order.OrderId,
  holder: Holder,
  since: Schema.DateTimeUtcFromSelf,
  expiresAt: Schema.DateTimeUtcFromSelf
}) {}
/** Another has it, or nobody has and the one who asks was not the last who had. */
export class NotHolder extends Schema.TaggedError<NotHolder>()("NotHolder", { orderId: Order.OrderId }) {}
/** The one who asks had it, and has it no more. */
export class ClaimLapsed extends Schema.TaggedError<ClaimLapsed>()("ClaimLapsed", { orderId: Order.OrderId }) {}
/** There is no claim that could be revoked. */
export class NotClaimed extends Schema.TaggedError<NotClaimed>()("NotClaimed", { orderId: Order.OrderId }) {}
/** Others kept changing it for as many attempts as were made: nothing was written. */
export class VersionConflict extends Schema.TaggedError<VersionConflict>()("VersionConflict", {
  orderId: Order.OrderId,
  attempts: Schema.Int
}) {}

// commands

/** What a worker, or for a revocation an admin, wants to do. */
export type Command =
  | { readonly _tag: "Take"; readonly by: Holder; readonly stage: Stage | null }
  /** `epoch` is that of the claim that the worker believes to have; null for whatever he has. */
  | { readonly _tag: "Pause" | "Complete" | "Renew"; readonly by: Holder; readonly epoch: Epoch | null }
  | { readonly _tag: "Revoke"; readonly by: Holder }

/** What stands around the box when a command comes. */
export interface Facts {
  /** Of the entry that the command may leave. */
  readonly id: EventId
  readonly status: Order.Status
  /** The lease that is running on it, whoever has it. */
  readonly lease: Held | null
  readonly now: DateTime.Utc
}

/** What a command leads to. */
export type Step =
  /** A lease is to be had first. */
  | { readonly _tag: "Acquire"; readonly taken: (lease: Lease) => Claimed }
  /** The claim, and its lease with it, is to run until another instant. */
  | { readonly _tag: "Extend"; readonly claim: InProgress; readonly renewed: (until: DateTime.Utc) => Claimed }
  /** The claim ends with this change, and its lease with it. */
  | { readonly _tag: "Release"; readonly claim: InProgress; readonly change: Change }

/** The state to be written and what is told of it: a store makes both come true at once, or nothing. */
export interface Change {
  readonly next: Fulfilment
  readonly entry: Entry
}

// decisions

/** An order before anybody has touched it. */
export const first = ({ id, createdAt }: Pick<Order.Order, "id" | "createdAt">): Ready =>
  new Ready(
    {
      orderId: id,
      orderedAt: createdAt,
      stage: "pick",
      epoch: Epoch.make(0),
      version: Version.make(0),
      pickedAt: null,
      packedAt: null,
      lastHolder: null
    },
    checked
  )

/** What a command leads to in any state. A lapsed claim is no transition: it can be taken again, and not kept. */
export const decide = (box: Fulfilment, command: Command, facts: Facts): Either.Either<Step, Refusal | NotClaimed> => {
  switch (command._tag) {
    case "Take":
      return take(box, command.stage, facts)
    case "Renew":
      return Either.map(held(box, command, facts), (claim): Step => {
        const renewed = (until: DateTime.Utc) => renew(claim, until, command, facts)
        return { _tag: "Extend", claim, renewed }
      })
    case "Pause":
      return Either.map(held(box, command, facts), (claim) => release(claim, paused(claim), "paused", command, facts))
    case "Complete":
      return Either.map(held(box, command, facts), (claim) =>
        release(claim, completed(claim, facts.now), "completed", command, facts)
      )
    case "Revoke":
      return box.state === "in_progress" && facts.status === "confirmed"
        ? Either.right(release(box, revoked(box), "revoked", command, facts))
        : Either.left(new NotClaimed({ orderId: box.orderId }))
  }
}

export type Refusal = OrderNotPaid | StageNotReady | FulfilmentTaken | NotHolder | ClaimLapsed

/** A change after which somebody has the box. */
export interface Claimed extends Change {
  readonly next: InProgress
}

// readings

export const shown = (box: Fulfilment): Shown => (box.state === "in_progress" ? Struct.omit(box, "token") : box)

/** Whoever has or last had it. */
export const lastHolder = (box: Shown): Holder | null => (box.state === "in_progress" ? box.holder : box.lastHolder)

/** What is leased by whoever works on the order. */
export const leaseKey = (orderId: Order.OrderId): LeaseKey => LeaseKey.make(`fulfilment/${orderId}`)

/** As people see it: a claim whose time is over is lapsed, whatever else becomes of it. */
export type State = "ready" | "in_progress" | "lapsed" | "paused" | "done"

export const stateOf = (box: Shown, now: DateTime.Utc): State =>
  box.state === "in_progress" && DateTime.lessThanOrEqualTo(box.expiresAt, now) ? "lapsed" : box.state

// internal

const take = (box: Fulfilment, wanted: Stage | null, facts: Facts): Either.Either<Step, Refusal> => {
  const { status, lease } = facts
  const orderId = box.orderId
  const next = box.state === "done" ? null : box.stage
  if (next !== null && status !== "confirmed") return Either.left(new OrderNotPaid({ orderId, status }))
  if (next === null || (wanted !== null && wanted !== next)) return Either.left(new StageNotReady({ orderId, next }))
  if (lease === null) return Either.right({ _tag: "Acquire", taken: (lease) => taken(box, next, lease, facts) })
  const { holder, since, expiresAt } = lease
  return Either.left(new FulfilmentTaken({ orderId, holder, since, expiresAt }))
}

/** The claim, if it is this worker's, and still is. */
const held = (
  box: Fulfilment,
  { by, epoch }: { readonly by: Holder; readonly epoch: Epoch | null },
  { status, lease }: Facts
): Either.Either<InProgress, NotHolder | ClaimLapsed> => {
  const orderId = box.orderId
  if (by !== (lease === null ? lastHolder(box) : lease.holder)) return Either.left(new NotHolder({ orderId }))
  const isLive = lease !== null && status === "confirmed" && box.state === "in_progress" && box.holder === by
  return isLive && (epoch === null || epoch === box.epoch)
    ? Either.right(box)
    : Either.left(new ClaimLapsed({ orderId }))
}

const taken = (box: Fulfilment, stage: Stage, { holder, token, since, expiresAt }: Lease, facts: Facts) => {
  const claim = { ...common(box), epoch: Epoch.make(box.epoch + 1), stage, holder, token, takenAt: since, expiresAt }
  return changed(new InProgress(claim, checked), "taken", stage, holder, facts)
}

const renew = (
  { stage, holder, token, takenAt, ...box }: InProgress,
  expiresAt: DateTime.Utc,
  { by }: { readonly by: Holder },
  facts: Facts
) => {
  const claim = { ...common(box), stage, holder, token, takenAt, expiresAt }
  return changed(new InProgress(claim, checked), "renewed", stage, by, facts)
}

const release = (
  claim: InProgress,
  next: Fulfilment,
  kind: Kind,
  { by }: { readonly by: Holder },
  facts: Facts
): Step => ({ _tag: "Release", claim, change: changed(next, kind, claim.stage, by, facts) })

const changed = <F extends Fulfilment>(next: F, kind: Kind, stage: Stage, worker: Holder, { id, now }: Facts) => {
  const { orderId, version, epoch } = next
  return { next, entry: new Entry({ id, orderId, version, epoch, kind, stage, worker, at: now }, checked) }
}

const paused = (claim: InProgress) =>
  new Paused({ ...common(claim), stage: claim.stage, lastHolder: claim.holder }, checked)

const revoked = (claim: InProgress) => {
  const { stage, holder: lastHolder } = claim
  return new Ready({ ...common(claim), epoch: Epoch.make(claim.epoch + 1), stage, lastHolder }, checked)
}

const completed = (claim: InProgress, now: DateTime.Utc): Fulfilment => {
  const { holder: lastHolder } = claim
  switch (claim.stage) {
    case "pick":
      return new Ready({ ...common(claim), pickedAt: now, stage: "pack", lastHolder }, checked)
    case "pack":
      return new Ready({ ...common(claim), packedAt: now, stage: "dispatch", lastHolder }, checked)
    case "dispatch":
      return new Done({ ...common(claim), dispatchedAt: now, lastHolder }, checked)
  }
}

const common = ({ orderId, orderedAt, epoch, version, pickedAt, packedAt }: Pick<Fulfilment, keyof typeof box>) => ({
  orderId,
  orderedAt,
  epoch,
  version: Version.make(version + 1),
  pickedAt,
  packedAt
})
