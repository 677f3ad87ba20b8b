import { afterAll, inject } from "vitest"
import * as Postgres from "../../src/adapters/postgres/index.js"
import { suite } from "../../src/testing/Conformance.js"
import { freshDatabase } from "../support/postgres.js"

const database = await freshDatabase(inject("postgresUrl"))
afterAll(() => database.drop())

await suite("postgres", Postgres.layer({ url: database.url }))
