import { afterAll, inject } from "vitest"
import * as Postgres from "../../src/adapters/postgres/index.js"
import { suite } from "../../src/testing/Conformance.js"
import { freshDatabase } from "../support/postgres.js"

const database = await freshDatabase(inject("postgresUrl"))
afterAll(() => database.drop())

// Fewer rounds than `npm run races` makes, so that all tests are done within a quarter of an hour.
const rounds = Number(process.env.OCTAVO_ROUNDS ?? 3)

await suite("postgres", Postgres.layer({ url: database.url }), { rounds })
