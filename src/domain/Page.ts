/** Lists by page, with a count, or by cursor, at the same cost at any depth. */
import { Either, Encoding, Hash, Schema } from "effect"
import { type InvalidInput, invalid } from "./Input.js"

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** Of all pages; true also past the end. */
  readonly total: number
  readonly page: number
  readonly size: number
}

export interface Slice<A> {
  readonly items: ReadonlyArray<A>
  /** The cursor that continues; null at the end. */
  readonly next: string | null
}

const within = (minimum: number, maximum: number) =>
  Schema.Int.pipe(
    Schema.filter((n) => n >= minimum && n <= maximum, {
      message: () => `must be a whole number from ${minimum} to ${maximum}`,
      jsonSchema: { minimum, maximum }
    })
  )

export const Size = within(1, 100)
export const PageNumber = within(1, 2 ** 31 - 1)

export const PageRequest = Schema.Struct({
  page: Schema.optionalWith(PageNumber, { default: () => 1 }),
  size: Schema.optionalWith(Size, { default: () => 20 })
})
export interface PageRequest extends Schema.Schema.Type<typeof PageRequest> {}
export interface PageRequestInput extends Schema.Schema.Encoded<typeof PageRequest> {}

export const SliceRequest = Schema.Struct({
  /** Empty to start. */
  after: Schema.optionalWith(Schema.String, { default: () => "" }),
  size: Schema.optionalWith(Size, { default: () => 20 })
})
export interface SliceRequest extends Schema.Schema.Type<typeof SliceRequest> {}
export interface SliceRequestInput extends Schema.Schema.Encoded<typeof SliceRequest> {}

/** The slice of at most `size` items, from one more than that; `position` tells where an item stands. */
export const slice = <A>(
  items: ReadonlyArray<A>,
  size: number,
  query: unknown,
  position: (item: A) => Position
): Slice<A> => {
  const last = items[size - 1]
  return items.length <= size || last === undefined
    ? { items, next: null }
    : { items: items.slice(0, size), next: cursor(query, position(last)) }
}

/** Where a list goes on: the sort values of the last item seen, its id last. */
export type Position = ReadonlyArray<string | number | null>

/** An instant in a position, in milliseconds: of the years 0001 to 9999, which every store can hold. */
export const Instant = Schema.Int.pipe(Schema.between(-62_135_596_800_000, 253_402_300_799_999))

/** An opaque cursor, which fits only the query that it was made for. */
export const cursor = (query: unknown, position: Position): string => {
  const text = JSON.stringify(position)
  return cursorOf(seal(query, text), text)
}

/** The position in a cursor, null for the empty one; a cursor of another query, or tampered with, is refused. */
export const read = (
  query: unknown,
  after: string,
  isPosition: (value: unknown) => value is Position
): Either.Either<Position | null, InvalidInput> => {
  if (after === "") return Either.right(null)
  const position = Encoding.decodeBase64UrlString(after).pipe(
    Either.flatMap((text) => Either.try(() => JSON.parse(text))),
    Either.flatMap(Schema.decodeUnknownEither(Sealed)),
    Either.flatMap(([mark, text]) =>
      mark === seal(query, text) && cursorOf(mark, text) === after
        ? Either.try(() => JSON.parse(text))
        : Either.left(null)
    ),
    Either.filterOrLeft(isPosition, () => null)
  )
  return Either.mapLeft(position, () => invalid("after", "must be a cursor that this query gave"))
}

// internal

const Sealed = Schema.Tuple(Schema.String, Schema.String)

const cursorOf = (mark: string, text: string) => Encoding.encodeBase64Url(JSON.stringify([mark, text]))

/** A checksum, no secret: a cursor opens nothing that its reader could not ask for by other means. */
const seal = (query: unknown, text: string) => {
  const all = JSON.stringify([query, text])
  return `${Hash.string(all).toString(36)}.${Hash.string(`${all.length}:${all}`).toString(36)}`
}
