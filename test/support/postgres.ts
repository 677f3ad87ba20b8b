import { randomUUID } from "node:crypto"
import { Client } from "pg"

export interface Database {
  readonly url: string
  readonly drop: () => Promise<void>
}

/** An empty database of its own on the server at `url`. */
export const freshDatabase = async (url: string): Promise<Database> => {
  const name = `octavo_test_${randomUUID().replaceAll("-", "")}`
  await run(url, `CREATE DATABASE ${name} TEMPLATE template0`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: () => run(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

// internal

const run = async (url: string, statement: string): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
