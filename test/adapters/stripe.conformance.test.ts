import { Effect, Layer } from "effect"
import { suite } from "../../src/testing/GatewayConformance.js"
import { accepted, adapter, deaf, declined, provider } from "./stripe/provider.js"

const usual = provider()
const options = { accepted, declined } as const

await suite("stripe", adapter(usual), {
  ...options,
  unreachable: adapter(() => ({ url: "http://127.0.0.1:9", secretKey: "sk_test_octavo" }), { retries: 1 }),
  losing: Layer.unwrapScoped(Effect.map(deaf(usual), (deafened) => adapter(() => deafened, { retries: 2 })))
})

await suite("stripe, while its search lags behind", adapter(provider({ searchLag: 60_000 })), options)
