/** What a client is told when something is refused: problem details (RFC 9457), by code. Part of the contract. */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import { Data, ParseResult, Schema } from "effect"
import { Stage } from "../domain/Fulfilment.js"
import { Issue } from "../domain/Input.js"
import { Status } from "../domain/Order.js"
import * as PreBooking from "../domain/PreBooking.js"

const kind = <S extends number, M extends Schema.Struct.Fields>(status: S, detail: string, members: M) => ({
  status,
  detail,
  members
})

const field = <const F extends string>(name: F) => ({ field: Schema.Literal(name) })

/** Every code, with its status, what it says to people, and the facts that it carries. */
export const codes = {
  VALIDATION_ERROR: kind(422, "The request does not fit; see errors.", {
    errors: Schema.Array(Issue),
    field: Schema.optionalWith(Schema.String, { exact: true })
  }),
  MALFORMED_JSON: kind(400, "The body is not JSON in UTF-8, or is nested too deep.", {}),
  PAYLOAD_TOO_LARGE: kind(413, "The body is larger than this server takes.", { limit: Schema.Int }),
  HTTP_404: kind(404, "There is nothing at this path.", {}),
  HTTP_405: kind(405, "This path does not take this method; see the Allow header.", {}),
  HTTP_415: kind(415, "The body must be sent as application/json, in UTF-8.", {}),
  HTTP_401: kind(401, "Send Authorization: Bearer with a token.", {}),
  AUTH_TOKEN_INVALID: kind(401, "The token does not hold.", {}),
  AUTH_TOKEN_EXPIRED: kind(401, "The token has expired.", {}),
  AUTH_FORBIDDEN: kind(403, "Your role is not enough for this.", {}),
  STORE_UNAVAILABLE: kind(503, "The store cannot be reached just now. Try again later.", {}),
  INTERNAL_ERROR: kind(500, "Something went wrong here. The x-request-id header names this request in the log.", {}),

  GENRE_CONFLICT: kind(409, "There is a genre of this name already.", field("name")),
  GENRE_NOT_FOUND: kind(404, "There is no such genre.", field("genre_id")),
  BOOK_ISBN_CONFLICT: kind(409, "Another book has this ISBN.", field("isbn")),
  BOOK_NOT_FOUND: kind(404, "There is no such book.", field("book_id")),
  STOCK_CHANGED: kind(409, "The stock is no longer what was expected.", { stock_quantity: Schema.Int }),
  STOCK_BELOW_ZERO: kind(409, "The stock would fall below zero.", { stock_quantity: Schema.Int }),

  CART_BOOK_OUT_OF_STOCK: kind(409, "This book is out of stock.", field("book_id")),
  CART_ITEM_DUPLICATE: kind(409, "This book is in the cart already.", field("book_id")),
  CART_FULL: kind(409, "The cart holds as many lines as it can.", { maximum: Schema.Int }),
  CART_ITEM_NOT_FOUND: kind(404, "There is no such item in the cart.", field("item_id")),

  WISHLIST_ITEM_DUPLICATE: kind(409, "This book is on the wishlist already.", field("book_id")),
  WISHLIST_ITEM_NOT_FOUND: kind(404, "This book is not on the wishlist.", field("book_id")),

  ORDER_CART_EMPTY: kind(422, "The cart is empty.", {}),
  ORDER_ITEMS_UNAVAILABLE: kind(409, "Some books are no longer sold.", { book_ids: Schema.Array(Schema.String) }),
  ORDER_INSUFFICIENT_STOCK: kind(409, "There are not enough copies of some books.", {
    items: Schema.Array(
      Schema.Struct({
        book_id: Schema.String,
        title: Schema.String,
        requested: Schema.Int,
        available: Schema.Int
      })
    )
  }),
  ORDER_PRICE_CHANGED: kind(409, "The total is no longer what was expected.", { total_price: Schema.String }),
  ORDER_PAYMENT_FAILED: kind(402, "The payment was declined.", { reason: Schema.String }),
  ORDER_CHECKOUT_IN_PROGRESS: kind(409, "A checkout is still in progress. Try again later.", {}),
  IDEMPOTENCY_KEY_REUSED: kind(422, "This Idempotency-Key came before, with another request.", {}),
  ORDER_NOT_FOUND: kind(404, "There is no such order.", field("order_id")),
  ORDER_NOT_CANCELLABLE: kind(409, "The order can no longer be cancelled.", {}),

  ORDER_NOT_PAID: kind(400, "The order is not paid, or no longer.", { order_status: Status }),
  STAGE_NOT_READY: kind(400, "Another stage comes next, or none.", { next_stage: Schema.NullOr(Stage) }),
  FULFILMENT_TAKEN: kind(409, "Somebody has this order.", {
    holder: Schema.String,
    since: Schema.String,
    expires_at: Schema.String
  }),
  FULFILMENT_NOT_HOLDER: kind(403, "This order is not in your hands.", {}),
  FULFILMENT_CLAIM_LAPSED: kind(410, "This order was in your hands, and is no longer. Take it again.", {}),
  FULFILMENT_NOT_CLAIMED: kind(409, "Nobody has this order.", {}),
  VERSION_CONFLICT: kind(409, "Others kept changing this order. Try again.", {}),

  PREBOOK_BOOK_IN_STOCK: kind(409, "This book is in stock: there is no need to wait.", field("book_id")),
  PREBOOK_DUPLICATE: kind(409, "You wait for this book already.", field("book_id")),
  PREBOOK_NOT_FOUND: kind(404, "There is no such pre-booking.", field("prebook_id")),
  PREBOOK_ALREADY_CANCELLED: kind(409, "The pre-booking is cancelled already.", { prebook_status: PreBooking.Status }),
  PREBOOK_NOT_CANCELLABLE: kind(409, "The pre-booking has come to its end.", { prebook_status: PreBooking.Status }),

  NOTICE_REFUSED: kind(400, "This is no notice of the payment provider's, or one too old.", {
    reason: Schema.Literal("signature", "too_old", "unreadable")
  })
} as const

