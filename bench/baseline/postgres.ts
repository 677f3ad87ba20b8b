/** The shop as one would write it by hand on pg: named statements over sets, ten connections. */
import pg from "pg"
import * as Genre from "../../src/domain/Genre.js"
import type { RowInput } from "../../src/domain/Import.js"
import * as SearchText from "../../src/domain/SearchText.js"
import type { Shop } from "../shop.js"
import * as Fulfilment from "./fulfilment.js"
import {
  type BookRow,
  bookOf,
  type CartRow,
  changeable,
  charge,
  columns,
  confirmation,
  now,
  orderOf,
  uuid
} from "./records.js"
import * as Waiting from "./waiting.js"

export const open = (url: string): Shop => {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on("error", () => {})

  const transact = async <A>(body: (client: pg.PoolClient) => Promise<A>): Promise<A> => {
    const client = await pool.connect()
    try {
      await client.query("BEGIN")
      const answer = await body(client)
      await client.query("COMMIT")
      client.release()
      return answer
    } catch (error) {
      await client.query("ROLLBACK").then(
        () => client.release(),
        (broken) => client.release(broken)
      )
      throw error
    }
  }

  const genresOf = async (client: pg.PoolClient, rows: ReadonlyArray<RowInput>) => {
    const names = [...new Set(rows.flatMap(({ genre }) => genre?.trim() || []))]
    const wanted = names.map((name) => ({
      id: uuid(),
      name,
      key: Genre.key(name),
      words: SearchText.words(name).join(" ")
    }))
    const keys = wanted.map(({ key }) => key)
    let there = (await client.query(genres, [keys])).rows
    if (there.length < wanted.length) {
      await client.query(addGenres, [JSON.stringify(wanted)])
      there = (await client.query(genres, [keys])).rows
    }
    return new Map<string, string>(there.map(({ key, id }) => [key, id]))
  }

  const prepare = (customer: string) =>
    transact(async (client) => {
      const taken = await client.query<CartRow>({ ...take, values: [customer] })
      const order = orderOf(
        customer,
        taken.rows.map((row) => ({ ...row, price: Number(row.price) }))
      )
      const { id, total, currency, payment_key, created_at, lines } = order
      const json = JSON.stringify(lines)
      await client.query({ ...addOrder, values: [customer, id, total, currency, payment_key, created_at, json] })
      const kept = await client.query({ ...reserve, values: [json] })
      if (kept.rowCount !== lines.length) throw new Error("not enough copies")
      return order
    })

  const confirm = async <A extends Parameters<typeof confirmation>[0]>(order: A): Promise<A> => {
    const { paymentId } = await charge(order.payment_key)
    const at = now()
    const event = confirmation(order, at)
    const values = [order.customer_id, order.id, paymentId, at, event.id, event.payload]
    if ((await pool.query({ ...settle, values })).rowCount === 0) throw new Error("settled before")
    return order
  }

  const asks = async (statement: NamedStatement, values: Waiting.Values, client: pg.Pool | pg.PoolClient = pool) => {
    const { name, text, names } = statement
    const { rowCount } = await client.query({ name, text, values: names.map((name) => values[name]) })
    if (rowCount === 0) throw new Error("nothing was written")
  }

  const boxOf = async (client: pg.PoolClient, order: string) => {
    const { rows } = await client.query<Fulfilment.BoxRow>({ ...box, values: [order, now()] })
    return rows[0]
  }
  const write = async (client: pg.PoolClient, next: Fulfilment.Written) => {
    if ((await client.query({ ...putBox, values: [JSON.stringify(next)] })).rowCount === 0)
      throw new Error("others were faster")
    return next
  }
  const give = (worker: string, order: string, kind: "paused" | "completed") =>
    transact(async (client) => {
      const row = await boxOf(client, order)
      const next = await write(client, Fulfilment.given(row, order, worker, kind))
      const { rowCount } = await client.query({ ...release, values: [Fulfilment.leaseKey(order), row?.token] })
      if (rowCount === 0) throw new Error("others were faster")
      return next
    })

  return {
    importBooks: (rows) =>
      transact(async (client) => {
        const genreIds = await genresOf(client, rows)
        const books = rows.map((row) =>
          bookOf(row, genreIds.get(Genre.key(row.genre?.trim() ?? "")) ?? null, row.genre ?? "")
        )
        await client.query({ ...putBooks, values: [JSON.stringify(books)] })
      }),
    page: async (number) => found(await pool.query({ ...page, values: [(number - 1) * 20] })),
    search: async (text) => {
      const words = SearchText.query(text).map((word) => `'${word}':*`)
      return found(await pool.query({ ...search, values: [words.join(" & "), words.join(" | ")] }))
    },
    add: async (customer, bookId) => {
      const { rows } = await pool.query({ ...addLine, values: [customer, uuid(), bookId, now()] })
      if (rows.length === 0) throw new Error("cannot be added")
      return rows[0]
    },
    view: async (customer) => {
      const { rows } = await pool.query<CartRow>({ ...view, values: [customer] })
      return { items: rows, totalPrice: rows.reduce((sum, { price, quantity }) => sum + Number(price) * quantity, 0) }
    },
    checkout: async (customer) => confirm(await prepare(customer)),
    checkoutInSql: async (customer) => {
      const [id, payment_key] = [uuid(), uuid()]
      const { rows } = await pool.query({ ...prepareInSql, values: [customer, id, payment_key, now()] })
      return confirm({ id, customer_id: customer, payment_key, currency: "USD", total: Number(rows[0]?.total) })
    },
    take: (worker, order) =>
      transact(async (client) => {
        const next = Fulfilment.taken(await boxOf(client, order), order, worker)
        const { token, taken_at, expires_at } = next
        const values = [Fulfilment.leaseKey(order), worker, token, taken_at, expires_at]
        if ((await client.query({ ...lease, values })).rowCount === 0) throw new Error("others were faster")
        return write(client, next)
      }),
    pause: (worker, order) => give(worker, order, "paused"),
    complete: (worker, order) => give(worker, order, "completed"),
    prebook: (customer, book) => asks(prebook, Waiting.asked(customer, book)),
    restock: (book, quantity, policy) =>
      transact((client) => asks(restock[policy], Waiting.restocked(book, quantity), client)),
    wish: (customer, book) => asks(wish, Waiting.asked(customer, book)),
    wishes: async (customer) => (await pool.query({ ...wishes, values: [customer] })).rows,
    close: () => pool.end()
  }
}

