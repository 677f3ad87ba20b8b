import type { Auditor } from "./Auditor.js"
import type { BookIndex } from "./BookIndex.js"
import type { BookRepository } from "./BookRepository.js"
import type { CartRepository } from "./CartRepository.js"
import type { FulfilmentRepository } from "./FulfilmentRepository.js"
import type { GenreRepository } from "./GenreRepository.js"
import type { Inbox } from "./Inbox.js"
import type { Leases } from "./Leases.js"
import type { OrderRepository } from "./OrderRepository.js"
import type { Outbox } from "./Outbox.js"
import type { PreBookingRepository } from "./PreBookingRepository.js"
import type { RefundRepository } from "./RefundRepository.js"
import type { StoreHealth } from "./StoreHealth.js"
import type { Transactor } from "./Transactor.js"
import type { WishRepository } from "./WishRepository.js"

/** What a storage adapter provides. */
export type Stores =
  | Auditor
  | BookIndex
  | BookRepository
  | CartRepository
  | FulfilmentRepository
  | GenreRepository
  | Inbox
  | Leases
  | OrderRepository
  | Outbox
  | PreBookingRepository
  | RefundRepository
  | StoreHealth
  | Transactor
  | WishRepository
