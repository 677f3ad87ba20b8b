/** Dates of publication as exports write them. */
import { Schema } from "effect"
import { PublishDate } from "../../domain/Book.js"
import * as Cell from "./Cell.js"
import * as Repair from "./Repair.js"

/** A day of the calendar. A year or a month alone is its first day; what cannot be read with certainty is left out. */
export const read = (cell: string): Repair.Read<string> => {
  const { text } = Cell.bare(cell)
  if (Cell.isNone(text)) return Repair.nothing
  const whole = Cell.withoutPointZero(text)
  const date = day(whole)
  if (date === undefined || !isDay(date)) return Repair.without("date")
  if (whole === date) return Repair.as(date)
  const isYear = /^\d{1,4}$/.test(whole)
  return Repair.as(date, ...(whole === text ? [] : (["wholeNumber"] as const)), isYear ? "year" : "dateForm")
}

// internal

const isDay = Schema.is(PublishDate)

const day = (text: string): string | undefined => {
  const year = /^\d{1,4}$/.exec(text)
  if (year !== null) return join(text, "1", "1")
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  if (compact !== null) return join(...parts(compact))
  const yearFirst = /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ]\d{2}:\d{2}.*)?$/.exec(text)
  if (yearFirst !== null) return join(...parts(yearFirst))
  const yearLast = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/.exec(text)
  if (yearLast === null) return undefined
  const [a, b, last] = parts(yearLast)
  if (Number(a) > 12 || a === b) return join(last, b, a)
  return Number(b) > 12 ? join(last, a, b) : undefined
}

const parts = (match: RegExpExecArray) => [match[1] ?? "", match[2] ?? "", match[3] ?? "1"] as const

const join = (year: string, month: string, dayOfMonth: string) =>
  `${year.padStart(4, "0")}-${month.padStart(2, "0")}-${dayOfMonth.padStart(2, "0")}`
