/** The walk of the README, typed into two shells. */
import { spawn } from "node:child_process"
import { chmodSync, readFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { delimiter } from "node:path"
import { expect, it } from "vitest"
import { program } from "./cli/program.js"

const cli = program()

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const walk = readme.slice(readme.indexOf("### A walk through it"), readme.indexOf("## Fulfilment"))
const [shop = "", ...customers] = [...walk.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, typed = ""]) => typed)

/** A shell to type into, whose `npx octavo` is the program of these sources. */
const shell = (port: number) => {
  chmodSync(
    `${cli.directory}/${cli.write("npx", `#!/bin/sh\nshift\nexec "${process.execPath}" "${cli.main}" "$@"\n`)}`,
    0o755
  )
  const child = spawn("sh", {
    cwd: cli.directory,
    // A process group of its own, which ends as a whole.
    detached: true,
    env: { PATH: `${cli.directory}${delimiter}${process.env.PATH}`, PORT: String(port) }
  })
  const said = { stdout: "", stderr: "" }
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].on("data", (chunk) => {
      said[stream] += chunk
    })
  const ended = new Promise<number | null>((done) => child.on("close", done))
  const type = (script: string) => child.stdin.write(`${script}\n`)
  return { child, said, ended, type }
}

const freePort = () =>
  new Promise<number>((done) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })

it("sells a book out, keeps the copy that comes in for the first in line, and the next one for the next", async () => {
  const port = await freePort()
  const first = shell(port)
  first.type(shop)
  try {
    await expect.poll(() => first.said.stdout, { timeout: 30_000 }).toMatch(/octavo serves memory/)
    const mails = () => [...first.said.stderr.matchAll(/\| To: (\w+)@example\.com\n {2}\| Subject: (.*)/g)]
    const second = shell(port)
    for (const typed of customers) {
      second.type(typed)
      // Whoever types reads the mail of the copy that is held before he buys it.
      if (typed.includes("PATCH")) await expect.poll(() => mails().length, { timeout: 20_000 }).toBe(2)
    }
    second.child.stdin.end()
    expect(await second.ended).toBe(0)
    expect(second.said.stderr).toBe("")
    const answers = second.said.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const cleos = answers[1]
    expect(answers).toMatchObject([
      { book: { title: "Carmilla" } },
      { status: "confirmed" },
      { status: "waiting", book_title: "Carmilla" },
      { status: "waiting" },
      { stock_quantity: 0 },
      { items: [{ status: "held", expires_at: expect.any(String) }] },
      { status: 409, code: "CART_BOOK_OUT_OF_STOCK" },
      { book: { title: "Carmilla", in_stock: false } },
      { status: "confirmed" },
      { id: cleos.id, status: "refunded" },
      { items: [{ status: "held" }] }
    ])
    const { notified_at, expires_at } = answers[5].items[0]
    expect(Date.parse(expires_at) - Date.parse(notified_at)).toBe(86_400_000)
    await expect.poll(() => mails().length, { timeout: 10_000 }).toBe(5)
    const told = (customer: string) => mails().filter(([, to]) => to === customer)
    expect(told("cleo").map(([, , subject]) => subject)).toEqual([
      expect.stringMatching(/confirmed/),
      expect.stringMatching(/cancelled/)
    ])
    expect(told("ada").map(([, , subject]) => subject)).toEqual([
      expect.stringMatching(/waiting for you: Carmilla/),
      expect.stringMatching(/confirmed/)
    ])
    expect(told("ben").map(([, , subject]) => subject)).toEqual([expect.stringMatching(/waiting for you: Carmilla/)])
  } finally {
    if (first.child.pid !== undefined) process.kill(-first.child.pid, "SIGTERM")
    expect(await first.ended).not.toBe(1)
  }
})
