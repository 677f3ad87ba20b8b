import type { Types } from "../Migrations.js"

/** Customers' tables lead with the customer, books' tables with the book, and no foreign key crosses over. */
export const statements = ({ dialect, uuid, instant, json, bytewise, largeInteger }: Types): ReadonlyArray<string> => [
  `CREATE TABLE octavo_store (
  id integer NOT NULL PRIMARY KEY CHECK (id = 1),
  currency text NOT NULL
)`,
  `CREATE TABLE octavo_genres (
  id ${uuid} NOT NULL PRIMARY KEY,
  name text NOT NULL,
  key ${bytewise} NOT NULL,
  words text NOT NULL,
  CONSTRAINT octavo_genres_key UNIQUE (key)
)`,
  // The row id is named so that VACUUM keeps it: the search index refers to it.
  `CREATE TABLE octavo_books (
  ${dialect === "sqlite" ? "rowid_ integer PRIMARY KEY,\n  id text NOT NULL UNIQUE," : "id uuid NOT NULL PRIMARY KEY,"}
  title text NOT NULL,
  author text NOT NULL,
  price ${largeInteger} NOT NULL CHECK (price > 0),
  isbn text,
  genre_id ${uuid},
  description text,
  cover_image_url text,
  publish_date ${bytewise} CHECK (publish_date LIKE '____-__-__'),
  stock integer NOT NULL CHECK (stock BETWEEN 0 AND 2147483647),
  created_at ${instant} NOT NULL,
  search_title ${bytewise} NOT NULL,
  search_rest text NOT NULL,
  author_key text NOT NULL,
  CONSTRAINT octavo_books_isbn UNIQUE (isbn)
)${dialect === "postgres" ? " WITH (fillfactor = 90)" : ""}`,
  // An index entry has a limit in PostgreSQL, and a title may be longer; ties are sorted out by the whole.
  dialect === "postgres"
    ? "CREATE INDEX octavo_books_title ON octavo_books (left(search_title, 500), id)"
    : "CREATE INDEX octavo_books_title ON octavo_books (search_title, id)",
  "CREATE INDEX octavo_books_price ON octavo_books (price, id)",
  "CREATE INDEX octavo_books_price_down ON octavo_books (price DESC, id)",
  "CREATE INDEX octavo_books_date ON octavo_books (publish_date, id)",
  `CREATE INDEX octavo_books_date_down ON octavo_books (publish_date DESC${dialect === "postgres" ? " NULLS LAST" : ""}, id)`,
  "CREATE INDEX octavo_books_created ON octavo_books (created_at, id)",
  "CREATE INDEX octavo_books_created_down ON octavo_books (created_at DESC, id)",
  "CREATE INDEX octavo_books_genre ON octavo_books (genre_id)",
  ...(dialect === "postgres" ? [postgresSearch] : sqliteSearch),
  `CREATE TABLE octavo_cart_lines (
  customer_id ${bytewise} NOT NULL,
  id ${uuid} NOT NULL,
  book_id ${uuid} NOT NULL,
  slot integer NOT NULL CHECK (slot > 0),
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  added_at ${instant} NOT NULL,
  PRIMARY KEY (customer_id, id),
  CONSTRAINT octavo_cart_lines_book UNIQUE (customer_id, book_id),
  CONSTRAINT octavo_cart_lines_slot UNIQUE (customer_id, slot)
)`,
  "CREATE INDEX octavo_cart_lines_of_book ON octavo_cart_lines (book_id)",
  `CREATE TABLE octavo_orders (
  customer_id ${bytewise} NOT NULL,
  id ${uuid} NOT NULL,
  status ${bytewise} NOT NULL CHECK (status IN ('pending_payment', 'confirmed', 'payment_failed', 'cancelled', 'refunded')),
  total ${largeInteger} NOT NULL CHECK (total >= 0),
  currency text NOT NULL,
  payment_key text NOT NULL,
  idempotency_key ${bytewise},
  request_digest text,
  payment_id text,
  reason text,
  created_at ${instant} NOT NULL,
  paid_at ${instant},
  failed_at ${instant},
  cancelled_at ${instant},
  refunded_at ${instant},
  PRIMARY KEY (customer_id, id),
  CONSTRAINT octavo_orders_idempotency UNIQUE (customer_id, idempotency_key),
  CHECK ((idempotency_key IS NULL) = (request_digest IS NULL)),
  CHECK ((payment_id IS NOT NULL) = (status IN ('confirmed', 'cancelled', 'refunded'))),
  CHECK ((paid_at IS NOT NULL) = (status IN ('confirmed', 'cancelled', 'refunded'))),
  CHECK (payment_id <> ''),
  CHECK (reason <> ''),
  CHECK ((reason IS NOT NULL) = (status = 'payment_failed')),
  CHECK ((failed_at IS NOT NULL) = (status = 'payment_failed')),
  CHECK ((cancelled_at IS NOT NULL) = (status IN ('cancelled', 'refunded'))),
  CHECK ((refunded_at IS NOT NULL) = (status = 'refunded'))
)`,
  "CREATE INDEX octavo_orders_id ON octavo_orders (id)",
  "CREATE INDEX octavo_orders_of_customer ON octavo_orders (customer_id, created_at, id)",
  "CREATE INDEX octavo_orders_newest ON octavo_orders (created_at, id)",
  "CREATE INDEX octavo_orders_by_status ON octavo_orders (status, created_at, id)",
  "CREATE INDEX octavo_orders_pending ON octavo_orders (customer_id, created_at) WHERE status = 'pending_payment'",
  `CREATE TABLE octavo_order_lines (
  customer_id ${bytewise} NOT NULL,
  order_id ${uuid} NOT NULL,
  id ${uuid} NOT NULL,
  position integer NOT NULL,
  book_id ${uuid} NOT NULL,
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  unit_price ${largeInteger} NOT NULL CHECK (unit_price > 0),
  title text NOT NULL,
  author text NOT NULL,
  cover_image_url text,
  added_at ${instant} NOT NULL,
  PRIMARY KEY (customer_id, order_id, id),
  FOREIGN KEY (customer_id, order_id) REFERENCES octavo_orders (customer_id, id)
)`,
  `CREATE TABLE octavo_outbox (
  id ${uuid} NOT NULL PRIMARY KEY,
  aggregate_id ${uuid} NOT NULL,
  type text NOT NULL,
  payload ${json} NOT NULL,
  created_at ${instant} NOT NULL,
  delivered_at ${instant}
)`,
  "CREATE INDEX octavo_outbox_waiting ON octavo_outbox (id) WHERE delivered_at IS NULL"
]

