/** A body as Stripe's clients send it: `application/x-www-form-urlencoded`, with `metadata[name]` for what is nested. */

export interface Form {
  readonly text: (name: string) => string | null
  /** A whole number; null for anything else. */
  readonly whole: (name: string) => number | null
  readonly record: (name: string) => Readonly<Record<string, string>>
  readonly all: (name: string) => ReadonlyArray<string>
  /** Equal for equal parameters, whatever their order. */
  readonly fingerprint: string
}

export const parse = (body: string): Form => {
  const fields = [...new URLSearchParams(body)]
  const text = (name: string) => fields.find(([field]) => field === name)?.[1] ?? null
  return {
    text,
    whole: (name) => {
      const said = text(name)
      return said !== null && /^\d{1,15}$/.test(said) ? Number(said) : null
    },
    record: (name) =>
      Object.fromEntries(
        fields.flatMap(([field, value]) =>
          field.startsWith(`${name}[`) && field.endsWith("]") ? [[field.slice(name.length + 1, -1), value]] : []
        )
      ),
    all: (name) => fields.filter(([field]) => field.replace(/\[\d*\]$/, "") === name).map(([, value]) => value),
    fingerprint: JSON.stringify(fields.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  }
}
