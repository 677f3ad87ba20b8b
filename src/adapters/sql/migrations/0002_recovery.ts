import type { Types } from "../Migrations.js"

/**
 * Deliveries, leases, refunds, what was heard from outside, and what the shop has put in of each book. Tables are
 * altered in the order in which a checkout locks them.
 */
export const statements = ({ dialect, uuid, instant, bytewise, largeInteger }: Types): ReadonlyArray<string> => [
  // How many events were told of it: the place of the next one in their order, counted under the lock of its row.
  "ALTER TABLE octavo_orders ADD COLUMN told integer NOT NULL DEFAULT 0 CHECK (told >= 0)",
  "CREATE INDEX octavo_orders_never_charged ON octavo_orders (created_at, id) WHERE status = 'payment_failed' AND reason = 'never_charged'",
  "DROP INDEX octavo_outbox_waiting",
  ...(dialect === "sqlite" ? sqliteOutbox : postgresOutbox(instant)),
  `UPDATE octavo_outbox SET due_at = octavo_outbox.created_at, seq = v.seq FROM (
  SELECT id, row_number() OVER (PARTITION BY aggregate_id ORDER BY id) AS seq FROM octavo_outbox
) AS v WHERE v.id = octavo_outbox.id`,
  // What holds up what, and what is due among much that is not.
  "CREATE INDEX octavo_outbox_of_aggregate ON octavo_outbox (aggregate_id, seq) WHERE delivered_at IS NULL",
  "CREATE INDEX octavo_outbox_due ON octavo_outbox (due_at, id) WHERE delivered_at IS NULL AND NOT parked",
  `UPDATE octavo_orders SET told = v.told FROM (
  SELECT aggregate_id, count(*) AS told FROM octavo_outbox GROUP BY aggregate_id
) AS v WHERE v.aggregate_id = octavo_orders.id`,
  "ALTER TABLE octavo_books ADD COLUMN told integer NOT NULL DEFAULT 0 CHECK (told >= 0)",
  `ALTER TABLE octavo_books ADD COLUMN put_in ${largeInteger} NOT NULL DEFAULT 0`,
  `UPDATE octavo_books SET put_in = octavo_books.stock + v.copies FROM (
  SELECT b.id, coalesce(c.copies, 0) AS copies FROM octavo_books b LEFT JOIN (
    SELECT l.book_id, sum(l.quantity) AS copies
    FROM octavo_orders o JOIN octavo_order_lines l ON l.customer_id = o.customer_id AND l.order_id = o.id
    WHERE o.status IN ('pending_payment', 'confirmed') GROUP BY l.book_id
  ) AS c ON c.book_id = b.id
) AS v WHERE v.id = octavo_books.id`,
  `CREATE TABLE octavo_leases (
  key text NOT NULL PRIMARY KEY,
  holder text NOT NULL,
  token text NOT NULL,
  since ${instant} NOT NULL,
  expires_at ${instant} NOT NULL CHECK (expires_at > since)
)`,
  `CREATE TABLE octavo_refunds (
  customer_id ${bytewise} NOT NULL,
  order_id ${uuid} NOT NULL,
  key text NOT NULL CHECK (key <> ''),
  payment_id ${bytewise} NOT NULL CHECK (payment_id <> ''),
  amount ${largeInteger} NOT NULL CHECK (amount >= 0),
  currency text NOT NULL,
  due_at ${instant} NOT NULL,
  done_at ${instant},
  PRIMARY KEY (customer_id, order_id, key),
  FOREIGN KEY (customer_id, order_id) REFERENCES octavo_orders (customer_id, id)
)`,
  // A provider's name for a payment may be longer than an index entry of PostgreSQL.
  `CREATE UNIQUE INDEX octavo_refunds_payment ON octavo_refunds
(customer_id, order_id, ${dialect === "postgres" ? "md5(payment_id)" : "payment_id"})`,
  "CREATE INDEX octavo_refunds_due ON octavo_refunds (due_at, order_id) WHERE done_at IS NULL",
  `CREATE TABLE octavo_inbox (
  source text NOT NULL,
  id text NOT NULL,
  received_at ${instant} NOT NULL,
  PRIMARY KEY (source, id)
)`
]

// internal

const postgresOutbox = (instant: string) => [
  "ALTER TABLE octavo_outbox ADD COLUMN seq integer NOT NULL DEFAULT 1 CHECK (seq > 0)",
  "ALTER TABLE octavo_outbox ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0)",
  "ALTER TABLE octavo_outbox ADD COLUMN attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0)",
  `ALTER TABLE octavo_outbox ADD COLUMN due_at ${instant} NOT NULL DEFAULT '1970-01-01T00:00:00.000Z'`,
  `ALTER TABLE octavo_outbox ADD COLUMN parked boolean NOT NULL DEFAULT false
CHECK (parked IN (false, true) AND NOT (parked AND delivered_at IS NOT NULL))`,
  "ALTER TABLE octavo_outbox ADD COLUMN error text",
  `ALTER TABLE octavo_outbox ADD COLUMN token text
CHECK (token IS NULL OR (delivered_at IS NULL AND NOT parked))`,
  `ALTER TABLE octavo_outbox ADD COLUMN leased_until ${instant} CHECK ((token IS NULL) = (leased_until IS NULL))`
]

// In the order of its ids, so that writing an event touches one page less.
const sqliteOutbox = [
  "ALTER TABLE octavo_outbox RENAME TO octavo_outbox_before",
  `CREATE TABLE octavo_outbox (
  id text NOT NULL PRIMARY KEY,
  aggregate_id text NOT NULL,
  type text NOT NULL,
  payload text NOT NULL,
  created_at text NOT NULL,
  delivered_at text,
  seq integer NOT NULL DEFAULT 1 CHECK (seq > 0),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  due_at text NOT NULL DEFAULT '1970-01-01T00:00:00.000Z',
  parked boolean NOT NULL DEFAULT false CHECK (parked IN (false, true) AND NOT (parked AND delivered_at IS NOT NULL)),
  error text,
  token text CHECK (token IS NULL OR (delivered_at IS NULL AND NOT parked)),
  leased_until text CHECK ((token IS NULL) = (leased_until IS NULL))
) WITHOUT ROWID`,
  `INSERT INTO octavo_outbox (id, aggregate_id, type, payload, created_at, delivered_at)
SELECT id, aggregate_id, type, payload, created_at, delivered_at FROM octavo_outbox_before`,
  "DROP TABLE octavo_outbox_before"
]
