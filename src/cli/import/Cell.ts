/** One value of a row, as a spreadsheet or a database may have left it. */

/** White space gone, and `="0439023481"` or `'0439…` as the text that a spreadsheet meant. */
export const bare = (text: string): { readonly text: string; readonly wasWrapped: boolean } => {
  const trimmed = text.trim()
  const formula = /^="(.*)"$/s.exec(trimmed)
  if (formula !== null) return { text: (formula[1] ?? "").trim(), wasWrapped: true }
  return /^'\d/.test(trimmed) ? { text: trimmed.slice(1), wasWrapped: true } : { text: trimmed, wasWrapped: false }
}

/** How exports write that a number or a date is not there. */
export const isNone = (text: string): boolean => /^(|null|\\n|n\/?a|#n\/a|nan|none|nil|-+|–|—)$/i.test(text)

/** A whole number without the `.0` that a table of floats gives it. */
export const withoutPointZero = (text: string): string => text.replace(/^([+-]?\d+)\.0+$/, "$1")
