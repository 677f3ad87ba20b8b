/** What customers have bought: read, listed, cancelled. */
import { Context, Effect, Either, Fiber, FiberSet, Layer } from "effect"
import { InsideTransaction } from "../domain/Checkout.js"
import type { CustomerId } from "../domain/Id.js"
import * as Id from "../domain/Id.js"
import * as Input from "../domain/Input.js"
import * as Order from "../domain/Order.js"
import * as OrderQuery from "../domain/OrderQuery.js"
import * as Page from "../domain/Page.js"
import { OrderRepository } from "../ports/OrderRepository.js"
import type { StoreError } from "../ports/StoreError.js"
import { Transactor } from "../ports/Transactor.js"
import * as Customer from "./Customer.js"
import * as Facts from "./Facts.js"
import * as Moving from "./Moving.js"
import * as Payments from "./Payments.js"

const make = Effect.gen(function* () {
  const orders = yield* OrderRepository
  const payments = yield* Payments.make
  const transactor = yield* Transactor
  const facts = yield* Facts.make
  const moved = yield* Moving.make
  /** Whoever closes the bookstore waits for the money that is moving. */
  const atWork = yield* FiberSet.make()
  yield* Effect.addFinalizer(() => Effect.ignore(FiberSet.awaitEmpty(atWork)))

  const page = Effect.fnUntraced(function* (
    customerId: CustomerId | null,
    filter: OrderQuery.FilterInput,
    request: Page.PageRequestInput
  ) {
    const { status } = yield* decodeFilter(filter)
    const wanted = yield* decodePage(request)
    const found = yield* orders.page({ customerId, status: status ?? null }, wanted)
    return { ...found, ...wanted } satisfies Page.Page<Order.Order>
  })

  const scroll = Effect.fnUntraced(function* (
    customerId: CustomerId | null,
    filter: OrderQuery.FilterInput,
    request: Page.SliceRequestInput
  ) {
    const { status } = yield* decodeFilter(filter)
    const { after, size } = yield* decodeSlice(request)
    const query = { customerId, status: status ?? null }
    const position = yield* Page.read(query, after, OrderQuery.isPosition)
    return Page.slice(yield* orders.after(query, position, size + 1), size, query, OrderQuery.position)
  })

  /** The order cancelled, by us or by whoever came first; refused where it left the house meanwhile. */
  const giveUp = Effect.fnUntraced(function* (order: Order.Order) {
    const move = yield* Order.cancel(order, yield* facts.ofRestock(order))
    if (yield* Effect.retry(moved(move), lostOnce)) return move.order
    const there = yield* orders.get(order.id, order.customerId)
    return there.status === "fulfilled"
      ? yield* new Order.OrderNotCancellable({ orderId: order.id, status: there.status })
      : there
  })

  /** Gives the money back. While the gateway cannot, the order stays cancelled, and cancelling again tries again. */
  const giveBack = Effect.fnUntraced(function* (order: Order.CancelledOrder) {
    const refunded = yield* payments.refund(Payments.refundOf(order)).pipe(
      Effect.as(true),
      Effect.catchTag("GatewayError", (error) =>
        Effect.as(Effect.annotateLogs(Effect.logWarning("A refund is outstanding", error), "orderId", order.id), false)
      )
    )
    if (!refunded) return order
    const move = Order.refund(order, yield* facts.ofMove)
    return (yield* orders.move(move)) ? move.order : yield* orders.get(order.id, order.customerId)
  }, tellUnwritten)

  return {
    /** An order of this customer's. */
    get: Effect.fn("Orders.get")(function* (customerId: string, orderId: string) {
      const customer = yield* Customer.decode(customerId)
      return yield* orders.get(yield* idOf(orderId), customer)
    }),

    /** A customer's own orders, newest first; failed ones only when asked for. */
    list: Effect.fn("Orders.list")(function* (
      customerId: string,
      filter: OrderQuery.FilterInput = {},
      request: Page.PageRequestInput = {}
    ) {
      return yield* page(yield* Customer.decode(customerId), filter, request)
    }),

    /** As `list`, from a cursor on. */
    scroll: Effect.fn("Orders.scroll")(function* (
      customerId: string,
      filter: OrderQuery.FilterInput = {},
      request: Page.SliceRequestInput = {}
    ) {
      return yield* scroll(yield* Customer.decode(customerId), filter, request)
    }),

    /** Everybody's orders, as `list`. */
    all: Effect.fn("Orders.all")((filter: OrderQuery.FilterInput = {}, request: Page.PageRequestInput = {}) =>
      page(null, filter, request)
    ),

    /** Everybody's orders, as `scroll`. */
    scrollAll: Effect.fn("Orders.scrollAll")(
      (filter: OrderQuery.FilterInput = {}, request: Page.SliceRequestInput = {}) => scroll(null, filter, request)
    ),

    /**
     * Gives a confirmed order up: its copies return at once, its money is refunded once. The order is answered as
     * `refunded`, or as `cancelled` while the gateway has not given the money back. Refused inside a transaction.
     */
    cancel: Effect.fn("Orders.cancel")((customerId: string, orderId: string) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          if (yield* transactor.isOpen) return yield* new InsideTransaction()
          const customer = yield* Customer.decode(customerId)
          const order = yield* orders.get(yield* idOf(orderId), customer)
          const given = order.status === "cancelled" ? order : yield* giveUp(order)
          if (given.status !== "cancelled") return given
          const refunding = yield* FiberSet.run(atWork, Effect.interruptible(giveBack(given)))
          return yield* restore(Fiber.join(refunding))
        })
      )
    )
  }
})

/** The orders of all customers. */
export class Orders extends Context.Tag("octavo/Orders")<Orders, Effect.Effect.Success<typeof make>>() {}

export const layer = Layer.scoped(Orders, make)

// internal

const decodeFilter = Input.decode(OrderQuery.Filter)
const decodePage = Input.decode(Page.PageRequest)
const decodeSlice = Input.decode(Page.SliceRequest)

/** Whoever called may have gone. The same refund is asked for again when the order is cancelled again. */
const tellUnwritten = <A, E, R>(refund: Effect.Effect<A, E, R>, order: Order.Order) =>
  Effect.tapErrorCause(refund, (cause) =>
    Effect.annotateLogs(Effect.logError("A refund could not be written", cause), "orderId", order.id)
  )

/** A lost commit is met again by its own guard: then the order is no longer where it moves from. */
const lostOnce = { while: ({ outcome }: StoreError) => outcome === "Unknown", times: 3 }

const idOf = (orderId: string) =>
  Either.fromOption(Id.read(Order.OrderId)(orderId), () => new Order.OrderNotFound({ orderId: Id.shown(orderId) }))
