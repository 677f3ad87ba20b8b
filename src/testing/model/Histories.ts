/** Histories of calls as they are drawn: what exists is meant by number, so that a call fits whatever came before it. */
import { FastCheck } from "effect"
import type { Kind, Mood, Said } from "./World.js"

/** Something that exists by then, counted from the newest; or what does not exist at all. */
export interface Ref {
  readonly ref: Kind
  readonly at: number
  readonly as: "known" | "upper case" | "stranger" | "nonsense"
}

/** What somebody may say of the order at `at`. */
export interface Spoken {
  readonly ref: "word"
  readonly at: number
  readonly says: "captured" | "declined" | "returned" | "other amount" | "other payment"
}

/** A deed: a call whose arguments may hold `Ref`s and the like. */
export interface Deed {
  readonly call: string
  readonly with: ReadonlyArray<unknown>
}

const of = FastCheck.constantFrom
const record = FastCheck.record
const often = <A>(...weighted: ReadonlyArray<readonly [weight: number, ...values: ReadonlyArray<A>]>) =>
  FastCheck.oneof(...weighted.map(([weight, ...values]) => ({ weight, arbitrary: of(...values) })))

/** As given and as meant; given alone is refused. */
const good = <A>(given: unknown, means: A): Said<A> => ({ given, means })
const bad = (given: unknown): Said<never> => ({ given })
const plainly = <A>(...values: ReadonlyArray<A>) => values.map((value) => good(value, value))

const at = FastCheck.nat(5)
const how = often<Ref["as"]>([30, "known"], [1, "upper case"], [1, "stranger"], [1, "nonsense"])
const ref = (kind: Kind) => record({ ref: of(kind), at, as: how })
const held = record({ ref: of("held" as const), at })

const customer = often<Said<string>>(
  [40, ...plainly("$salt ada", "$salt bob", "$salt cyd")],
  [1, bad(""), bad(7), bad("\ud800")]
)
const quantity = often<Said<number>>([20, ...plainly(1, 1, 2, 3, 99), { means: 1 }], [1, bad(0), bad(100), bad(1.5)])
const size = often<Said<number>>([20, ...plainly(1, 1, 2, 3, 100)], [1, bad(0), bad(101)])
const number = often<Said<number>>([20, ...plainly(1, 1, 2, 3), { means: 1 }], [1, bad(0), bad(2 ** 31)])

const title = often<Said<string>>(
  [
    20,
    good("  $salt  apple pie ", "$salt  apple pie"),
    ...plainly("$salt Zebra", "$salt Éclair & Co", "$salt apple pie")
  ],
  [10, ...plainly("$salt O'Brien's Ph.D.", "$salt 日本語 の 本", "$salt 𝄞 clef", "$salt 'DROP %_")],
  [1, bad(" \u200b "), bad("$salt \0"), bad(null), bad("x".repeat(501))]
)
const author = often<Said<string>>(
  [20, ...plainly("$salt Ann Æon", "$salt ann æon", "$salt J. R. R. İ", "$salt 100%_")],
  [1, bad(""), bad(7)]
)
const price = often<Said<number>>(
  [20, good("10.00", 1000), good(9.5, 950), good("0.01", 1), good("99999999", 9_999_999_900)],
  [1, bad("0"), bad("-1"), bad("1.999"), bad(1e21), bad("100000000")]
)
const isbn = often<Said<string | null>>(
  [
    10,
    good("$isbn0", "$isbn0"),
    good("$isbn1", "$isbn1"),
    good("$dashed0", "$isbn0"),
    good(" ", null),
    good(null, null)
  ],
  [1, bad("$isbn0x"), bad("9781234567890")]
)
const description = often<Said<string | null>>(
  [9, good(" a text\n", "a text"), ...plainly(""), good(null, null)],
  [1, bad("\ud800")]
)
const cover = often<Said<string | null>>(
  [9, ...plainly("https://example.org/é.png"), good(null, null)],
  [1, bad("ftp://x")]
)
const date = often<Said<string | null>>(
  [9, ...plainly("1937-09-21", "2000-02-29"), good(null, null)],
  [1, bad("2023-02-29")]
)
const genreName = often<Said<string>>(
  [10, ...plainly("$salt Fiction", "$salt fiction", "$salt Μύθος"), good(" $salt Μύθος ", "$salt Μύθος")],
  [1, bad(" "), bad("x".repeat(101))]
)
const stock = often<Said<number>>([20, ...plainly(0, 1, 2, 5, 40)], [1, bad(-1), bad(0.5)])

