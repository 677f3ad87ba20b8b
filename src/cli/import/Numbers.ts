/** Prices and stocks as spreadsheets write them. What is not certain is left as it is, for the rules to refuse. */
import { type Currency, decimals } from "../../domain/Money.js"
import * as Cell from "./Cell.js"
import * as Repair from "./Repair.js"

export interface Style {
  readonly currency: Currency
  /** In a file separated by commas a comma inside a price may be a mistake of quoting. */
  readonly commaIsFree: boolean
}

/** A price as a plain decimal. */
export const price = (cell: string, style: Style): Repair.Read<string> => {
  const { text, wasWrapped } = Cell.bare(cell)
  if (Cell.isNone(text)) return Repair.nothing
  const bare = withoutCurrency(text, style.currency)
  const plain = decimal(bare, style)
  const whole = decimals(style.currency) === 0 ? plain.replace(/\.00?$/, "") : plain
  const repaired = [
    ...(wasWrapped ? (["wrapped"] as const) : []),
    ...(plain === text ? [] : (["decimalComma"] as const)),
    ...(whole === plain ? [] : (["wholeNumber"] as const))
  ]
  return Repair.as(whole, ...repaired)
}

/** A count of copies; what is no whole number becomes NaN, which the rules refuse. */
export const stock = (cell: string): Repair.Read<number> => {
  const { text, wasWrapped } = Cell.bare(cell)
  if (Cell.isNone(text)) return Repair.nothing
  const whole = Cell.withoutPointZero(text)
  const repaired = [
    ...(wasWrapped ? (["wrapped"] as const) : []),
    ...(whole === text ? [] : (["wholeNumber"] as const))
  ]
  return Repair.as(/^[+-]?\d+$/.test(whole) ? Number(whole) : Number.NaN, ...repaired)
}

// internal

const signs: Record<string, string> = { USD: "$", EUR: "€", GBP: "£", JPY: "¥" }

const withoutCurrency = (text: string, currency: string) => {
  const sign = signs[currency]
  for (const mark of sign === undefined ? [currency] : [currency, sign]) {
    if (text.toUpperCase().startsWith(mark)) return text.slice(mark.length).trim()
    if (text.toUpperCase().endsWith(mark)) return text.slice(0, -mark.length).trim()
  }
  return text
}

/** `12,50`, `1.234,50` and `1,234.50` can mean one thing only; `1,234` and `1.234` cannot. */
const decimal = (text: string, { commaIsFree }: Style) => {
  if (/^\d{1,3}(,\d{3})+\.\d{1,2}$/.test(text)) return text.replaceAll(",", "")
  if (commaIsFree && /^(\d+|\d{1,3}(\.\d{3})+),\d{1,2}$/.test(text)) return text.replaceAll(".", "").replace(",", ".")
  return text
}
