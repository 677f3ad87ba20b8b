/** Where the provider's program is: beside this file once octavo is built, and compiled for the occasion in its sources. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const program = (): string => {
  const built = fileURLToPath(new URL("./main.js", import.meta.url))
  if (existsSync(built)) return built
  compiled ??= compile(fileURLToPath(new URL("./main.ts", import.meta.url)))
  return compiled
}

// internal

let compiled: string | undefined

const compile = (source: string) => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-provider-"))
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, "package.json"), '{"type":"module"}')
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"))
  const options = ["--noCheck", "--ignoreConfig", "--module", "nodenext", "--target", "es2022"]
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(typescript, "bin/tsc"), source, "--outDir", directory, ...options],
    { cwd: directory, encoding: "utf8" }
  )
  if (status !== 0) throw new Error(`the provider does not compile: ${stdout}${stderr}`)
  return join(directory, "main.js")
}
