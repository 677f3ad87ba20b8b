import { expect } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { BookRestocked, EventId } from "../../../src/domain/Event.js"
import { Holder, type LeaseKey, LeaseToken } from "../../../src/domain/Lease.js"
import { Amount } from "../../../src/domain/Money.js"
import * as Refund from "../../../src/domain/Refund.js"
import { Inbox } from "../../../src/ports/Inbox.js"
import { Leases } from "../../../src/ports/Leases.js"
import { Outbox } from "../../../src/ports/Outbox.js"
import { RefundRepository } from "../../../src/ports/RefundRepository.js"
import { ada, book, dueRefund, eve, everything, facts, furnish, later, law, transact, uuid, work } from "./fixtures.js"

const restocked = (n: number) =>
  new BookRestocked({ id: EventId.make(uuid(n)), at: DateTime.unsafeMake(0), bookId: book(1).id })

law(
  "what no database would keep of events, refunds, leases and notices is refused, and nothing is written",
  function* () {
    yield* furnish
    const outbox = yield* Outbox
    const refunds = yield* RefundRepository
    const leases = yield* Leases
    const inbox = yield* Inbox
    const token = LeaseToken.make("relay")
    yield* outbox.append([restocked(50)])
    yield* outbox.claim({ token, now: later, until: DateTime.addDuration(later, "1 minute"), limit: 9 })
    yield* refunds.add(dueRefund(1))
    const before = yield* everything
    const { refund, event } = Refund.done(dueRefund(1), facts(60))
    const violations: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>> = [
      outbox.append([restocked(51), restocked(50)]),
      outbox.append([new BookRestocked({ ...restocked(52), id: "none" as EventId }, true)]),
      outbox.failed(restocked(50).id, token, { error: "a\0b", dueAt: null }),
      refunds.add(dueRefund(9)),
      refunds.add(dueRefund(1, eve)).pipe(Effect.zipRight(refunds.add({ ...dueRefund(1, eve), paymentId: "other" }))),
      refunds.add(new Refund.DueRefund({ ...dueRefund(1), paymentId: "" }, true)),
      refunds.finish({ refund: new Refund.DoneRefund({ ...refund, amount: Amount.make(1) }), event }),
      refunds.finish({ refund, event: { ...event, id: restocked(50).id } }),
      leases.acquire(work, Holder.make("me"), Duration.zero),
      leases.acquire(work, Holder.make("me"), Duration.infinity),
      leases.acquire("" as LeaseKey, Holder.make("me"), Duration.minutes(1)),
      inbox.accept(" ", "id", later),
      inbox.accept("provider", "a\0b", later)
    ]
    for (const [i, violation] of violations.entries()) {
      const caught = yield* transact(Effect.flip(violation))
      expect(caught, `violation ${i}`).toMatchObject({ _tag: "StoreError", retryable: false, outcome: "RolledBack" })
      expect(yield* everything, `violation ${i}`).toStrictEqual(before)
    }
    expect(yield* refunds.finish(Refund.done(dueRefund(1, eve), facts(60)))).toBe(false)
    expect(yield* refunds.of(ada, dueRefund(1).orderId)).toEqual([dueRefund(1)])
  }
)