/** Also null for none. */
const genreRef = FastCheck.oneof({ weight: 4, arbitrary: ref("genre") }, { weight: 1, arbitrary: of(null) }).map(
  (ref) => ({ genreOf: ref })
)

const optional = { description, coverImageUrl: cover, publishDate: date, isbn }
const draft = record(
  { title, author, price, genreId: genreRef, ...optional },
  { requiredKeys: ["title", "author", "price"] }
)
const sloppy = record({ title, author, price }, { requiredKeys: [] })
const changes = record({ title, author, price, genreId: genreRef, ...optional }, { requiredKeys: [] })
const row = record(
  { title, author, price, genre: genreName, stock, ...optional },
  { requiredKeys: ["title", "author"] }
)

const order = {
  sort: often<Said<string>>([12, ...plainly("title", "price", "date", "created_at")], [1, bad("author")]),
  direction: often<Said<string>>([12, ...plainly("asc", "desc")], [1, bad("up")])
}
const anyAuthor = of(good("$salt", "$salt"))
const narrow = record(
  {
    author: often<Said<string>>([10, ...plainly("$salt", "$salt ANN", "$salt 100%")], [1, bad("\ud800")]),
    q: often<Said<string>>(
      [10, ...plainly("apple", "$salt zeb", "obrien phd", "ann", "fic", "μυθ", "%", "")],
      [1, bad("\0")]
    ),
    genreId: ref("genre")
      .filter(({ as }) => as === "known")
      .map((ref) => ({ genreOf: ref })),
    minPrice: often<Said<number>>([9, good("9.5", 950), good(0, 0)], [1, bad("1.")]),
    maxPrice: often<Said<number>>([9, good("10.00", 1000)], [1, bad("-1")]),
    inStock: often<Said<boolean>>([9, ...plainly(true, false)], [1, bad("yes")]),
    ...order
  },
  { requiredKeys: ["author"] }
)
const filter = FastCheck.oneof(record({ author: anyAuthor, ...order }, { requiredKeys: ["author"] }), narrow)

const key = often<Said<string | null>>([20, ...plainly("$salt-1", "$salt-2", null)], [1, bad(""), bad("two words")])
const request = FastCheck.oneof(
  { weight: 4, arbitrary: of({}) },
  { weight: 4, arbitrary: record({ idempotencyKey: key }) },
  {
    weight: 4,
    arbitrary: record(
      {
        paymentMethod: often<Said<string | null>>([9, ...plainly("card", "wire", null)], [1, bad("\0")]),
        expectedTotal: often<unknown>([9, { totalOf: 0 }], [3, { totalOf: 1 }], [1, bad("ten")]),
        idempotencyKey: key
      },
      { requiredKeys: [] }
    )
  }
)

const charging = often<Mood["charge"]>(
  [8, "capture"],
  [4, "decline"],
  [4, "lost", "charged and lost"],
  [3, "down", "dies", "charged and dies", "hangs", "charged and hangs", "other amount", "garbage"]
)
const refunding = often<Mood["refund"]>([4, "pays"], [2, "fails", "pays and fails"])
const looking = often<Mood["lookup"]>([5, "answers"], [1, "fails"])
const mood = record({ charge: charging, refund: refunding, lookup: looking })

