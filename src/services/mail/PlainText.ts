/** A letter for a terminal of 72 columns and for whoever wants no HTML. */
import { width, wrap } from "./Columns.js"
import { isolate } from "./Direction.js"
import type { Letter, Row, Table } from "./Letter.js"

export const render = ({ greeting, paragraphs, order, link, closing }: Letter): string =>
  `${[
    paragraph(greeting),
    ...paragraphs.map(paragraph),
    ...(order === null ? [] : [table(order)]),
    // A link is followed whole, or not at all.
    ...(link === null ? [] : [`${link.words}:\n${link.url}`]),
    closing.map(paragraph).join("\n")
  ].join("\n\n")}\n`

// internal

const columns = 72

const paragraph = (text: string) => wrap(text, columns).join("\n")

const table = ({ caption, rows, total }: Table): string => {
  const figures = Math.max(...rows.map(({ quantity }) => String(quantity).length))
  return [
    ...wrap(caption, columns),
    "",
    ...rows.flatMap((each) => row(each, figures)),
    "-".repeat(columns),
    ...ending([total.words], total.amount)
  ].join("\n")
}

const row = ({ quantity, title, author, amount }: Row, figures: number): ReadonlyArray<string> => {
  const count = `${String(quantity).padStart(figures)} x `
  const indent = " ".repeat(count.length)
  const [first = "", ...rest] = [title, author].flatMap((part) => wrap(part, columns - count.length).map(isolate))
  return ending([count + first, ...rest.map((line) => indent + line)], amount)
}

/** With the amount at the end of the last line, or on one of its own. */
const ending = (lines: ReadonlyArray<string>, amount: string): ReadonlyArray<string> => {
  const last = lines.at(-1) ?? ""
  const room = columns - width(last) - width(amount)
  return room > 0
    ? [...lines.slice(0, -1), last + " ".repeat(room) + amount]
    : [...lines, " ".repeat(Math.max(0, columns - width(amount))) + amount]
}
