/** How many statements reach the driver while something runs, transactions' own included. */
import Database from "better-sqlite3"
import pg from "pg"

export const sqlite = (run: () => Promise<unknown>): Promise<number> => {
  const db = new Database(":memory:")
  const statement = Object.getPrototypeOf(db.prepare("SELECT 1"))
  db.close()
  return counting(statement, ["run", "get", "all", "iterate"], run)
}

export const postgres = (run: () => Promise<unknown>): Promise<number> =>
  counting(pg.Query.prototype as unknown as Methods, ["submit"], run)

// internal

type Methods = Record<string, (...parameters: ReadonlyArray<unknown>) => unknown>

const counting = async (methods: Methods, names: ReadonlyArray<string>, run: () => Promise<unknown>) => {
  let count = 0
  const before = names.map((name) => [name, methods[name]] as const)
  for (const [name, method] of before) {
    methods[name] = function (this: unknown, ...parameters) {
      count++
      return method?.apply(this, [...parameters])
    }
  }
  try {
    await run()
    return count
  } finally {
    Object.assign(methods, Object.fromEntries(before))
  }
}