// internal

// The words hold letters, digits and marks only, so the text is a tsvector as it stands and no parser cuts it again.
// Without `fastupdate = off` every search after an import reads through what it left for later.
const postgresSearch = `CREATE INDEX octavo_books_words ON octavo_books
USING gin (((search_title || ' ' || search_rest)::tsvector)) WITH (fastupdate = off)`

// `ascii` takes every character beyond ASCII as part of a word, which keeps the words as they were cut.
const sqliteSearch = [
  `CREATE VIRTUAL TABLE octavo_books_words USING fts5 (
  search_title, search_rest,
  content = 'octavo_books', content_rowid = 'rowid_', tokenize = 'ascii', prefix = '1 2 3'
)`,
  `CREATE TRIGGER octavo_books_words_insert AFTER INSERT ON octavo_books BEGIN
  INSERT INTO octavo_books_words (rowid, search_title, search_rest) VALUES (new.rowid_, new.search_title, new.search_rest);
END`,
  `CREATE TRIGGER octavo_books_words_delete AFTER DELETE ON octavo_books BEGIN
  INSERT INTO octavo_books_words (octavo_books_words, rowid, search_title, search_rest)
  VALUES ('delete', old.rowid_, old.search_title, old.search_rest);
END`,
  `CREATE TRIGGER octavo_books_words_update AFTER UPDATE OF search_title, search_rest ON octavo_books
WHEN old.search_title <> new.search_title OR old.search_rest <> new.search_rest BEGIN
  INSERT INTO octavo_books_words (octavo_books_words, rowid, search_title, search_rest)
  VALUES ('delete', old.rowid_, old.search_title, old.search_rest);
  INSERT INTO octavo_books_words (rowid, search_title, search_rest) VALUES (new.rowid_, new.search_title, new.search_rest);
END`
]
