/**
 * A payment provider for tests, in a process of its own: it speaks Stripe's protocol over HTTP for the calls that
 * `octavo/stripe` makes, does to each request what a script or a seed says, and keeps a ledger on the disk that
 * outlives it. The truth of what was taken and given back is read from that file.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { Data, Effect, type Scope } from "effect"
import type { Script, Weights } from "./Behaviour.js"
import type { Order, Setup } from "./Control.js"
import * as Ledger from "./Ledger.js"
import { program } from "./Program.js"
import type { Settings } from "./Server.js"
import type { Delivered, Delivery, Event } from "./Webhooks.js"

export { accept, type Behaviour, type Kind, type Script, troubles, type Weighted, type Weights } from "./Behaviour.js"
export type { Books, Entry } from "./Ledger.js"
export type { Settings } from "./Server.js"
export { type Delivered, type Delivery, type Event, signature } from "./Webhooks.js"

export interface Options {
  /** The file of the ledger; made when it is missing, gone on with when it is there. */
  readonly ledger: string
  /** Where to listen on 127.0.0.1; any free port unless said otherwise. */
  readonly port?: number
  /** What the next requests are met with, by kind. */
  readonly script?: Script
  /** For what is drawn from `weights`; 0 unless said otherwise. */
  readonly seed?: number
  /** What requests are met with after the script: all are done as asked, unless said otherwise. */
  readonly weights?: Weights
  /** Milliseconds before a search finds what is new; 0 unless said otherwise. */
  readonly searchLag?: number
  /** The one key that is let in; `sk_test_octavo` unless said otherwise. */
  readonly secretKey?: string
  /** Where each event is sent as it happens, again while it is not answered with success. */
  readonly subscription?: Delivery
}

export interface PaymentProvider {
  /** Of the API: what `Stripe.layer` takes as `api`. Stays the same over restarts. */
  readonly url: string
  readonly secretKey: string
  /** The books as they are on the disk, whether the process lives or not. */
  readonly ledger: () => Ledger.Books
  /** Replaces what is left of the script of each kind named. */
  readonly script: (script: Script) => Promise<void>
  readonly set: (settings: Partial<Pick<Settings, "seed" | "weights" | "searchLag">>) => Promise<void>
  /** Refuses connections for so long. */
  readonly down: (milliseconds: number) => Promise<void>
  /** Ends a payment that is `processing`, or a refund that is `pending`. */
  readonly finish: (id: string, end: "succeed" | "fail") => Promise<void>
  /** Forgets the idempotency keys, as Stripe does with those of 24 hours ago. */
  readonly forgetKeys: () => Promise<void>
  /** All events so far, the oldest first, those of earlier lives included. */
  readonly events: () => Promise<ReadonlyArray<Event>>
  /** Sends events in any order, as often and as late as asked, and tells what was answered. */
  readonly deliver: (delivery: Delivery) => Promise<ReadonlyArray<Delivered>>
  readonly subscribe: (delivery: Delivery | null) => Promise<void>
  /** Ends the process at once, by SIGKILL. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same ledger and port, killed first if it still lives. What is left of a script is lost. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The provider's process did not start, or did not do what the test ordered. */
export class ProviderFailed extends Data.TaggedError("ProviderFailed")<{ readonly cause: unknown }> {}

/** Starts a provider; whoever starts it stops it. */
export const start = async (options: Options): Promise<PaymentProvider> => {
  const secretKey = options.secretKey ?? "sk_test_octavo"
  const { seed = 0, weights = {}, searchLag = 0 } = options
  let settings: Settings = { secretKey, seed, weights, searchLag }
  let subscription = options.subscription ?? null
  const first = { ledger: options.ledger, port: options.port ?? 0, controlPort: 0, settings, subscription }
  let running = await launch({ ...first, script: options.script ?? null })
  const { port, controlPort } = running

  const order = (order: Order) => say(controlPort, order)
  const kill = () => end(running.child)
  return {
    url: `http://127.0.0.1:${port}`,
    secretKey,
    ledger: () => Ledger.read(options.ledger),
    script: async (script) => void (await order({ do: "script", script })),
    set: async (more) => {
      settings = { ...settings, ...more }
      await order({ do: "set", settings })
    },
    down: async (milliseconds) => void (await order({ do: "down", milliseconds })),
    finish: async (id, end) => void (await order({ do: "finish", id, end })),
    forgetKeys: async () => void (await order({ do: "forget" })),
    events: async () => (await order({ do: "events" })) as ReadonlyArray<Event>,
    deliver: async (delivery) => (await order({ do: "deliver", delivery })) as ReadonlyArray<Delivered>,
    subscribe: async (delivery) => {
      subscription = delivery
      await order({ do: "subscribe", delivery })
    },
    kill,
    restart: async () => {
      await kill()
      running = await launch({ ledger: options.ledger, port, controlPort, settings, subscription, script: null })
    },
    stop: kill
  }
}

/** A provider that is stopped with the scope. */
export const scoped = (options: Options): Effect.Effect<PaymentProvider, ProviderFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => start(options), catch: (cause) => new ProviderFailed({ cause }) }),
    (provider) => Effect.promise(provider.stop)
  )

// internal

interface Running {
  readonly child: ChildProcess
  readonly port: number
  readonly controlPort: number
}

const launch = async (setup: Setup): Promise<Running> => {
  const child = spawn(process.execPath, [program(), JSON.stringify(setup)])
  let trouble = ""
  const hear = (chunk: Uint8Array) => {
    trouble += chunk
  }
  child.stderr.on("data", hear)
  const line = await new Promise<string>((done, fail) => {
    let said = ""
    child.stdout.on("data", (chunk) => {
      said += chunk
      if (said.includes("\n")) done(said)
    })
    child.once("error", (cause) => fail(new ProviderFailed({ cause })))
    child.once("close", (code) => fail(new ProviderFailed({ cause: new Error(`it ended with ${code}: ${trouble}`) })))
  })
  child.stderr.off("data", hear).pipe(process.stderr)
  const { port, controlPort }: Pick<Running, "port" | "controlPort"> = JSON.parse(line)
  return { child, port, controlPort }
}

/** Written to the ledger is on the disk: nothing is lost by SIGKILL. */
const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, "exit")
  child.kill("SIGKILL")
  await gone
}

const say = async (controlPort: number, order: Order): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${controlPort}`, { method: "POST", body: JSON.stringify(order) })
  if (!response.ok) throw new ProviderFailed({ cause: await response.text() })
  const { said }: { readonly said?: unknown } = JSON.parse(await response.text())
  return said
}