// internal

const found = ({ rows }: { readonly rows: ReadonlyArray<BookRow & { readonly total: string }> }) => ({
  items: rows.map((row) => ({ ...row, price: Number(row.price) })),
  total: Number(rows[0]?.total ?? 0)
})

const shown =
  "b.id, b.title, b.author, b.price, b.isbn, b.genre_id, b.description, b.cover_image_url, b.publish_date, b.stock, b.created_at"

const statement = (name: string, text: string) => ({ name, text })

const genres = "SELECT id, key FROM octavo_genres WHERE key = ANY ($1)"
const addGenres = `INSERT INTO octavo_genres (id, name, key, words)
SELECT id, name, key, words FROM jsonb_populate_recordset(NULL::octavo_genres, $1::jsonb) ON CONFLICT (key) DO NOTHING`

const putBooks = statement(
  "put_books",
  `INSERT INTO octavo_books (${columns.join(", ")})
SELECT ${columns.join(", ")} FROM jsonb_populate_recordset(NULL::octavo_books, $1::jsonb)
ON CONFLICT (isbn) DO UPDATE SET ${changeable.map((name) => `${name} = excluded.${name}`).join(", ")}
WHERE (${changeable.map((name) => `octavo_books.${name}`).join(", ")})
IS DISTINCT FROM (${changeable.map((name) => `excluded.${name}`).join(", ")})`
)

const page = statement(
  "page",
  `SELECT ${shown}, (SELECT count(*) FROM octavo_books) AS total
FROM octavo_books b ORDER BY left(search_title, 500), id LIMIT 20 OFFSET $1`
)

const search = statement(
  "search",
  `WITH ranked AS (
  SELECT id, search_title, count(*) OVER () AS total, CASE
    WHEN search_title::tsvector @@ $1::tsquery THEN 0 WHEN search_title::tsvector @@ $2::tsquery THEN 1 ELSE 2 END AS rank
  FROM octavo_books WHERE (search_title || ' ' || search_rest)::tsvector @@ $1::tsquery
  ORDER BY rank, search_title, id LIMIT 20
)
SELECT ${shown}, r.total FROM ranked r JOIN octavo_books b ON b.id = r.id ORDER BY r.rank, r.search_title, r.id`
)

const addLine = statement(
  "add_line",
  `WITH book AS (SELECT * FROM octavo_books WHERE id = $3 FOR KEY SHARE), added AS (
  INSERT INTO octavo_cart_lines (customer_id, id, book_id, slot, quantity, added_at)
  SELECT $1, $2, b.id, (SELECT coalesce(max(slot), 0) + 1 FROM octavo_cart_lines WHERE customer_id = $1), 1, $4
  FROM book b WHERE b.stock > 0 AND (SELECT count(*) FROM octavo_cart_lines WHERE customer_id = $1) < 100
  ON CONFLICT DO NOTHING RETURNING id AS line_id
)
SELECT ${shown}, a.line_id FROM book b, added a`
)

