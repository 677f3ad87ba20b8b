/** What becomes of a paid order by the hands of people: a box that one of them holds at a time. */
import { type DateTime, Either, Schema } from "effect"
import * as Id from "./Id.js"
import { checked, oneOf } from "./Input.js"
import { type Held, Holder, LeaseToken } from "./Lease.js"
import * as Order from "./Order.js"

/** Each is completed at an instant of its own, in this order. */
export const Stage = oneOf("pick", "pack", "dispatch")
export type Stage = typeof Stage.Type

/** Raised by every take: whoever writes with an older one has been overtaken, even by himself. */
export const Epoch = Schema.NonNegativeInt.pipe(Schema.brand("Epoch"))
export type Epoch = typeof Epoch.Type

/** Raised by every write, which names the one that it has read. */
export const Version = Schema.NonNegativeInt.pipe(Schema.brand("Version"))
export type Version = typeof Version.Type

const instant = Schema.NullOr(Schema.DateTimeUtcFromSelf)

const box = {
  orderId: Order.OrderId,
  customerId: Id.CustomerId,
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

/** Nobody has it; the stage before is complete, and who did that is remembered. */
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
  takenAt: Schema.DateTimeUtcFromSelf
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
export type State = Fulfilment["state"]

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
/** Another has it, or nobody has and the one who asks never had. */
export class NotHolder extends Schema.TaggedError<NotHolder>()("NotHolder", { orderId: Order.OrderId }) {}
/** The one who asks had it, and has it no more. */
export class ClaimLapsed extends Schema.TaggedError<ClaimLapsed>()("ClaimLapsed", { orderId: Order.OrderId }) {}
/** Others kept changing it: nothing was written. */
export class VersionConflict extends Schema.TaggedError<VersionConflict>()("VersionConflict", {
  orderId: Order.OrderId,
  attempts: Schema.Int
}) {}

export type Refusal = OrderNotPaid | StageNotReady | FulfilmentTaken | NotHolder | ClaimLapsed
/** There is no claim that could be revoked. */
export class NothingClaimed extends Schema.TaggedError<NothingClaimed>()("NothingClaimed", {
  orderId: Order.OrderId
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
  readonly status: Order.Status
  /** The lease that is running on it, whoever has it. */
  readonly lease: Held | null
  readonly now: DateTime.Utc
}

/** What a command leads to. */
export type Step =
  /** A lease is to be had first; then `taken`. */
  | { readonly _tag: "Acquire"; readonly stage: Stage; readonly previousHolder: Holder | null }
  /** The next state, after which the lease is of no use. */
  | { readonly _tag: "Release"; readonly next: Fulfilment; readonly completed: Stage | null }
  /** The lease runs anew; nothing else changes. */
  | { readonly _tag: "Extend"; readonly claim: InProgress }

// decisions

/** An order that was just paid, before anybody touched it. */
export const first = ({ id, customerId }: Order.Order): Ready =>
  new Ready(
    {
      orderId: id,
      customerId,
      stage: "pick",
      epoch: Epoch.make(0),
      version: Version.make(0),
      pickedAt: null,
      packedAt: null,
      lastHolder: null
    },
    checked
  )

export const decide = (
  box: Fulfilment,
  command: Command,
  facts: Facts
): Either.Either<Step, Refusal | NothingClaimed> => {
  switch (command._tag) {
    case "Take":
      return take(box, command, facts)
    case "Revoke":
      return box.state === "in_progress"
        ? Either.right({ _tag: "Release", next: revoked(box), completed: null })
        : Either.left(new NothingClaimed({ orderId: box.orderId }))
    default:
      return Either.map(held(box, command, facts), (claim): Step => {
        switch (command._tag) {
          case "Pause":
            return { _tag: "Release", next: paused(claim), completed: null }
          case "Complete":
            return { _tag: "Release", next: completed(claim, facts.now), completed: claim.stage }
          case "Renew":
            return { _tag: "Extend", claim }
        }
      })
  }
}

/** The box in the hands of whoever has got the lease. */
export const taken = (
  box: Fulfilment,
  stage: Stage,
  { holder, token, since }: { readonly holder: Holder; readonly token: LeaseToken; readonly since: DateTime.Utc }
): InProgress =>
  new InProgress({ ...common(box), epoch: Epoch.make(box.epoch + 1), stage, holder, token, takenAt: since }, checked)

/** Whoever has or last had it. */
export const lastHolder = (box: Fulfilment): Holder | null =>
  box.state === "in_progress" ? box.holder : box.lastHolder

// internal

const take = (
  box: Fulfilment,
  { stage }: Extract<Command, { readonly _tag: "Take" }>,
  { status, lease }: Facts
): Either.Either<Step, Refusal> => {
  const orderId = box.orderId
  const next = box.state === "done" ? null : box.stage
  if (next !== null && status !== "confirmed") return Either.left(new OrderNotPaid({ orderId, status }))
  if (next === null || (stage !== null && stage !== next)) return Either.left(new StageNotReady({ orderId, next }))
  if (lease !== null) {
    const { holder, since, expiresAt } = lease
    return Either.left(new FulfilmentTaken({ orderId, holder, since, expiresAt }))
  }
  return Either.right({ _tag: "Acquire", stage: next, previousHolder: lastHolder(box) })
}

/** The claim, if it is this worker's, and still is. */
const held = (
  box: Fulfilment,
  { by, epoch }: Extract<Command, { readonly epoch: Epoch | null }>,
  { status, lease }: Facts
): Either.Either<InProgress, NotHolder | ClaimLapsed> => {
  const orderId = box.orderId
  if (lease === null ? lastHolder(box) !== by : lease.holder !== by) return Either.left(new NotHolder({ orderId }))
  const isLive = lease !== null && status === "confirmed"
  return isLive && box.state === "in_progress" && box.holder === by && (epoch === null || epoch === box.epoch)
    ? Either.right(box)
    : Either.left(new ClaimLapsed({ orderId }))
}

const paused = (claim: InProgress) =>
  new Paused({ ...common(claim), stage: claim.stage, lastHolder: claim.holder }, checked)

const revoked = (claim: InProgress) =>
  new Ready(
    { ...common(claim), epoch: Epoch.make(claim.epoch + 1), stage: claim.stage, lastHolder: claim.holder },
    checked
  )

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

const common = ({ orderId, customerId, epoch, version, pickedAt, packedAt }: Fulfilment) => ({
  orderId,
  customerId,
  epoch,
  version: Version.make(version + 1),
  pickedAt,
  packedAt
})
