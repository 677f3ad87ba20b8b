/** What was asked and what was acknowledged, as those who asked remember it. */
import type { Answer, Checkout, Message, Request } from "./Messages.js"

export interface Call {
  readonly request: Request
  /** Null when the process died first: then either is right, done or not done. */
  readonly answer: Answer | null
}

/** The calls of lives that ended together, on books and carts that nobody else touches. */
export class World {
  readonly calls: Array<Call> = []
  /** The same checkouts sent again after the restart. */
  readonly again: Array<Call & { readonly answer: Answer }> = []

  /** Orders that waited when all were dead, and whose money the provider had taken: only forward is right. */
  charged: ReadonlyArray<string> = []

  take(messages: ReadonlyArray<Message>): void {
    const told = new Map<number, Answer>()
    for (const message of messages) if (message.say === "told") told.set(message.call, message.answer)
    for (const message of messages) {
      if (message.say === "asked") this.calls.push({ request: message.request, answer: told.get(message.call) ?? null })
    }
  }

  repeated(checkouts: ReadonlyArray<Checkout & { readonly answer: Answer }>): void {
    for (const { answer, ...checkout } of checkouts) this.again.push({ request: { do: "place", ...checkout }, answer })
  }

  /** Every checkout that was sent with a key, once. */
  get keyed(): ReadonlyArray<Checkout> {
    const sent = new Map<string, Checkout>()
    for (const { request } of this.calls) {
      if (request.do !== "place" || request.key === null) continue
      const { customer, key, method } = request
      sent.set(`${customer} ${key}`, { customer, key, method })
    }
    return [...sent.values()]
  }

  get customers(): ReadonlyArray<string> {
    return [...new Set(this.calls.flatMap(({ request }) => ("customer" in request ? [request.customer] : [])))]
  }

  /** How many answers were given. */
  get acknowledged(): number {
    return this.calls.filter(({ answer }) => answer !== null).length
  }

  of<D extends Request["do"]>(...does: ReadonlyArray<D>) {
    return this.calls.filter((call): call is Call & { readonly request: Extract<Request, { do: D }> } =>
      does.some((each) => each === call.request.do)
    )
  }
}