const view = statement(
  "view",
  `SELECT ${shown}, l.id AS line_id, l.quantity, l.added_at
FROM octavo_cart_lines l JOIN octavo_books b ON b.id = l.book_id WHERE l.customer_id = $1 ORDER BY l.added_at, l.id`
)

const take = statement(
  "take",
  `WITH l AS (DELETE FROM octavo_cart_lines WHERE customer_id = $1 RETURNING *)
SELECT b.id, b.title, b.author, b.price, b.cover_image_url, l.id AS line_id, l.quantity, l.added_at
FROM l JOIN octavo_books b ON b.id = l.book_id ORDER BY l.added_at, l.id`
)

const addOrder = statement(
  "add_order",
  `WITH o AS (
  INSERT INTO octavo_orders (customer_id, id, status, total, currency, payment_key, created_at)
  VALUES ($1, $2, 'pending_payment', $3, $4, $5, $6)
)
INSERT INTO octavo_order_lines (customer_id, order_id, id, position, book_id, quantity, unit_price, title, author, cover_image_url, added_at)
SELECT $1, $2, id, position, book_id, quantity, unit_price, title, author, cover_image_url, added_at
FROM jsonb_populate_recordset(NULL::octavo_order_lines, $7::jsonb)`
)

/** Locks in ascending id, so that crossed carts wait and do not deadlock. */
const reserve = statement(
  "reserve",
  `WITH l AS (SELECT book_id, quantity FROM jsonb_populate_recordset(NULL::octavo_order_lines, $1::jsonb)), locked AS MATERIALIZED (
  SELECT id FROM octavo_books WHERE id IN (SELECT book_id FROM l) ORDER BY id FOR NO KEY UPDATE
)
UPDATE octavo_books b SET stock = b.stock - l.quantity FROM l JOIN locked ON locked.id = l.book_id
WHERE b.id = l.book_id AND b.stock >= l.quantity`
)

const settle = statement(
  "settle",
  `WITH paid AS (
  UPDATE octavo_orders SET status = 'confirmed', payment_id = $3, paid_at = $4
  WHERE customer_id = $1 AND id = $2 AND status = 'pending_payment' RETURNING id
)
INSERT INTO octavo_outbox (id, aggregate_id, type, payload, created_at, due_at)
SELECT $5, id, 'OrderConfirmed', $6, $4, $4 FROM paid`
)

const box = statement("box", Fulfilment.selectBox("$1", "$2::timestamptz"))

const lease = statement(
  "lease",
  `INSERT INTO octavo_leases (key, holder, token, since, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, token = excluded.token, since = excluded.since,
expires_at = excluded.expires_at WHERE octavo_leases.expires_at <= excluded.since`
)

const release = statement("release", "DELETE FROM octavo_leases WHERE key = $1 AND token = $2")

interface NamedStatement extends Waiting.Named {
  readonly name: string
}

const byName = (name: string, text: string): NamedStatement => {
  const named = Waiting.named(text)
  return { ...named, name, text: Waiting.numbered(named) }
}

const prebook = byName(
  "prebook",
  `WITH b AS (${Waiting.countIn} RETURNING id)
INSERT INTO ${Waiting.putIn} AND EXISTS (SELECT 1 FROM b)`
)

const wish = byName("wish", `INSERT INTO ${Waiting.wished} ON CONFLICT DO NOTHING`)

const wishes = statement(
  "wishes",
  `SELECT ${shown}, w.id AS wish_id, w.added_at, count(*) OVER () AS total FROM octavo_wishes w
JOIN octavo_books b ON b.id = w.book_id WHERE w.customer_id = $1 ORDER BY w.added_at DESC, w.id DESC LIMIT 20`
)

const stockChanged = `stocked AS (
  INSERT INTO ${Waiting.eventColumns} SELECT @event::uuid, id, 'StockChanged',
  jsonb_build_object('bookId', id, 'from', 0, 'to', @quantity::integer), @at::timestamptz, @at::timestamptz FROM b
)`

