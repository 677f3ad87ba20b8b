/** Clients on a thread of their own, so that what they cost is not the server's: each sends its next request when answered. */

import { once } from "node:events"
import { Agent, request } from "node:http"
import { parentPort, Worker } from "node:worker_threads"

export interface Request {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly customer?: string
  readonly body?: string
}

export interface Load {
  /** The seconds that all requests take. */
  readonly send: (url: string, clients: number, requests: ReadonlyArray<Request>) => Promise<number>
  readonly close: () => Promise<unknown>
}

export const start = (): Load => {
  const worker = new Worker(new URL(import.meta.url))
  return {
    send: async (url, clients, requests) => {
      worker.postMessage({ url, clients, requests })
      const [answer] = await once(worker, "message")
      if (typeof answer !== "number") throw new Error(answer)
      return answer
    },
    close: () => worker.terminate()
  }
}

// internal

const send = (agent: Agent, url: string, { method, path, customer, body }: Request) =>
  new Promise<void>((resolve, reject) => {
    const headers = {
      ...(customer === undefined ? {} : { authorization: `Bearer ${customer}` }),
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
    }
    const asked = request(url + path, { agent, method, headers }, (response) => {
      response.resume()
      response.on("end", () =>
        (response.statusCode ?? 500) < 300 ? resolve() : reject(new Error(`${method} ${path}: ${response.statusCode}`))
      )
    })
    asked.on("error", reject)
    asked.end(body)
  })

const sendAll = async (url: string, clients: number, requests: ReadonlyArray<Request>) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  let next = 0
  const client = async () => {
    for (let asked = requests[next++]; asked !== undefined; asked = requests[next++]) await send(agent, url, asked)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const seconds = (performance.now() - start) / 1000
  agent.destroy()
  return seconds
}

parentPort?.on("message", ({ url, clients, requests }) =>
  sendAll(url, clients, requests).then(
    (seconds) => parentPort?.postMessage(seconds),
    (error) => parentPort?.postMessage(String(error))
  )
)
