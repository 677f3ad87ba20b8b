/** The shop as one would write it by hand on better-sqlite3: statements prepared once, one row a statement. */
import Database from "better-sqlite3"
import * as Genre from "../../src/domain/Genre.js"
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

export const open = (filename: string): Shop => {
  const db = new Database(filename)
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.pragma("foreign_keys = ON")
  db.pragma("busy_timeout = 50")

  const genre = db.prepare<[string], { id: string }>("SELECT id FROM octavo_genres WHERE key = ?")
  const addGenre = db.prepare("INSERT INTO octavo_genres (id, name, key, words) VALUES (?, ?, ?, ?)")
  const putBook = db.prepare(`INSERT INTO octavo_books (${columns.join(", ")})
VALUES (${columns.map((name) => `@${name}`).join(", ")}) ON CONFLICT (isbn) DO UPDATE
SET ${changeable.map((name) => `${name} = excluded.${name}`).join(", ")}
WHERE ${changeable.map((name) => `octavo_books.${name} IS NOT excluded.${name}`).join(" OR ")}`)

  const page = db.prepare<[number], BookRow>(
    `SELECT ${shown} FROM octavo_books b ORDER BY search_title, id LIMIT 20 OFFSET ?`
  )
  const books = db.prepare<[], { total: number }>("SELECT count(*) AS total FROM octavo_books")
  const search = db.prepare<[string, string, string], BookRow & { total: number }>(`WITH found AS (
  SELECT rowid FROM octavo_books_words WHERE octavo_books_words MATCH ?
), ranked AS (
  SELECT f.rowid, count(*) OVER () AS total, b.search_title, b.id, CASE
    WHEN f.rowid IN (SELECT rowid FROM octavo_books_words WHERE octavo_books_words MATCH ?) THEN 0
    WHEN f.rowid IN (SELECT rowid FROM octavo_books_words WHERE octavo_books_words MATCH ?) THEN 1 ELSE 2 END AS rank
  FROM found f JOIN octavo_books b ON b.rowid_ = f.rowid ORDER BY rank, b.search_title, b.id LIMIT 20
)
SELECT ${shown}, r.total FROM ranked r JOIN octavo_books b ON b.rowid_ = r.rowid ORDER BY r.rank, r.search_title, r.id`)

  const addLine = db.prepare<[object], BookRow>(`INSERT INTO octavo_cart_lines
SELECT @customer, @id, b.id, (SELECT coalesce(max(slot), 0) + 1 FROM octavo_cart_lines WHERE customer_id = @customer), 1, @at
FROM octavo_books b WHERE b.id = @book AND b.stock > 0
AND (SELECT count(*) FROM octavo_cart_lines WHERE customer_id = @customer) < 100 ON CONFLICT DO NOTHING`)
  const book = db.prepare<[string], BookRow>(`SELECT ${shown} FROM octavo_books b WHERE b.id = ?`)
  const lines = db.prepare<[string], CartRow>(`SELECT ${shown}, l.id AS line_id, l.quantity, l.added_at
FROM octavo_cart_lines l JOIN octavo_books b ON b.id = l.book_id WHERE l.customer_id = ? ORDER BY l.added_at, l.id`)

  const empty = db.prepare("DELETE FROM octavo_cart_lines WHERE customer_id = ?")
  const addOrder =
    db.prepare(`INSERT INTO octavo_orders (customer_id, id, status, total, currency, payment_key, created_at)
VALUES (@customer_id, @id, 'pending_payment', @total, @currency, @payment_key, @created_at)`)
  const addOrderLine = db.prepare(`INSERT INTO octavo_order_lines
VALUES (?, ?, @id, @position, @book_id, @quantity, @unit_price, @title, @author, @cover_image_url, @added_at)`)
  const reserve = db.prepare("UPDATE octavo_books SET stock = stock - ? WHERE id = ? AND stock >= ?")
  const confirm = db.prepare(`UPDATE octavo_orders SET status = 'confirmed', payment_id = ?, paid_at = ?
WHERE customer_id = ? AND id = ? AND status = 'pending_payment'`)
  const tell = db.prepare(`INSERT INTO octavo_outbox (id, aggregate_id, type, payload, created_at, due_at)
VALUES (?, ?, 'OrderConfirmed', ?, ?, ?)`)

  const importBooks = db.transaction((rows: Parameters<Shop["importBooks"]>[0]) => {
    const known = new Map<string, string>()
    for (const row of rows) {
      const name = row.genre?.trim()
      if (name && !known.has(name)) {
        const there = genre.get(Genre.key(name))
        const id = there?.id ?? uuid()
        if (!there) addGenre.run(id, name, Genre.key(name), SearchText.words(name).join(" "))
        known.set(name, id)
      }
      putBook.run(bookOf(row, name ? (known.get(name) ?? null) : null, name ?? ""))
    }
  })

  const prepare = db.transaction((customer: string) => {
    const order = orderOf(customer, lines.all(customer))
    empty.run(customer)
    addOrder.run(order)
    for (const line of order.lines) addOrderLine.run(customer, order.id, line)
    const short = order.lines.filter(({ book_id, quantity }) => reserve.run(quantity, book_id, quantity).changes === 0)
    if (short.length > 0) throw new Error(`not enough of ${short.map(({ title }) => title).join(", ")}`)
    return order
  })

  const settle = db.transaction((order: ReturnType<typeof orderOf>, paymentId: string) => {
    const at = now()
    const event = confirmation(order, at)
    if (confirm.run(paymentId, at, order.customer_id, order.id).changes === 0) throw new Error("settled before")
    tell.run(event.id, order.id, event.payload, at, at)
  })

  const box = db.prepare<[{ at: string; order: string }], Fulfilment.BoxRow>(Fulfilment.selectBox("@order", "@at"))
  const lease = db.prepare(`INSERT INTO octavo_leases (key, holder, token, since, expires_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, token = excluded.token, since = excluded.since,
expires_at = excluded.expires_at WHERE octavo_leases.expires_at <= excluded.since`)
  const release = db.prepare("DELETE FROM octavo_leases WHERE key = ? AND token = ?")
  const putBox = db.prepare(`INSERT INTO octavo_fulfilments (${Fulfilment.boxColumns.join(", ")})
VALUES (${Fulfilment.boxColumns.map((name) => `@${name}`).join(", ")}) ON CONFLICT (order_id) DO UPDATE
SET ${Fulfilment.boxColumns.map((name) => `${name} = excluded.${name}`).join(", ")}
WHERE octavo_fulfilments.version = @before`)
  const note = db.prepare(`INSERT INTO octavo_fulfilment_entries (order_id, version, id, epoch, kind, stage, worker, at)
VALUES (@order_id, @version, @entry_id, @epoch, @kind, @entry_stage, @holder, @at)`)
  const write = (written: Fulfilment.Written) => {
    if (putBox.run(written).changes === 0) throw new Error("others were faster")
    note.run(written)
  }
  const take = db.transaction((worker: string, order: string) => {
    const next = Fulfilment.taken(box.get({ at: now(), order }), order, worker)
    const { token, taken_at, expires_at } = next
    if (lease.run(Fulfilment.leaseKey(order), worker, token, taken_at, expires_at).changes === 0)
      throw new Error("others were faster")
    write(next)
    return next
  })
  const give = db.transaction((worker: string, order: string, kind: "paused" | "completed") => {
    const row = box.get({ at: now(), order })
    const next = Fulfilment.given(row, order, worker, kind)
    write(next)
    if (release.run(Fulfilment.leaseKey(order), row?.token).changes === 0) throw new Error("others were faster")
    return next
  })

  const countIn = db.prepare<[object]>(Waiting.countIn)
  const putIn = db.prepare<[object]>(`INSERT INTO ${Waiting.putIn}`)
  const prebook = db.transaction((customer: string, book: string) => {
    const asked = Waiting.asked(customer, book)
    if (countIn.run(asked).changes === 0) throw new Error("in stock")
    putIn.run(asked)
  })
  const stocked = db.prepare<[object]>(`INSERT INTO ${Waiting.eventColumns}
VALUES (@event, @book, 'StockChanged', json_object('bookId', @book, 'from', 0, 'to', @quantity), @at, @at)`)
  const notified = `json_object('preBookingId', id, 'customerId', customer_id, 'bookId', book_id, 'title', title, 'author', author)`
  const tellAll = db.prepare<[object]>(`INSERT INTO ${Waiting.eventColumns}
SELECT id, id, 'PreBookingNotified', ${notified}, @at, @at FROM octavo_prebooks WHERE ${Waiting.waitingOf}`)
  const notifyAll = db.prepare<[object]>(
    `UPDATE octavo_prebooks SET status = 'notified', notified_at = @at WHERE ${Waiting.waitingOf}`
  )
  const onSale = db.prepare<[object]>(
    "UPDATE octavo_books SET stock = @quantity, put_in = put_in + @quantity, waiting = 0, wave = wave + 1 WHERE id = @book"
  )
  const next = `SELECT id FROM octavo_prebooks WHERE ${Waiting.waitingOf} ORDER BY created_at, id LIMIT @quantity`
  const tellNext = db.prepare<[object]>(`INSERT INTO ${Waiting.eventColumns}
SELECT id, id, 'PreBookingHeld', json_set(${notified}, '$.expiresAt', @until), @at, @at FROM octavo_prebooks
WHERE book_id = @book AND id IN (${next})`)
  const holdNext = db.prepare<
    [object]
  >(`UPDATE octavo_prebooks SET status = 'held', notified_at = @at, expires_at = @until
WHERE book_id = @book AND id IN (${next})`)
  const kept = db.prepare<[object]>(`UPDATE octavo_books SET put_in = put_in + @quantity, stock = @quantity - @held,
waiting = waiting - @held, held = held + @held WHERE id = @book`)
  const restock = {
    broadcast: db.transaction((book: string, quantity: number) => {
      const values = Waiting.restocked(book, quantity)
      stocked.run(values)
      tellAll.run(values)
      notifyAll.run(values)
      onSale.run(values)
    }),
    queue: db.transaction((book: string, quantity: number) => {
      const values = Waiting.restocked(book, quantity)
      stocked.run(values)
      tellNext.run(values)
      const held = holdNext.run(values).changes
      kept.run({ ...values, held })
    })
  }
  const wish = db.prepare<[object]>(`INSERT INTO ${Waiting.wished} ON CONFLICT DO NOTHING`)
  const wishes = db.prepare<[string], BookRow>(`SELECT ${shown}, w.id AS wish_id, w.added_at, count(*) OVER () AS total
FROM octavo_wishes w JOIN octavo_books b ON b.id = w.book_id WHERE w.customer_id = ?
ORDER BY w.added_at DESC, w.id DESC LIMIT 20`)

  return {
    importBooks: (rows) => importBooks.immediate(rows),
    page: (number) => ({ items: page.all((number - 1) * 20), total: books.get()?.total ?? 0 }),
    search: (text) => {
      const words = SearchText.query(text).map((word) => `"${word}"*`)
      const items = search.all(
        words.join(" "),
        `search_title : (${words.join(" ")})`,
        `search_title : (${words.join(" OR ")})`
      )
      return { items, total: items[0]?.total ?? 0 }
    },
    add: (customer, bookId) => {
      const line = { customer, id: uuid(), book: bookId, at: now() }
      if (addLine.run(line).changes === 0) throw new Error("cannot be added")
      return { line, book: book.get(bookId) }
    },
    view: (customer) => {
      const items = lines.all(customer)
      return { items, totalPrice: items.reduce((sum, { price, quantity }) => sum + price * quantity, 0) }
    },
    checkout: async (customer) => {
      const order = prepare.immediate(customer)
      const { paymentId } = await charge(order.payment_key)
      settle.immediate(order, paymentId)
      return order
    },
    take: (worker, order) => take.immediate(worker, order),
    pause: (worker, order) => give.immediate(worker, order, "paused"),
    complete: (worker, order) => give.immediate(worker, order, "completed"),
    prebook: (customer, book) => prebook.immediate(customer, book),
    restock: (book, quantity, policy) => restock[policy].immediate(book, quantity),
    wish: (customer, book) => {
      if (wish.run(Waiting.asked(customer, book)).changes === 0) throw new Error("there already")
    },
    wishes: (customer) => wishes.all(customer),
    close: () => db.close()
  }
}

// internal

const shown =
  "b.id, b.title, b.author, b.price, b.isbn, b.genre_id, b.description, b.cover_image_url, b.publish_date, b.stock, b.created_at"
