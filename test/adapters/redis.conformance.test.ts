import { randomUUID } from "node:crypto"
import { Layer } from "effect"
import { afterAll } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Redis from "../../src/adapters/redis/index.js"
import * as SqliteStore from "../../src/adapters/sqlite/index.js"
import { suite } from "../../src/testing/Conformance.js"
import { fulfilEnding } from "../../src/testing/laws/fulfilEnding.js"
import { fulfilHolding } from "../../src/testing/laws/fulfilHolding.js"
import { fulfilTaking } from "../../src/testing/laws/fulfilTaking.js"
import { ofLeases } from "../../src/testing/laws/leases.js"
import * as RedisServer from "../support/redisServer.js"
import { onFile } from "./sqlStores.js"

const server = await RedisServer.start()
const file = await onFile()
afterAll(async () => {
  await file.drop()
  await server.stop()
})

const laws = [...ofLeases, ...fulfilTaking, ...fulfilHolding, ...fulfilEnding]
const leases = () => Redis.layer({ url: server.url, prefix: `octavo-test:${randomUUID()}:` })

await suite("memory with leases in Redis", Layer.merge(Memory.layer, leases()), { laws })
await suite("SQLite with leases in Redis", Layer.merge(SqliteStore.layer({ filename: file.at }), leases()), { laws })
