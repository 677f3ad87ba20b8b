import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, type Layer } from "effect"
import { afterAll, describe, expect, inject, it } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Postgres from "../../src/adapters/postgres/index.js"
import * as Sqlite from "../../src/adapters/sqlite/index.js"
import type { Stores } from "../../src/ports/Stores.js"
import { check } from "../../src/testing/model/index.js"
import { freshDatabase } from "../support/postgres.js"

const directory = mkdtempSync(join(tmpdir(), "octavo-model-"))
const database = await freshDatabase(inject("postgresUrl"))
afterAll(async () => {
  rmSync(directory, { recursive: true })
  await database.drop()
})

const rounds = Number(process.env.OCTAVO_ROUNDS ?? 5)
const seed = Number(process.env.OCTAVO_SEED ?? Math.floor(Math.random() * 2 ** 30))

const answers = <E>(stores: Layer.Layer<Stores, E>) =>
  Effect.runPromise(Effect.provide(check({ seed, histories: 2 * rounds, alone: true }), stores))

describe("a history of calls", () => {
  const memory = answers(Memory.layer)

  const everywhere: Readonly<Record<string, Layer.Layer<Stores, unknown>>> = {
    sqlite: Sqlite.layer({ filename: join(directory, "octavo.db") }),
    postgres: Postgres.layer({ url: database.url })
  }
  for (const [name, stores] of Object.entries(everywhere))
    it(
      `gives the same answers on ${name} as in memory, and those of the model`,
      async () => {
        expect(await answers(stores)).toEqual(await memory)
      },
      Math.max(60_000, 10_000 * rounds)
    )
})
