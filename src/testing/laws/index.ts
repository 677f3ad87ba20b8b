/** All laws, by noun. */
import type { Law } from "../Law.js"
import { bookIndex } from "./bookIndex.js"
import { books } from "./books.js"
import { carts } from "./carts.js"
import { genres } from "./genres.js"
import { imports } from "./imports.js"
import { stock } from "./stock.js"

export { bookIndex, books, carts, genres, imports, stock }

/** The whole suite. */
export const laws: ReadonlyArray<Law> = [...books, ...stock, ...genres, ...imports, ...bookIndex, ...carts]
