/** The calls of a worker: each is told before it is made, and acknowledged the moment that it answers. */
import { appendFileSync } from "node:fs"
import { Effect } from "effect"
import { Notice } from "../../src/domain/Notice.js"
import * as Order from "../../src/domain/Order.js"
import { Captured, Declined } from "../../src/domain/Payment.js"
import { Carts, Catalog, Checkout, Orders, Relay } from "../../src/index.js"
import { OrderRepository } from "../../src/ports/OrderRepository.js"
import { PaymentGateway } from "../../src/ports/PaymentGateway.js"
import type { Answer, Message, Request, Spec } from "./Messages.js"
import type { Outage } from "./Refunds.js"
import type { Steps } from "./Steps.js"

export const make = (spec: Spec, steps: Steps, outage: Outage, tell: (message: Message) => void) =>
  Effect.gen(function* () {
    const catalog = yield* Catalog.Catalog
    const carts = yield* Carts.Carts
    const checkout = yield* Checkout.Checkout
    const ordering = yield* Orders.Orders
    const relay = yield* Relay.Relay
    const repository = yield* OrderRepository
    const gateway = yield* PaymentGateway
    let calls = 0

    /** What the handler has written is handled: nothing of it may be missing afterwards. */
    const handle = (event: { readonly id: string }) =>
      Effect.sync(() => {
        steps.by("handler:before")
        appendFileSync(spec.handled, `${JSON.stringify(event)}\n`)
        steps.act()
        steps.by("handler:after")
      })

    const pending = (id: string) => Effect.map(repository.get(id as Order.OrderId, null), asPending)

    const answer = (request: Request): Effect.Effect<Answer, unknown> => {
      switch (request.do) {
        case "add_book":
          return Effect.map(catalog.add({ title: request.title, author: "Anne Brontë", price: "12.50" }), done)
        case "change_stock":
          return Effect.map(catalog.changeStock(request.book, { delta: request.delta }), done)
        case "add_line":
          return Effect.as(carts.add(request.customer, { bookId: request.book, quantity: request.quantity }), doneAlone)
        case "place":
          return Effect.map(
            checkout.place(request.customer, { paymentMethod: request.method, idempotencyKey: request.key }),
            state
          )
        case "prepare":
          return Effect.map(checkout.prepare(request.customer, { paymentMethod: card }), state)
        case "cancel":
          return Effect.map(ordering.cancel(request.customer, request.order), state)
        case "cancel_unpaid":
          return Effect.acquireUseRelease(
            Effect.sync(() => {
              outage.on = true
            }),
            () => Effect.map(ordering.cancel(request.customer, request.order), state),
            () =>
              Effect.sync(() => {
                outage.on = false
              })
          )
        case "give_up":
          return Effect.gen(function* () {
            const order = yield* pending(request.order)
            return state(yield* checkout.settle(order, new Declined({ reason: Order.neverCharged })))
          })
        case "settle":
          return Effect.gen(function* () {
            const order = yield* pending(request.order)
            const outcome = yield* gateway.lookup(order.paymentKey)
            return outcome === null ? refused("NeverCharged") : state(yield* checkout.settle(order, outcome))
          })
        case "notice":
          return Effect.gen(function* () {
            const { paymentKey } = yield* repository.get(request.order as Order.OrderId, null)
            const said = yield* gateway.lookup(paymentKey)
            if (!(said instanceof Captured)) return refused("NothingTaken")
            const id = `evt-${paymentKey}`
            yield* checkout.notified(
              new Notice({ source: "crash", id, orderId: request.order as Order.OrderId, key: paymentKey, said })
            )
            return doneAlone
          })
        case "recover":
          return Effect.as(checkout.recover({ grace: "0 seconds" }), doneAlone)
        case "deliver":
          return Effect.as(relay.deliver(handle), doneAlone)
      }
    }

    /** A refusal is an answer as well; an outcome that is not known is told as what it is. */
    const answered = (request: Request) =>
      Effect.catchAll(answer(request), (error) =>
        isRefusal(error) ? Effect.succeed(refused(error._tag, error.orderId)) : Effect.die(error)
      )

    const perform = (request: Request) =>
      Effect.gen(function* () {
        const call = ++calls
        tell({ say: "asked", call, request })
        const said = yield* answered(request)
        steps.by("answer:before")
        tell({ say: "told", call, answer: said })
        steps.act()
        steps.by("answer:after")
        return said
      })

    return { perform, answered, handle }
  })

export type Calls = Effect.Effect.Success<ReturnType<typeof make>>

/** One that is captured, and one that is declined. */
export const card = "pm_card_visa"
export const badCard = "pm_card_visa_chargeDeclined"

// internal

const done = ({ id }: { readonly id: string }): Answer => ({ tag: "Done", id })
const doneAlone: Answer = { tag: "Done", id: null }
const state = ({ id, status }: Order.Order): Answer => ({ tag: status, id })
const refused = (tag: string, id: string | null = null): Answer => ({ tag, id })

const isRefusal = (error: unknown): error is { readonly _tag: string; readonly orderId?: string } =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string"

/** Settling looks at the state again where it writes. */
const asPending = (order: Order.Order) => order as Order.PendingOrder