/** Under the row's lock from the first to the last of those who wait. */
const restock = {
  broadcast: byName(
    "restock_broadcast",
    `WITH b AS (
  UPDATE octavo_books SET stock = @quantity::integer, put_in = put_in + @quantity::integer, waiting = 0, wave = wave + 1
  WHERE id = @book::uuid RETURNING id
), ${stockChanged}, served AS (
  UPDATE octavo_prebooks SET status = 'notified', notified_at = @at::timestamptz
  WHERE ${Waiting.waitingOf} AND EXISTS (SELECT 1 FROM b) RETURNING id, customer_id, book_id, title, author
)
INSERT INTO ${Waiting.eventColumns} SELECT id, id, 'PreBookingNotified', jsonb_build_object('preBookingId', id,
  'customerId', customer_id, 'bookId', book_id, 'title', title, 'author', author), @at::timestamptz, @at::timestamptz FROM served`
  ),
  queue: byName(
    "restock_queue",
    `WITH b AS (SELECT id FROM octavo_books WHERE id = @book::uuid FOR NO KEY UPDATE), ${stockChanged}, served AS (
  UPDATE octavo_prebooks SET status = 'held', notified_at = @at::timestamptz, expires_at = @until::timestamptz
  WHERE book_id = @book::uuid AND id IN (
    SELECT p.id FROM octavo_prebooks p JOIN b ON b.id = p.book_id WHERE p.status = 'waiting'
    ORDER BY p.created_at, p.id LIMIT @quantity::integer
  ) RETURNING id, customer_id, book_id, title, author
), kept AS (
  UPDATE octavo_books SET put_in = put_in + @quantity::integer, stock = @quantity::integer - (SELECT count(*) FROM served),
  waiting = waiting - (SELECT count(*) FROM served), held = held + (SELECT count(*) FROM served) WHERE id = @book::uuid
)
INSERT INTO ${Waiting.eventColumns} SELECT id, id, 'PreBookingHeld', jsonb_build_object('preBookingId', id,
  'customerId', customer_id, 'bookId', book_id, 'title', title, 'author', author, 'expiresAt', @until::timestamptz), @at::timestamptz, @at::timestamptz FROM served`
  )
}

const boxNames = Fulfilment.boxColumns.join(", ")

const putBox = statement(
  "put_box",
  `WITH v AS (SELECT * FROM jsonb_to_record($1::jsonb) AS r(order_id uuid, customer_id text, state text, stage text,
  epoch integer, before integer, version integer, holder text, token text, taken_at timestamptz, expires_at timestamptz,
  picked_at timestamptz, packed_at timestamptz, entry_id uuid, kind text, entry_stage text, at timestamptz)),
o AS (SELECT o.id FROM octavo_orders o JOIN v ON v.order_id = o.id WHERE o.status = 'confirmed' FOR SHARE OF o),
w AS (
  INSERT INTO octavo_fulfilments (${boxNames}) SELECT ${Fulfilment.boxColumns.map((name) => `v.${name}`).join(", ")}
  FROM v JOIN o ON o.id = v.order_id ON CONFLICT (order_id) DO UPDATE
  SET ${Fulfilment.boxColumns.map((name) => `${name} = excluded.${name}`).join(", ")}
  WHERE octavo_fulfilments.version = excluded.version - 1 RETURNING order_id
)
INSERT INTO octavo_fulfilment_entries (order_id, version, id, epoch, kind, stage, worker, at)
SELECT w.order_id, v.version, v.entry_id, v.epoch, v.kind, v.entry_stage, v.holder, v.at FROM w CROSS JOIN v`
)

/** All of the first phase, its own commit; a cart that is empty or falls short divides by zero, and all is undone. */
const prepareInSql = statement(
  "prepare_in_sql",
  `WITH taken AS (DELETE FROM octavo_cart_lines WHERE customer_id = $1 RETURNING *), locked AS MATERIALIZED (
  SELECT * FROM octavo_books WHERE id IN (SELECT book_id FROM taken) ORDER BY id FOR NO KEY UPDATE
), lines AS MATERIALIZED (
  SELECT t.*, b.title, b.author, b.price, b.cover_image_url, row_number() OVER (ORDER BY t.added_at, t.id) - 1 AS position
  FROM taken t JOIN locked b ON b.id = t.book_id WHERE b.stock >= t.quantity
), complete AS MATERIALIZED (
  SELECT 1 / (CASE WHEN count(*) > 0 AND count(*) = (SELECT count(*) FROM taken) THEN 1 ELSE 0 END) AS yes,
  sum(price * quantity) AS total FROM lines
), placed AS (
  INSERT INTO octavo_orders (customer_id, id, status, total, currency, payment_key, created_at)
  SELECT $1, $2, 'pending_payment', total, 'USD', $3, $4 FROM complete WHERE yes = 1 RETURNING total
), written AS (
  INSERT INTO octavo_order_lines (customer_id, order_id, id, position, book_id, quantity, unit_price, title, author, cover_image_url, added_at)
  SELECT $1, $2, id, position, book_id, quantity, price, title, author, cover_image_url, added_at FROM lines
), reserved AS (
  UPDATE octavo_books b SET stock = b.stock - l.quantity FROM lines l WHERE b.id = l.book_id
)
SELECT p.total, l.* FROM placed p, lines l ORDER BY l.position`
)
