/** How a payment provider for tests treats one request: by script, or drawn by a seed. */

export type Behaviour =
  /** What the payment method asks for: a capture, unless it is one of Stripe's that are declined. */
  | { readonly do: "accept" }
  | { readonly do: "decline"; readonly reason?: string }
  /** The customer would have to act; nothing is captured. */
  | { readonly do: "require_action" }
  /** Neither taken nor refused yet: a charge is `processing`, a refund `pending`, until `finish` says more. */
  | { readonly do: "process" }
  /** Waits, then goes on with `next`, or accepts. */
  | { readonly do: "slow"; readonly milliseconds: number; readonly next?: Behaviour }
  /** Does what was asked, writes it down, and cuts the connection instead of answering. */
  | { readonly do: "drop_reply" }
  /** Cuts the connection and does nothing. */
  | { readonly do: "drop_before" }
  /** Does what was asked, and answers 500; the same key is answered 500 again. */
  | { readonly do: "fail_after" }
  /** Answers 500 and does nothing. */
  | { readonly do: "fail_before" }
  | { readonly do: "rate_limit" }
  /** Sends the answer twice on one connection, and each webhook of it twice. */
  | { readonly do: "answer_twice" }
  /** Cuts every connection, and refuses new ones for a while; the request is not done. */
  | { readonly do: "down"; readonly milliseconds: number }

/** `charge` makes and confirms an intent, `open` makes one without confirming it, `read` is every GET. */
export type Kind = "charge" | "open" | "cancel" | "refund" | "read"

/** The next requests of a kind go so, one each, in order, retries counted; those after them as the seed says. */
export type Script = Readonly<Partial<Record<Kind, ReadonlyArray<Behaviour>>>>

export interface Weighted {
  readonly weight: number
  readonly behaviour: Behaviour
}

/** What is drawn from, by kind; a kind that is not named accepts. */
export type Weights = Readonly<Partial<Record<Kind, ReadonlyArray<Weighted>>>>

export const accept: Behaviour = { do: "accept" }

/** Every trouble there is, each rarer than a plain answer. */
export const troubles: Weights = {
  charge: [
    { weight: 40, behaviour: accept },
    { weight: 8, behaviour: { do: "decline" } },
    { weight: 4, behaviour: { do: "require_action" } },
    { weight: 8, behaviour: { do: "slow", milliseconds: 40 } },
    { weight: 10, behaviour: { do: "drop_reply" } },
    { weight: 10, behaviour: { do: "drop_before" } },
    { weight: 6, behaviour: { do: "fail_after" } },
    { weight: 4, behaviour: { do: "fail_before" } },
    { weight: 2, behaviour: { do: "rate_limit" } },
    { weight: 6, behaviour: { do: "answer_twice" } },
    { weight: 2, behaviour: { do: "down", milliseconds: 60 } }
  ],
  refund: [
    { weight: 60, behaviour: accept },
    { weight: 10, behaviour: { do: "drop_reply" } },
    { weight: 10, behaviour: { do: "drop_before" } },
    { weight: 10, behaviour: { do: "answer_twice" } },
    { weight: 10, behaviour: { do: "fail_before" } }
  ],
  cancel: [
    { weight: 80, behaviour: accept },
    { weight: 10, behaviour: { do: "drop_reply" } },
    { weight: 10, behaviour: { do: "drop_before" } }
  ]
}

/** Draws by seed, kind, key and how often that key was asked before: the order of requests changes nothing. */
export const draw = (
  weights: Weights,
  seed: number,
  kind: Kind,
  asked: { readonly key: string; readonly before: number }
): Behaviour => {
  const choices = weights[kind] ?? []
  const whole = choices.reduce((sum, { weight }) => sum + weight, 0)
  let left = (hash(`${seed} ${kind} ${asked.key} ${asked.before}`) / 2 ** 32) * whole
  for (const { weight, behaviour } of choices) {
    left -= weight
    if (left < 0) return behaviour
  }
  return accept
}

// internal

/** FNV-1a, its bits mixed once more, as its high ones hardly change with the last character. */
const hash = (text: string) => {
  let bits = 0x811c9dc5
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193)
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
