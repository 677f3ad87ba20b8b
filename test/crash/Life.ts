/** One worker, from its start to its death. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Message, Restart, Spec } from "./Messages.js"

export interface Life {
  /** What it had told when it was done with what earlier lives had left; fails when it dies before. */
  readonly ready: Promise<Restart>
  /** Lets it begin its work. */
  readonly go: () => void
  readonly kill: () => void
  /** All it told. */
  readonly end: Promise<End>
}

export interface End {
  readonly messages: ReadonlyArray<Message>
  /** By SIGKILL, its own or from outside. */
  readonly killed: boolean
  /** The last of its logs. */
  readonly log: string
}

export const begin = (worker: string, spec: Spec, killAt?: string): Life => {
  const { OCTAVO_KILL_AT: _, ...env } = process.env
  const child = spawn(process.execPath, [worker, JSON.stringify(spec)], {
    env: killAt === undefined ? env : { ...env, OCTAVO_KILL_AT: killAt },
    stdio: ["pipe", "pipe", "pipe"]
  })
  // Whoever dies does not read.
  child.stdin.on("error", () => {})
  let log = ""
  child.stderr.on("data", (chunk) => {
    log = (log + chunk).slice(-10_000)
  })
  const messages: Array<Message> = []
  let isReady: (restart: Restart) => void = () => {}
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message: Message = JSON.parse(line)
    messages.push(message)
    if (message.say === "ready") isReady(message.restart)
  })
  const end = new Promise<End>((done, fail) => {
    child.on("error", fail)
    child.on("close", (_code, signal) => done({ messages, killed: signal === "SIGKILL", log }))
  })
  const ready = new Promise<Restart>((done, fail) => {
    isReady = done
    void end.then(({ messages, log }) =>
      fail(new Error(`a worker died before it was ready: ${JSON.stringify(messages)} ${log}`))
    )
  })
  ready.catch(() => {})
  return { ready, end, go: () => void child.stdin.end("go\n"), kill: () => void child.kill("SIGKILL") }
}