const status = often<Said<string | null>>(
  [6, ...plainly(null)],
  [8, ...plainly("pending_payment", "confirmed", "payment_failed", "cancelled", "refunded")],
  [1, bad("paid")]
)
/** Mostly the owner of the order; any customer else. */
const ownerAnd = (rest: (order: FastCheck.Arbitrary<unknown>) => ReadonlyArray<FastCheck.Arbitrary<unknown>>) =>
  FastCheck.oneof(
    {
      weight: 6,
      arbitrary: at.chain((n) =>
        FastCheck.tuple(of({ ref: "owner", at: n }), ...rest(of({ ref: "order", at: n, as: "known" })))
      )
    },
    { weight: 1, arbitrary: FastCheck.tuple(customer, ...rest(ref("order"))) }
  )
const said = often<Spoken["says"]>([4, "captured", "declined"], [2, "returned", "other amount", "other payment"])
/** Several arguments about one order. */
const about = (rest: (at: number) => ReadonlyArray<FastCheck.Arbitrary<unknown>>) =>
  at.chain((n) => FastCheck.tuple(...rest(n)))
const change = FastCheck.oneof(
  {
    weight: 6,
    arbitrary: record({
      delta: often<Said<number>>([9, ...plainly(1, 2, 5, -1, -3)], [1, bad(0.5), good(2 ** 31 - 1, 2 ** 31 - 1)])
    })
  },
  { weight: 3, arbitrary: record({ quantity: stock, expected: stock }, { requiredKeys: ["quantity"] }) },
  { weight: 1, arbitrary: record({ quantity: stock, delta: of(good(1, 1)), expected: stock }, { requiredKeys: [] }) }
)

const deed = (call: string, ...args: ReadonlyArray<FastCheck.Arbitrary<unknown>>): FastCheck.Arbitrary<Deed> =>
  FastCheck.tuple(...args).map((made) => ({ call, with: made }))
const deedOf = (call: string, args: FastCheck.Arbitrary<ReadonlyArray<unknown>>): FastCheck.Arbitrary<Deed> =>
  args.map((made) => ({ call, with: made }))

type Weighted = ReadonlyArray<{ readonly weight: number; readonly arbitrary: FastCheck.Arbitrary<Deed> }>

/** What a host may do inside a transaction of its own. */
const inside: Weighted = [
  { weight: 3, arbitrary: deed("addBook", draft) },
  { weight: 1, arbitrary: deed("addBook", sloppy) },
  { weight: 1, arbitrary: deed("addGenre", genreName) },
  { weight: 4, arbitrary: deed("changeBook", ref("book"), changes) },
  { weight: 1, arbitrary: deed("removeBook", ref("book")) },
  { weight: 5, arbitrary: deed("changeStock", ref("book"), change) },
  {
    weight: 3,
    arbitrary: deed(
      "merge",
      FastCheck.array(row, { maxLength: 4 }),
      record(
        { existing: often<Said<string>>([9, ...plainly("update", "skip")], [1, bad("replace")]), price, stock },
        { requiredKeys: [] }
      )
    )
  },
  { weight: 18, arbitrary: deed("addToCart", customer, ref("book"), quantity) },
  {
    weight: 2,
    arbitrary: deed(
      "setQuantity",
      customer,
      ref("line"),
      quantity.filter(({ given }) => given !== undefined)
    )
  },
  { weight: 1, arbitrary: deed("removeLine", customer, ref("line")) },
  { weight: 1, arbitrary: deed("clearCart", customer) },
  { weight: 2, arbitrary: deed("mergeCarts", customer, customer) },
  { weight: 5, arbitrary: deed("prepare", customer, request) },
  {
    weight: 5,
    arbitrary: deedOf(
      "settle",
      about((n) => [of({ ref: "held", at: n }), said.map((says) => ({ ref: "word", at: n, says }))])
    )
  },
  {
    weight: 1,
    arbitrary: deedOf(
      "getOrder",
      ownerAnd((order) => [order])
    )
  },
  { weight: 1, arbitrary: deed("getBook", ref("book")) },
  { weight: 1, arbitrary: deed("viewCart", customer) }
]

