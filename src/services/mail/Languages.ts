/** Who is written to in which language. */
import type { Wording } from "./Wording.js"

export interface Spoken {
  readonly wording: Wording
  /** The customer's own tag where its language is spoken: `de-AT` may tell a date in another way than `de`. */
  readonly language: string
}

/** A tag as Intl knows it, `de-AT` for `de_at`; null when it is none. */
export const canonical = (tag: string): string | null => {
  try {
    return Intl.getCanonicalLocales(tag.trim().replaceAll("_", "-"))[0] ?? null
  } catch {
    // Intl says by a RangeError that it is no tag.
    return null
  }
}

/** The words for a tag, or for the same language elsewhere: `de` speaks `de-AT`; null when nobody speaks it. */
export const speaking = (wordings: ReadonlyMap<string, Wording>, tag: string | null): Spoken | null => {
  const language = tag === null ? null : canonical(tag)
  if (language === null) return null
  for (let part = language; part !== ""; part = part.slice(0, Math.max(0, part.lastIndexOf("-")))) {
    const wording = wordings.get(part)
    if (wording !== undefined) return { wording, language }
  }
  return null
}
