/** All laws, by noun. */
import type { Law } from "../Law.js"
import { bookIndex } from "./bookIndex.js"
import { books } from "./books.js"
import { cancelling } from "./cancelling.js"
import { carts } from "./carts.js"
import { checkout } from "./checkout.js"
import { gateway } from "./gateway.js"
import { genres } from "./genres.js"
import { history } from "./history.js"
import { imports } from "./imports.js"
import { merging } from "./merging.js"
import { orderLists } from "./orderLists.js"
import { orders } from "./orders.js"
import { outbox } from "./outbox.js"
import { stock } from "./stock.js"
import { transactor } from "./transactor.js"

/** The laws of the ports: what each store must keep by itself. */
export const ofPorts: ReadonlyArray<Law> = [
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

/** The laws of the services over a store. */
export const ofServices: ReadonlyArray<Law> = [...checkout, ...gateway, ...cancelling, ...merging, ...history]

/** The whole suite. */
export const laws: ReadonlyArray<Law> = [...ofPorts, ...ofServices]
