import type { Types } from "../Migrations.js"

/** Who waits for a book, what is held for whom, what customers wish for, and mail that can reach nobody. */
export const statements = ({ uuid, instant, bytewise }: Types): ReadonlyArray<string> => [
  // How many wait, how many copies are on hold, how many have come in and are not handed out, and how often all were told.
  "ALTER TABLE octavo_books ADD COLUMN waiting integer NOT NULL DEFAULT 0 CHECK (waiting >= 0 AND (waiting = 0 OR stock = 0))",
  "ALTER TABLE octavo_books ADD COLUMN held integer NOT NULL DEFAULT 0 CHECK (held >= 0)",
  "ALTER TABLE octavo_books ADD COLUMN arrived integer NOT NULL DEFAULT 0 CHECK (arrived >= 0)",
  "ALTER TABLE octavo_books ADD COLUMN wave integer NOT NULL DEFAULT 0 CHECK (wave >= 0)",
  "CREATE INDEX octavo_books_arrived ON octavo_books (id) WHERE arrived > 0",
  // No foreign key to the book: what was asked for outlives it.
  `CREATE TABLE octavo_prebooks (
  book_id ${uuid} NOT NULL,
  id ${uuid} NOT NULL,
  customer_id ${bytewise} NOT NULL,
  status text NOT NULL CHECK (status IN ('waiting', 'notified', 'held', 'fulfilled', 'cancelled', 'expired')),
  wave integer NOT NULL,
  title text NOT NULL,
  author text NOT NULL,
  created_at ${instant} NOT NULL,
  notified_at ${instant},
  expires_at ${instant},
  fulfilled_at ${instant},
  cancelled_at ${instant},
  order_id ${uuid},
  PRIMARY KEY (book_id, id),
  CHECK (notified_at IS NOT NULL OR status IN ('waiting', 'cancelled')),
  CHECK (notified_at IS NULL OR status <> 'waiting'),
  CHECK (expires_at IS NOT NULL OR status NOT IN ('held', 'fulfilled', 'expired')),
  CHECK (expires_at IS NULL OR status NOT IN ('waiting', 'notified')),
  CHECK ((fulfilled_at IS NOT NULL) = (status = 'fulfilled')),
  CHECK ((order_id IS NOT NULL) = (status = 'fulfilled')),
  CHECK ((cancelled_at IS NOT NULL) = (status = 'cancelled'))
)`,
  "CREATE UNIQUE INDEX octavo_prebooks_waits ON octavo_prebooks (book_id, wave, customer_id) WHERE status = 'waiting'",
  "CREATE UNIQUE INDEX octavo_prebooks_holds ON octavo_prebooks (book_id, customer_id) WHERE status = 'held'",
  "CREATE INDEX octavo_prebooks_line ON octavo_prebooks (book_id, wave, created_at, id) WHERE status = 'waiting'",
  // Which of one book's lapse next, and which of all.
  "CREATE INDEX octavo_prebooks_held ON octavo_prebooks (book_id, expires_at, id) WHERE status = 'held'",
  "CREATE INDEX octavo_prebooks_lapsing ON octavo_prebooks (expires_at, book_id) WHERE status = 'held'",
  "CREATE INDEX octavo_prebooks_of_customer ON octavo_prebooks (customer_id, created_at, id)",
  "CREATE INDEX octavo_prebooks_of_order ON octavo_prebooks (book_id, order_id) WHERE status = 'fulfilled'",
  // Everyone who waited then is told, or no longer waits: true at once of all, written to each of them by and by.
  `CREATE TABLE octavo_waves (
  book_id ${uuid} NOT NULL,
  wave integer NOT NULL,
  at ${instant} NOT NULL,
  gone boolean NOT NULL CHECK (gone IN (false, true)),
  PRIMARY KEY (book_id, wave)
)`,
  `CREATE TABLE octavo_wishes (
  customer_id ${bytewise} NOT NULL,
  book_id ${uuid} NOT NULL,
  id ${uuid} NOT NULL,
  added_at ${instant} NOT NULL,
  PRIMARY KEY (customer_id, book_id)
)`,
  "CREATE INDEX octavo_wishes_newest ON octavo_wishes (customer_id, added_at, id)",
  "CREATE INDEX octavo_wishes_of_book ON octavo_wishes (book_id)",
  `ALTER TABLE octavo_outbox ADD COLUMN undeliverable boolean NOT NULL DEFAULT false
CHECK (undeliverable IN (false, true) AND (NOT undeliverable OR delivered_at IS NOT NULL))`,
  "CREATE INDEX octavo_outbox_undeliverable ON octavo_outbox (id) WHERE undeliverable"
]
