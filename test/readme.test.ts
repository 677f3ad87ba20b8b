import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import manifest from "../package.json" with { type: "json" }

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const there = (path: string) => existsSync(new URL(`../${path}`, import.meta.url))

describe("README", () => {
  it.each(["embedding.ts", "relay.ts", "waiting.ts"])("shows the example that the tests run: %s", (name) =>
    expect(readme).toContain(readFileSync(new URL(`../examples/${name}`, import.meta.url), "utf8"))
  )

  it("names only scripts, entry points and files that are there", () => {
    const scripts = [...readme.matchAll(/npm (?:run )?(start|test|check|bench|races)\b/g)].map(
      ([, script]) => script ?? ""
    )
    expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([])
    const entries = [...readme.matchAll(/[`"]octavo\/(\w+)/g)].map(([, entry]) => `./${entry}`)
    expect(entries.filter((entry) => !(entry in manifest.exports))).toEqual([])
    const links = [...readme.matchAll(/\]\((?!http)([^)]+)\)/g)].map(([, link]) => link ?? "")
    expect(links.filter((link) => !there(link))).toEqual([])
  })

  it("every entry point has its source", () =>
    expect(
      Object.values(manifest.exports).filter(
        ({ default: built }) => !there(built.replace("./dist", "src").replace(/js$/, "ts"))
      )
    ).toEqual([]))
})
