import type { Types } from "../Migrations.js"

/** Orders that have left the house, what workers do with orders, and what they have done. */
export const statements = (types: Types): ReadonlyArray<string> => {
  const { dialect, uuid, instant, bytewise } = types
  return [
    ...(dialect === "sqlite" ? sqliteOrders(types) : postgresOrders(instant)),
    `CREATE TABLE octavo_fulfilments (
  order_id ${uuid} NOT NULL PRIMARY KEY,
  customer_id ${bytewise} NOT NULL,
  state text NOT NULL CHECK (state IN ('ready', 'in_progress', 'paused', 'done')),
  stage text CHECK (stage IN ('pick', 'pack', 'dispatch')),
  epoch integer NOT NULL CHECK (epoch >= 0),
  version integer NOT NULL CHECK (version > 0),
  holder text,
  token text,
  taken_at ${instant},
  expires_at ${instant},
  picked_at ${instant},
  packed_at ${instant},
  dispatched_at ${instant},
  FOREIGN KEY (customer_id, order_id) REFERENCES octavo_orders (customer_id, id),
  CHECK ((stage IS NULL) = (state = 'done')),
  CHECK (holder IS NOT NULL OR state = 'ready'),
  CHECK ((token IS NOT NULL) = (state = 'in_progress')),
  CHECK ((taken_at IS NOT NULL) = (state = 'in_progress')),
  CHECK ((expires_at IS NOT NULL) = (state = 'in_progress')),
  CHECK ((picked_at IS NULL) = (coalesce(stage, 'done') = 'pick')),
  CHECK ((packed_at IS NULL) = (coalesce(stage, 'done') IN ('pick', 'pack'))),
  CHECK ((dispatched_at IS NOT NULL) = (state = 'done'))
)`,
    "CREATE INDEX octavo_fulfilments_in_hands ON octavo_fulfilments (state, order_id) WHERE state IN ('in_progress', 'paused')",
    `CREATE TABLE octavo_fulfilment_entries (
  order_id ${uuid} NOT NULL REFERENCES octavo_fulfilments (order_id),
  version integer NOT NULL CHECK (version > 0),
  id ${uuid} NOT NULL UNIQUE,
  epoch integer NOT NULL CHECK (epoch >= 0),
  kind text NOT NULL CHECK (kind IN ('taken', 'paused', 'completed', 'renewed', 'revoked')),
  stage text NOT NULL CHECK (stage IN ('pick', 'pack', 'dispatch')),
  worker text NOT NULL,
  at ${instant} NOT NULL,
  PRIMARY KEY (order_id, version)
)`
  ]
}

// internal

const statuses = "'pending_payment', 'confirmed', 'payment_failed', 'cancelled', 'refunded', 'fulfilled'"
const paid = "'confirmed', 'cancelled', 'refunded', 'fulfilled'"

const postgresOrders = (instant: string) => [
  `ALTER TABLE octavo_orders
ADD COLUMN fulfilled_at ${instant},
DROP CONSTRAINT octavo_orders_status_check,
DROP CONSTRAINT octavo_orders_check1,
DROP CONSTRAINT octavo_orders_check2,
ADD CONSTRAINT octavo_orders_status_check CHECK (status IN (${statuses})),
ADD CONSTRAINT octavo_orders_check1 CHECK ((payment_id IS NOT NULL) = (status IN (${paid}))),
ADD CONSTRAINT octavo_orders_check2 CHECK ((paid_at IS NOT NULL) = (status IN (${paid}))),
ADD CONSTRAINT octavo_orders_fulfilled_at_check CHECK ((fulfilled_at IS NOT NULL) = (status = 'fulfilled'))`
]

const before = `customer_id, id, status, total, currency, payment_key, idempotency_key, request_digest, payment_id, reason,
created_at, paid_at, failed_at, cancelled_at, refunded_at, told`

// SQLite changes no constraint: the table is made anew under its name, and those that refer to it find it at the commit.
const sqliteOrders = ({ uuid, instant, bytewise, largeInteger }: Types) => [
  "PRAGMA defer_foreign_keys = ON",
  "CREATE TABLE octavo_orders_before AS SELECT * FROM octavo_orders",
  "DROP TABLE octavo_orders",
  `CREATE TABLE octavo_orders (
  customer_id ${bytewise} NOT NULL,
  id ${uuid} NOT NULL,
  status ${bytewise} NOT NULL CHECK (status IN (${statuses})),
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
  told integer NOT NULL DEFAULT 0 CHECK (told >= 0),
  fulfilled_at ${instant},
  PRIMARY KEY (customer_id, id),
  CONSTRAINT octavo_orders_idempotency UNIQUE (customer_id, idempotency_key),
  CHECK ((idempotency_key IS NULL) = (request_digest IS NULL)),
  CHECK ((payment_id IS NOT NULL) = (status IN (${paid}))),
  CHECK ((paid_at IS NOT NULL) = (status IN (${paid}))),
  CHECK (payment_id <> ''),
  CHECK (reason <> ''),
  CHECK ((reason IS NOT NULL) = (status = 'payment_failed')),
  CHECK ((failed_at IS NOT NULL) = (status = 'payment_failed')),
  CHECK ((cancelled_at IS NOT NULL) = (status IN ('cancelled', 'refunded'))),
  CHECK ((refunded_at IS NOT NULL) = (status = 'refunded')),
  CHECK ((fulfilled_at IS NOT NULL) = (status = 'fulfilled'))
)`,
  `INSERT INTO octavo_orders (${before}) SELECT ${before} FROM octavo_orders_before`,
  "DROP TABLE octavo_orders_before",
  "CREATE INDEX octavo_orders_id ON octavo_orders (id)",
  "CREATE INDEX octavo_orders_of_customer ON octavo_orders (customer_id, created_at, id)",
  "CREATE INDEX octavo_orders_newest ON octavo_orders (created_at, id)",
  "CREATE INDEX octavo_orders_by_status ON octavo_orders (status, created_at, id)",
  "CREATE INDEX octavo_orders_pending ON octavo_orders (customer_id, created_at) WHERE status = 'pending_payment'",
  "CREATE INDEX octavo_orders_never_charged ON octavo_orders (created_at, id) WHERE status = 'payment_failed' AND reason = 'never_charged'"
]
