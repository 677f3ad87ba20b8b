import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const rings = [
  {
    file: "src/domain/Probe.ts",
    allowed: ["effect", "effect/Schema", "./Cart.js"],
    forbidden: ["../ports/Outbox.js", "../services/Carts.js", "../adapters/memory/index.js", "@effect/platform/HttpApi"]
  },
  {
    file: "src/ports/Probe.ts",
    allowed: ["effect", "../domain/Cart.js", "./Outbox.js"],
    forbidden: ["../services/Carts.js", "../adapters/memory/index.js", "../http/Api.js", "@effect/sql/SqlClient"]
  },
  {
    file: "src/services/Probe.ts",
    allowed: ["effect", "../domain/Cart.js", "../ports/Outbox.js", "./Carts.js"],
    forbidden: ["../adapters/memory/index.js", "../http/Api.js", "../testing/index.js", "@effect/sql/SqlClient"]
  },
  {
    file: "src/adapters/memory/Probe.ts",
    allowed: ["effect", "../../domain/Cart.js", "../../ports/Outbox.js", "./Store.js"],
    forbidden: ["../../services/Carts.js", "../sql/Books.js", "@effect/sql/SqlClient"]
  },
  {
    file: "src/adapters/sqlite/Probe.ts",
    allowed: ["node:fs", "@effect/sql/SqlClient", "../sql/Books.js", "../../domain/Cart.js", "../../ports/Outbox.js"],
    forbidden: ["../../services/Carts.js", "../../http/Api.js", "../../testing/index.js", "../../cli/main.js"]
  },
  {
    file: "src/http/Probe.ts",
    allowed: [
      "@effect/platform/HttpApi",
      "../domain/Cart.js",
      "../ports/Outbox.js",
      "../services/Carts.js",
      "./Api.js"
    ],
    forbidden: ["../adapters/memory/index.js", "../testing/index.js", "../cli/main.js"]
  },
  {
    file: "src/testing/Probe.ts",
    allowed: ["vitest", "../services/Carts.js", "../adapters/memory/index.js"],
    forbidden: ["../http/Api.js", "../cli/main.js"]
  },
  {
    file: "src/index.ts",
    allowed: ["./domain/Cart.js", "./ports/Outbox.js", "./services/Carts.js"],
    forbidden: ["./adapters/memory/index.js", "./http/Api.js", "./testing/index.js"]
  },
  {
    file: "src/cli/Probe.ts",
    allowed: ["node:util", "../http/Api.js", "../adapters/sqlite/index.js", "../services/Carts.js"],
    forbidden: []
  }
]

const barrels = ["@effect/platform", "@effect/sql", "effect/index"]

const withoutNode = /^src\/(domain|ports|services|adapters\/memory)\/|^src\/index.ts$/

describe("imports point inward", () => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-rings-"))
  afterAll(() => rmSync(directory, { recursive: true }))

  let refused: ReadonlySet<string>
  beforeAll(() => {
    copyFileSync("biome.json", join(directory, "biome.json"))
    for (const { file, allowed, forbidden } of rings) {
      mkdirSync(join(directory, dirname(file)), { recursive: true })
      const imports = [...allowed, ...forbidden, ...barrels, "node:fs"]
      writeFileSync(join(directory, file), imports.map((specifier) => `import ${JSON.stringify(specifier)}\n`).join(""))
    }
    refused = lint(directory)
  })

  it.each(rings)("$file", ({ file, allowed, forbidden }) => {
    const isRefused = (specifier: string) => refused.has(`${file} ${specifier}`)
    expect([...forbidden, ...barrels].filter((specifier) => !isRefused(specifier))).toEqual([])
    expect(allowed.filter(isRefused)).toEqual([])
    expect(isRefused("node:fs")).toBe(withoutNode.test(file))
  })
})

// internal

/** Each refused import as `file specifier`. */
const lint = (directory: string): ReadonlySet<string> => {
  const biome = join(dirname(createRequire(import.meta.url).resolve("@biomejs/biome/package.json")), "bin", "biome")
  const args = [
    "lint",
    "--only=style/noRestrictedImports",
    "--vcs-enabled=false",
    "--max-diagnostics=none",
    "--reporter=json"
  ]
  const { stdout, stderr } = spawnSync(process.execPath, [biome, ...args], { cwd: directory, encoding: "utf8" })
  if (stdout === "") throw new Error(stderr)
  const { diagnostics }: { diagnostics: ReadonlyArray<Diagnostic> } = JSON.parse(stdout)
  return new Set(
    diagnostics.map(({ location: { path, start } }) => {
      const line = readFileSync(join(directory, path), "utf8").split("\n")[start.line - 1] ?? ""
      return `${path} ${JSON.parse(line.replace("import ", ""))}`
    })
  )
}

interface Diagnostic {
  readonly location: { readonly path: string; readonly start: { readonly line: number } }
}
