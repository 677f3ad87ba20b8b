/** What an import does to a row on its own account: nothing silently. */

/** Put right with certainty. */
export const repairs = {
  isbnZeros: "ISBN-10 given back its leading zeros",
  isbnOther: "ISBN taken from another column, the first one being lost or unusable",
  wrapped: "value freed from a spreadsheet's quoting",
  wholeNumber: "whole number written with .0",
  decimalComma: "price written in another style than 1234.50",
  dateForm: "date written in another style than YYYY-MM-DD",
  year: "year alone, taken as its first day"
} as const
export type Repair = keyof typeof repairs

/** Lost in the file or of no use; the book comes in without it. */
export const omissions = {
  isbnLost: "ISBN lost in scientific notation",
  date: "date that is impossible, before the year 1 or ambiguous",
  cover: "cover that is not an http or https URL",
  authors: "author list too long, shortened to whole names and et al."
} as const
export type Omission = keyof typeof omissions

/** A value that was read, and what had to be done for it. */
export interface Read<A> {
  readonly value: A | undefined
  readonly repaired: ReadonlyArray<Repair>
  readonly omitted: ReadonlyArray<Omission>
}

export const nothing: Read<never> = { value: undefined, repaired: [], omitted: [] }

export const as = <A>(value: A, ...repaired: ReadonlyArray<Repair>): Read<A> => ({ value, repaired, omitted: [] })

export const without = (...omitted: ReadonlyArray<Omission>): Read<never> => ({
  value: undefined,
  repaired: [],
  omitted
})
