import { randomUUID } from "node:crypto"
import { Layer } from "effect"
import { afterAll } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Redis from "../../src/adapters/redis/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { suite } from "../../src/testing/Conformance.js"
import { ofLeases } from "../../src/testing/laws/leases.js"
import * as RedisServer from "../support/redisServer.js"
import { onFile } from "./sqlStores.js"

const server = await RedisServer.start()
const file = await onFile()
afterAll(async () => {
  await file.drop()
  await server.stop()
})

const leases = () => Redis.layer({ url: server.url, prefix: `octavo-test:${randomUUID()}:` })

await suite("memory with leases in Redis", Layer.merge(Memory.layer, leases()), { laws: ofLeases })
await suite("SQLite with leases in Redis", Layer.merge(SqliteStore.layer({ filename: file.at }), leases()), {
  laws: ofLeases
})
