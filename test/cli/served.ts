/** `octavo serve` as a process, and customers who ask it by HTTP. */
import { Effect } from "effect"
import * as Jwt from "octavo/jwt"
import type { Program, Running } from "./program.js"

export const secret = "a secret of more than thirty-two bytes"

export interface Served extends Running {
  readonly url: string
  /** Ends it as an operator does; how it ended. */
  readonly stop: () => Running["ended"]
  /** What somebody is answered. */
  readonly ask: (
    as: string,
    method: string,
    path: string,
    body?: object
  ) => Promise<{ readonly status: number; readonly json: ReturnType<typeof JSON.parse> }>
  /** Buys a copy of what is in stock, or held; the order. */
  readonly buy: (as: string, book: string) => Promise<ReturnType<typeof JSON.parse>>
}

/** On a port that is free. Who is called `admin` is one. */
export const serve = async (
  cli: Program,
  args: ReadonlyArray<string>,
  env: Record<string, string> = {}
): Promise<Served> => {
  const all = ["serve", "--port", "0", "--host", "127.0.0.1", ...args]
  const running = cli.start(all, { OCTAVO_JWT_SECRET: secret, ...env })
  const url = / at (http:\S+)/.exec(await running.says(/ at (http:\S+)[\s\S]*payments:/))?.[1] ?? ""
  const ask: Served["ask"] = async (as, method, path, body) => {
    const role = as === "admin" ? "admin" : "user"
    const token = await Effect.runPromise(Jwt.sign({ customerId: as, role }, { secret }))
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    return { status: answer.status, json: text === "" ? undefined : JSON.parse(text) }
  }
  return {
    ...running,
    url,
    ask,
    stop: () => {
      running.child.kill("SIGTERM")
      return running.ended
    },
    buy: async (as, book_id) => {
      await ask(as, "POST", "/cart/items", { book_id })
      const { status, json } = await ask(as, "POST", "/orders/checkout", {})
      if (status !== 201) throw new Error(`nothing was bought: ${JSON.stringify(json)}`)
      return json
    }
  }
}
