import { Either } from "effect"
import { expect, it } from "vitest"
import * as BookQuery from "../../src/domain/BookQuery.js"
import * as OrderQuery from "../../src/domain/OrderQuery.js"

const id = "00000000-0000-4000-8000-000000000000"
const newest = Either.getOrThrow(Either.fromNullable(BookQuery.make({ sort: "created_at" }), () => "no query"))
const first = Date.parse("0001-01-01T00:00:00.000Z")
const last = Date.parse("9999-12-31T23:59:59.999Z")

it("a list goes on from any instant that every store can hold, and from no other", () => {
  for (const isPosition of [OrderQuery.isPosition, BookQuery.isPosition(newest)]) {
    expect([first, 0, last].map((at) => isPosition([at, id]))).toEqual([true, true, true])
    expect([first - 1, last + 1, 9e15, -9e15, 0.5].map((at) => isPosition([at, id]))).toEqual(Array(5).fill(false))
  }
})