export type Code = keyof typeof codes
export type Members<C extends Code> = C extends Code
  ? Schema.Simplify<Schema.Struct.Type<(typeof codes)[C]["members"]>>
  : never

/** The reason phrases of the statuses in use (RFC 9110). */
export const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  422: "Unprocessable Content",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable"
}

export const mediaType = "application/problem+json"

/** A refusal as a client sees it. `headers` go with the response; `cause` goes to the log only. */
export class Problem<C extends Code = Code> extends Data.TaggedError("Problem")<{
  readonly code: C
  readonly members: Members<C>
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}> {
  get status(): number {
    return codes[this.code].status
  }
  override get message(): string {
    return codes[this.code].detail
  }
}

/** What every problem's body holds, beside the members of its code. */
export interface Sent<C extends Code> {
  readonly type: "about:blank"
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: C
}

/** The body that is sent. */
export const body = (problem: Problem): string => JSON.stringify(sent(problem.code, problem.members))

/** The problems of these codes, as an endpoint declares them. */
export const schema = <const Codes extends ReadonlyArray<Code>>(
  ...wanted: Codes
): Schema.Schema<Problem<Codes[number]>, Sent<Codes[number]>> =>
  // Each member is of one code of the list, which the compiler does not follow through `map`.
  Schema.Union(...wanted.map(schemaOf)) as unknown as Schema.Schema<Problem<Codes[number]>, Sent<Codes[number]>>

// internal

const sent = <C extends Code>(code: C, members: Members<C>) => ({
  type: "about:blank" as const,
  title: titles[codes[code].status] ?? "",
  status: codes[code].status,
  detail: codes[code].detail,
  code,
  ...members
})

const schemas = new Map<Code, Schema.Schema.All>()

const schemaOf = (code: Code) => {
  const known = schemas.get(code) ?? makeSchema(code)
  schemas.set(code, known)
  return known
}

const makeSchema = (code: Code) => {
  const { status, members: fields } = codes[code]
  const json = Schema.Struct({
    type: Schema.Literal("about:blank"),
    title: Schema.Literal(titles[status] ?? ""),
    status: Schema.Literal(status),
    detail: Schema.String,
    code: Schema.Literal(code),
    ...(fields as Schema.Struct.Fields)
  }).annotations({ identifier: `Problem_${code}`, description: codes[code].detail })
  return Schema.transformOrFail(json, Schema.instanceOf(Problem<Code>), {
    strict: false,
    decode: ({ type, title, status, detail, code, ...members }) =>
      ParseResult.succeed(new Problem({ code, members: members as Members<Code> })),
    encode: ({ code, members }: Problem) => ParseResult.succeed(sent(code, members))
  }).annotations(HttpApiSchema.annotations({ status, description: codes[code].detail }))
}
