import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import * as Sqlite from "../../src/adapters/sqlite/index.js"
import { suite } from "../../src/testing/Conformance.js"

const directory = mkdtempSync(join(tmpdir(), "octavo-conformance-"))
afterAll(() => rmSync(directory, { recursive: true }))

// Fewer rounds than `npm run races` makes, so that all tests are done within a quarter of an hour.
const rounds = Number(process.env.OCTAVO_ROUNDS ?? 3)

await suite("sqlite", Sqlite.layer({ filename: join(directory, "octavo.db") }), { rounds })
