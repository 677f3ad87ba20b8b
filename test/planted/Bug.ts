import { readFileSync } from "node:fs"

/** One thing that is made wrong in the sources, and the tests that must notice. */
export interface Bug {
  readonly name: string
  readonly file: string
  /** There once. */
  readonly find: string
  readonly replace: string
  readonly suite: string
  /** In the names of its tests; several are parted by bars. */
  readonly tests: string
}

/** The bugs of a page: a heading, the file, who catches it, what is replaced, and by what. */
export const read = (page: string): ReadonlyArray<Bug> =>
  readFileSync(page, "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [name, file, suite, tests, find, replace] = shape.exec(section)?.slice(1) ?? []
      if (!name || !file || !suite || !tests || !find || replace === undefined) {
        throw new Error(`${page} has a bug that does not read as the others: ${section.split("\n")[0]}`)
      }
      return { name, file, suite, tests, find, replace }
    })

// internal

const shape = /^(.+)\n\nIn `(.+)`, caught by `(.+)`, "(.+)":\n\n```ts\n([\s\S]+?)\n```\n\n```ts\n([\s\S]*?)\n?```\n*$/
