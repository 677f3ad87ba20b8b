import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { DateTime, Effect, Either } from "effect"
import type * as ConflictCounts from "../domain/Conflicts.js"
import * as Domain from "../domain/Fulfilment.js"
import type { FilterInput } from "../domain/FulfilmentQuery.js"
import type { Currency } from "../domain/Money.js"
import { Catalog } from "../services/Catalog.js"
import { Fulfilments, type Claim as Taken, type Taken as TakenOfBatch, type View } from "../services/Fulfilments.js"
import { Api } from "./Api.js"
import { asCustomer as asWorker } from "./Customer.js"
import type { Claim, Detail, Fulfilment } from "./FulfilmentApi.js"
import * as Pages from "./Pages.js"
import * as Refusals from "./Refusals.js"
import * as Trouble from "./Trouble.js"

export const layer = HttpApiBuilder.group(
  Api,
  "fulfilment",
  Effect.fnUntraced(function* (handlers) {
    const fulfilments = yield* Fulfilments
    const { currency } = yield* Catalog
    const tell = Refusals.telling(currency)

    return handlers
      .handle("list", ({ urlParams }) => {
        const filter = filterOf(urlParams)
        return tell(
          Pages.listed(
            urlParams,
            viewJson,
            (request) => fulfilments.list(filter, request),
            (request) => fulfilments.scroll(filter, request)
          )
        )
      })
      .handle("takeBatch", ({ payload }) =>
        tell(asWorker((by) => fulfilments.takeMany(by, payload.order_ids))).pipe(
          Effect.flatMap(Effect.forEach(detailIn(currency))),
          Effect.map(batchJson)
        )
      )
      .handle("conflicts", ({ urlParams }) =>
        tell(Effect.map(fulfilments.conflicts(idsOf(urlParams.order_ids)), conflictsJson))
      )
      .handle("get", ({ path }) =>
        tell(
          Effect.map(fulfilments.get(path.order_id), (view) => ({
            ...viewJson(view),
            history: view.history.map(entryJson)
          }))
        )
      )
      .handle("take", ({ path, payload }) =>
        tell(asWorker((by) => Effect.map(fulfilments.take(by, path.order_id, payload), claimJson)))
      )
      .handle("pause", ({ path, payload }) =>
        tell(asWorker((by) => Effect.map(fulfilments.pause(by, path.order_id, payload), writtenJson)))
      )
      .handle("complete", ({ path, payload }) =>
        tell(asWorker((by) => Effect.map(fulfilments.complete(by, path.order_id, payload), writtenJson)))
      )
      .handle("renew", ({ path, payload }) =>
        tell(asWorker((by) => Effect.map(fulfilments.renew(by, path.order_id, payload), writtenJson)))
      )
      .handle("revoke", ({ path }) =>
        tell(asWorker((by) => Effect.map(fulfilments.revoke(by, path.order_id), writtenJson)))
      )
  })
)

// internal

const filterOf = ({ state, stage }: FilterInput): FilterInput => ({
  ...(state === undefined ? {} : { state }),
  ...(stage === undefined ? {} : { stage })
})

/** Separated by commas, or sent several times. */
const idsOf = (given: string | ReadonlyArray<string> | undefined) =>
  given === undefined ? null : [given].flat().flatMap((ids) => (ids === "" ? [] : ids.split(",")))

const claimJson = ({ orderId, stage, holder, epoch, takenAt, expiresAt, previousHolder }: Taken): Claim => ({
  order_id: orderId,
  stage,
  holder,
  epoch,
  taken_at: DateTime.formatIso(takenAt),
  expires_at: DateTime.formatIso(expiresAt),
  previous_holder: previousHolder
})

/** What went wrong here and not in the request is answered beside what went well, so that it is logged here. */
const detailIn =
  (currency: Currency) =>
  ({ orderId: order_id, result }: TakenOfBatch): Effect.Effect<Detail> => {
    if (Either.isRight(result)) return Effect.succeed({ order_id, success: true, claim: claimJson(result.right) })
    const refused = Refusals.tell(result.left, currency)
    return Effect.as(Effect.annotateLogs(Trouble.log(refused), "orderId", order_id), {
      order_id,
      success: false,
      code: refused.code
    })
  }

const batchJson = (details: ReadonlyArray<Detail>) => {
  const succeeded = details.filter(({ success }) => success).length
  return { total: details.length, succeeded, failed: details.length - succeeded, details }
}

const iso = (at: DateTime.Utc | null) => (at === null ? null : DateTime.formatIso(at))

/** A claim that has lapsed is nobody's; one on an order that is not to be worked on has ended. */
const viewJson = ({ box, state, status }: View): Fulfilment => {
  const claim = box.state === "in_progress" && state !== null ? box : null
  return {
    order_id: box.orderId,
    order_status: status,
    state: state ?? "closed",
    stage: box.state === "done" ? null : box.stage,
    holder: state === "in_progress" ? (claim?.holder ?? null) : null,
    last_holder: Domain.lastHolder(box),
    epoch: box.epoch,
    taken_at: iso(claim?.takenAt ?? null),
    expires_at: iso(claim?.expiresAt ?? null),
    picked_at: iso(box.pickedAt),
    packed_at: iso(box.packedAt),
    dispatched_at: iso(box.state === "done" ? box.dispatchedAt : null)
  }
}

/** As a command has just left it. */
const writtenJson = (box: Domain.Shown) =>
  viewJson({ box, state: box.state, status: box.state === "done" ? "fulfilled" : "confirmed" })

const entryJson = ({ kind, stage, worker, epoch, at }: Domain.Entry) => ({
  kind,
  stage,
  worker,
  epoch,
  at: DateTime.formatIso(at)
})

const countJson = ({ orderId, conflicts, lostTakes, episodes, succeeded, failed, attempts }: ConflictCounts.Count) => ({
  order_id: orderId,
  conflicts,
  lost_takes: lostTakes,
  episodes,
  succeeded,
  failed,
  attempts
})

const conflictsJson = (report: ConflictCounts.Report) => ({
  conflicts: report.conflicts,
  lost_takes: report.lostTakes,
  episodes: report.episodes,
  succeeded: report.succeeded,
  failed: report.failed,
  mean_attempts: report.meanAttempts,
  success_rate: report.successRate,
  hot_spots: report.hotSpots.map(countJson),
  recommendation: report.recommendation === null ? null : ("spread_workers" as const)
})
