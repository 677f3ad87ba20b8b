/** What a test says to the provider's process. */
import type { Script } from "./Behaviour.js"
import type { Settings } from "./Server.js"
import type { Delivery } from "./Webhooks.js"

export interface Setup {
  readonly ledger: string
  readonly port: number
  readonly controlPort: number
  readonly settings: Settings
  readonly script: Script | null
  readonly subscription: Delivery | null
}

export type Order =
  | { readonly do: "script"; readonly script: Script }
  | { readonly do: "set"; readonly settings: Partial<Settings> }
  | { readonly do: "down"; readonly milliseconds: number }
  | { readonly do: "finish"; readonly id: string; readonly end: "succeed" | "fail" }
  | { readonly do: "forget" }
  | { readonly do: "events" }
  | { readonly do: "deliver"; readonly delivery: Delivery }
  | { readonly do: "subscribe"; readonly delivery: Delivery | null }
