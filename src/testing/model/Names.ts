/** Which id the store has given to what the model calls by a name; and whether two answers are one. */
import { anything, type Said } from "./World.js"

export interface Names {
  /** Ids in place of names, what is given in place of what is said. */
  readonly real: (value: unknown) => unknown
  /** Names in place of the ids that have one. */
  readonly named: (value: unknown) => unknown
  readonly idOf: (name: string) => string | undefined
  readonly nameOf: (id: string) => string | undefined
  readonly bind: (name: string, id: string) => boolean
  /** Where the answer is not as expected, null when it is; ids that are seen for the first time get their names. */
  readonly differs: (expected: unknown, found: unknown) => Difference | null
}

export interface Difference {
  /** Where in the answer. */
  readonly path: string
  readonly expected: unknown
  readonly found: unknown
}

export const make = (): Names => {
  const ids = new Map<string, string>()
  const names = new Map<string, string>()

  const bind = (name: string, id: string): boolean => {
    if (ids.has(name) || names.has(id)) return ids.get(name) === id
    ids.set(name, id)
    names.set(id, name)
    return true
  }

  const idFor = (name: string) => {
    const id = ids.get(name.toLowerCase())
    if (id === undefined) throw new Error(`${name} was never seen`)
    return name === name.toLowerCase() ? id : id.toUpperCase()
  }

  const real = (value: unknown): unknown => {
    if (typeof value === "string") return value.replace(anyName, idFor)
    if (Array.isArray(value)) return value.map(real)
    if (typeof value !== "object" || value === null) return value
    if (isSaid(value)) return real(value.given)
    const fields = Object.entries(value).map(([key, field]) => [key, real(field)] as const)
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined))
  }

  const named = (value: unknown): unknown => {
    if (typeof value === "string") return value.replace(anyId, (id) => names.get(id) ?? id)
    if (Array.isArray(value)) return value.map(named)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [named(key), named(field)]))
  }

  /** A text with names in it, against one with ids in the same places. */
  const fits = (expected: string, found: string): boolean => {
    const [wanted, there] = [expected.match(anyName) ?? [], found.match(anyId) ?? []]
    const parts = expected.split(anyName)
    return (
      wanted.length === there.length &&
      parts.join("*") === found.split(anyId).join("*") &&
      wanted.every((name, i) => bind(name, there[i] ?? ""))
    )
  }

  const differs = (expected: unknown, found: unknown, path = ""): Difference | null => {
    if (expected === anything) return found === undefined ? { path, expected, found } : null
    if (typeof expected === "string" && typeof found === "string")
      return expected === found || fits(expected, found) ? null : { path, expected, found: named(found) }
    if (typeof expected !== "object" || expected === null || typeof found !== "object" || found === null)
      return expected === found ? null : { path, expected, found: named(found) }
    const [wanted, there] = [
      new Map<string, unknown>(Object.entries(expected)),
      new Map<string, unknown>(Object.entries(found))
    ]
    const unlike = [...wanted.keys(), ...there.keys()].some((key) => wanted.has(key) !== there.has(key))
    if (unlike && !Array.isArray(expected)) return { path, expected, found: named(found) }
    for (const key of new Set([...wanted.keys(), ...there.keys()])) {
      const difference = differs(wanted.get(key), there.get(key), path === "" ? key : `${path}.${key}`)
      if (difference !== null) return difference
    }
    return Array.isArray(expected) === Array.isArray(found) ? null : { path, expected, found }
  }

  return { real, named, bind, differs, idOf: (name) => ids.get(name), nameOf: (id) => names.get(id) }
}

// internal

const anyName = /<[a-z]+ \d{4}>|<[A-Z]+ \d{4}>/g
const anyId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

const isSaid = (value: object): value is Said<unknown> => "given" in value || "means" in value
