import { mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { build } from "esbuild"

/** A program of the tests as one file that plain Node runs: its path, and how to remove it. */
export const bundle = async (program: string): Promise<{ readonly path: string; readonly remove: () => void }> => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-program-"))
  // Modules with a compiled part are taken from where they are installed.
  symlinkSync(resolve("node_modules"), join(directory, "node_modules"), "junction")
  const path = join(directory, basename(program).replace(/\.ts$/, ".mjs"))
  await build({
    entryPoints: [program],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["better-sqlite3", "pg-native"],
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    logLevel: "warning"
  })
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) }
}
