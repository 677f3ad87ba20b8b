import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { type Database, freshDatabase } from "./postgres.js"

const ask = async (url: string, statement: string) => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

describe("the PostgreSQL of the tests", () => {
  let database: Database
  beforeAll(async () => {
    database = await freshDatabase(inject("postgresUrl"))
  })
  afterAll(() => database.drop())

  it("answers", async () => {
    expect(await ask(database.url, "SELECT 1 AS one")).toEqual([{ one: 1 }])
  })

  it("gives every caller an empty database of its own", async () => {
    await ask(database.url, "CREATE TABLE mine ()")
    const other = await freshDatabase(inject("postgresUrl"))
    try {
      expect(await ask(other.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([])
    } finally {
      await other.drop()
    }
  })

  it("forgets a dropped database, even one in use", async () => {
    const { url, drop } = await freshDatabase(inject("postgresUrl"))
    const inUse = new Client({ connectionString: url })
    inUse.on("error", () => {})
    await inUse.connect()
    await drop()
    await expect(ask(url, "SELECT 1")).rejects.toMatchObject({ code: "3D000" })
  })
})
