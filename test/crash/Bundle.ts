/** The worker as one file: a thousand processes start four times as fast with it as from the sources' hundreds. */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

/** Its path; it is removed when this process ends. */
export const worker = async (): Promise<string> => {
  const directory = mkdtempSync(join(tmpdir(), "octavo-crash-worker-"))
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }))
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
  return outfile
}

// internal

/** Of the checkout, from the sources as from what they are compiled to, `test/crash/dist/test/crash`. */
const root = existsSync(fileURLToPath(new URL("../../node_modules", import.meta.url))) ? "../../" : "../../../../../"
