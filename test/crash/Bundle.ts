/** The worker as one file: a thousand processes start four times as fast with it as from the sources' hundreds. */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

export interface Bundle {
  readonly worker: string
  readonly remove: () => void
}

export const make = async (): Promise<Bundle> => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-crash-worker-"))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  process.on("exit", remove)
  // Modules with a compiled part are taken from where they are installed.
  symlinkSync(
    fileURLToPath(new URL(`${root}node_modules`, import.meta.url)),
    join(directory, "node_modules"),
    "junction"
  )
  const outfile = join(directory, "worker.mjs")
  await build({
    entryPoints: [fileURLToPath(new URL(`${root}test/crash/worker.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["better-sqlite3", "pg-native"],
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    logLevel: "warning"
  })
  return { worker: outfile, remove }
}

// internal

/** Of the checkout, from the sources as from what they are compiled to, `test/crash/dist/test/crash`. */
const root = existsSync(fileURLToPath(new URL("../../node_modules", import.meta.url))) ? "../../" : "../../../../../"
