/** How lists are asked for and answered: by page, with a count, or by cursor. */
import { Effect, Schema } from "effect"
import { type InvalidInput, invalid } from "../domain/Input.js"
import * as Domain from "../domain/Page.js"
import * as Wire from "./Wire.js"

/** `page` and `size`, or `after` and `size`. */
export const parameters = {
  page: Wire.count(Domain.PageNumber.annotations({ description: "From 1, which it is unless said otherwise." })),
  size: Wire.count(Domain.Size.annotations({ description: "1 to 100; 20 unless said otherwise." })),
  after: Wire.text(
    Schema.String.annotations({ description: "A cursor of this query, empty to start; in place of page." })
  )
}

export const Page = <A, I>(item: Schema.Schema<A, I>) =>
  Wire.answer(
    undefined,
    Schema.Struct({ items: Schema.Array(item), total: Schema.Int, page: Schema.Int, size: Schema.Int })
  )

export const Slice = <A, I>(item: Schema.Schema<A, I>) =>
  Wire.answer(undefined, Schema.Struct({ items: Schema.Array(item), next: Schema.NullOr(Schema.String) }))

/** A list of which no page was asked for. */
export const Items = <A, I>(item: Schema.Schema<A, I>) =>
  Wire.answer(undefined, Schema.Struct({ items: Schema.Array(item) }))

export interface Asked {
  readonly page?: number
  readonly size?: number
  readonly after?: string
}

/** What was asked for, where nothing asked for is told apart; both ways at once are refused. */
export type Wanted =
  | { readonly by: "nothing" }
  | { readonly by: "page"; readonly request: { readonly page?: number; readonly size?: number } }
  | { readonly by: "cursor"; readonly request: { readonly after: string; readonly size?: number } }
  | { readonly by: "both"; readonly refusal: InvalidInput }

export const wanted = ({ page, size, after }: Asked): Wanted => {
  const sized = size === undefined ? {} : { size }
  if (after === undefined) {
    if (page === undefined) return size === undefined ? { by: "nothing" } : { by: "page", request: sized }
    return { by: "page", request: { page, ...sized } }
  }
  if (page !== undefined) return { by: "both", refusal: invalid("page", "does not go with after") }
  return { by: "cursor", request: { after, ...sized } }
}

/** The same list of other items. */
export const map = <A, B, L extends { readonly items: ReadonlyArray<A> }>(
  list: L,
  f: (item: A) => B
): Omit<L, "items"> & { readonly items: ReadonlyArray<B> } => ({ ...list, items: list.items.map(f) })

/** A list as it is asked for: a bare array of at most 100 when no page was. */
export const listed = Effect.fnUntraced(function* <A, B, E1, E2>(
  asked: Asked,
  json: (item: A) => B,
  page: (request: Domain.PageRequestInput) => Effect.Effect<Domain.Page<A>, E1>,
  scroll: (request: Domain.SliceRequestInput) => Effect.Effect<Domain.Slice<A>, E2>
) {
  const choice = wanted(asked)
  switch (choice.by) {
    case "both":
      return yield* choice.refusal
    case "nothing":
      return (yield* page({ size: 100 })).items.map(json)
    case "page":
      return map(yield* page(choice.request), json)
    case "cursor":
      return map(yield* scroll(choice.request), json)
  }
})

/** As `listed`, with what would be a bare array as `items`. */
export const itemed = Effect.fnUntraced(function* <A, B, E1, E2>(
  asked: Asked,
  json: (item: A) => B,
  page: (request: Domain.PageRequestInput) => Effect.Effect<Domain.Page<A>, E1>,
  scroll: (request: Domain.SliceRequestInput) => Effect.Effect<Domain.Slice<A>, E2>
) {
  const list = yield* listed(asked, json, page, scroll)
  return "items" in list ? list : { items: list }
})
