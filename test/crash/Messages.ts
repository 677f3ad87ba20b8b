/** What a worker is told, and what it tells: JSON, a line each. */
import type { Passed } from "./Steps.js"

export interface Place {
  readonly dialect: "sqlite" | "postgres"
  /** The filename, or the URL. */
  readonly at: string
}

/** On the worker's command line. */
export interface Spec {
  readonly place: Place
  readonly provider: { readonly url: string; readonly secretKey: string }
  /** How far its clock is from the wall's, in milliseconds: time passes between one life and the next. */
  readonly clock: number
  /** Leads the names of all that it makes. */
  readonly name: string
  /** The file where its handler writes the events that it is handed. */
  readonly handled: string
  /** Checkouts with a key of the lives before, sent again. */
  readonly again: ReadonlyArray<Checkout>
  /** Whether no other is at work, so that it leaves nothing to others. */
  readonly alone: boolean
  readonly work: Work
}

export type Work =
  | { readonly kind: "none" }
  | { readonly kind: "scenarios"; readonly names: ReadonlyArray<string> }
  /** Whatever comes up, for as long as it lives, on books that others buy as well. */
  | { readonly kind: "random"; readonly seed: number; readonly books: ReadonlyArray<string> }

export interface Checkout {
  readonly customer: string
  readonly key: string | null
  readonly method: string
}

/** One call. */
export type Request =
  | { readonly do: "add_book"; readonly title: string }
  /** The copies that the shop puts in, or takes out. */
  | { readonly do: "change_stock"; readonly book: string; readonly delta: number }
  | { readonly do: "add_line"; readonly customer: string; readonly book: string; readonly quantity: number }
  | ({ readonly do: "place" } & Checkout)
  /** As far as the provider, and no further. */
  | { readonly do: "prepare"; readonly customer: string }
  | { readonly do: "cancel"; readonly customer: string; readonly order: string }
  /** While the provider gives no money back. */
  | { readonly do: "cancel_unpaid"; readonly customer: string; readonly order: string }
  /** Settled as never charged, without asking. */
  | { readonly do: "give_up"; readonly customer: string; readonly order: string }
  /** Settled as the provider says. */
  | { readonly do: "settle"; readonly customer: string; readonly order: string }
  | { readonly do: "notice"; readonly order: string }
  | { readonly do: "recover" }
  | { readonly do: "deliver" }

export interface Answer {
  /** `Done`, an order's status, or the name of the refusal. */
  readonly tag: string
  /** Of the book or of the order. */
  readonly id: string | null
}

/** What a life did before anything else, so that whatever an earlier one left behind is put in order. */
export interface Restart {
  /** How many orders and refunds the first recovery found open, and what the one after it still did. */
  readonly recovered: number
  readonly leftOpen: number
  readonly again: ReadonlyArray<Checkout & { readonly answer: Answer }>
  /** Violations that the audit found, each as JSON. */
  readonly violations: ReadonlyArray<string>
}

export type Message =
  /** Of one call, both with the same number; what was told is acknowledged. */
  | { readonly say: "asked"; readonly call: number; readonly request: Request }
  | { readonly say: "told"; readonly call: number; readonly answer: Answer }
  /** Order is restored; the work waits for a line on standard input. */
  | { readonly say: "ready"; readonly restart: Restart }
  | { readonly say: "passed"; readonly scenario: string; readonly steps: ReadonlyArray<Passed> }
  | { readonly say: "done" }
  | { readonly say: "broken"; readonly why: string }
