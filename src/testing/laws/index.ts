/** All laws, by noun. */
import type { Law } from "../Law.js"
import { bookIndex } from "./bookIndex.js"
import { books } from "./books.js"
import { carts } from "./carts.js"
import { genres } from "./genres.js"
import { imports } from "./imports.js"
import { orderLists } from "./orderLists.js"
import { orders } from "./orders.js"
import { outbox } from "./outbox.js"
import { stock } from "./stock.js"
import { transactor } from "./transactor.js"

export { bookIndex, books, carts, genres, imports, orderLists, orders, outbox, stock, transactor }

/** The whole suite. */
export const laws: ReadonlyArray<Law> = [
  ...books,
  ...stock,
  ...genres,
  ...imports,
  ...bookIndex,
  ...carts,
  ...orders,
  ...orderLists,
  ...outbox,
  ...transactor
]