/** What asks the provider: refused inside a transaction. */
const outside: Weighted = [
  { weight: 18, arbitrary: deed("place", customer, request, mood) },
  { weight: 4, arbitrary: deed("charge", held, mood) },
  {
    weight: 6,
    arbitrary: deedOf(
      "notified",
      about((n) => [
        often<Said<string>>(
          [20, ...plainly("$salt n1", "$salt n2", "$salt n3", "$salt n4", "$salt n5", "$salt n6")],
          [1, bad("")]
        ),
        of({ ref: "held", at: n }),
        FastCheck.oneof({ weight: 9, arbitrary: of({ ref: "payOf", at: n }) }, { weight: 1, arbitrary: ref("pay") }),
        said.map((says) => ({ ref: "word", at: n, says })),
        mood
      ])
    )
  },
  {
    weight: 5,
    arbitrary: deedOf(
      "cancel",
      ownerAnd((order) => [order, mood])
    )
  },
  { weight: 5, arbitrary: deed("recover", of(1000, 1000, 1, 2), mood) },
  { weight: 1, arbitrary: deed("audit", of(600_000, 3_600_000), of(null), mood) }
]

const hosted: FastCheck.Arbitrary<Deed> = deed(
  "host",
  FastCheck.array(FastCheck.oneof(...inside, { weight: 3, arbitrary: FastCheck.oneof(...outside) }), {
    minLength: 1,
    maxLength: 5
  }),
  FastCheck.boolean()
)

const everything: FastCheck.Arbitrary<Deed> = FastCheck.oneof(
  ...inside,
  ...outside,
  { weight: 6, arbitrary: hosted },
  { weight: 2, arbitrary: deed("takeLate", held) },
  { weight: 6, arbitrary: deed("wait", of(1, 700, 2000, 31_000, 61_000, 300_000, 960_000)) },
  {
    weight: 4,
    arbitrary: deed(
      "deliver",
      record({
        fails: of(null, null, "StockChanged", "BookRestocked", "OrderConfirmed", "PaymentReturned"),
        attempts: of(1, 2, 3),
        batch: of(1, 2, 100)
      })
    )
  },
  {
    weight: 1,
    arbitrary: deed(
      "listEvents",
      often<Said<string>>([9, ...plainly("waiting", "parked", "delivered")], [1, bad("lost")]),
      size
    )
  },
  { weight: 1, arbitrary: deed("retry", FastCheck.oneof(of(null), ref("event"))) },
  { weight: 1, arbitrary: deed("genres") },
  { weight: 2, arbitrary: deed("browse", filter, number, size) },
  { weight: 3, arbitrary: deed("scroll", filter, size) },
  { weight: 1, arbitrary: deedOf("listOrders", FastCheck.tuple(customer, status, number, size)) },
  { weight: 1, arbitrary: deedOf("scrollOrders", FastCheck.tuple(customer, status, size)) },
  { weight: 1, arbitrary: deed("scrollAll", status, size) },
  { weight: 1, arbitrary: deed("badCursor", of("books", "orders", "events"), of("nobody's", "another's")) }
)

/** So many deeds; the first few open the shop. */
export const history = (length: number): FastCheck.Arbitrary<ReadonlyArray<Deed>> =>
  FastCheck.tuple(
    FastCheck.array(
      FastCheck.tuple(
        deed("addBook", draft),
        deed("changeStock", of({ ref: "book", at: 0, as: "known" }), of({ delta: good(3, 3) }))
      ),
      {
        minLength: 2,
        maxLength: 4
      }
    ),
    FastCheck.array(everything, { minLength: length >> 1, maxLength: length, size: "max" })
  ).map(([opening, rest]) => [...opening.flat(), ...rest])
