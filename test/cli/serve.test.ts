import { spawnSync } from "node:child_process"
import { type AddressInfo, createServer } from "node:net"
import { describe, expect, it } from "vitest"
import { program } from "./program.js"

const cli = program()
const secret = "a secret of more than thirty-two bytes"

/** A server on a free port, and where it says that it is. */
const serve = async (args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const running = cli.start(["serve", "--port", "0", ...args], env)
  const said = await running.says(/ at (http:\S+)[\s\S]*payments:/)
  return { ...running, url: / at (http:\S+)/.exec(said)?.[1] ?? "" }
}
const stop = async ({ child, ended }: Awaited<ReturnType<typeof serve>>) => {
  child.kill("SIGTERM")
  return (await ended).code
}

describe("octavo serve", () => {
  it("--demo prints commands that buy a book", async () => {
    const server = await serve(["--demo"])
    const said = await server.says(/ADMIN=[\s\S]*admin\/orders.*\n/)
    const script = said.split("\n").filter((line) => /^(TOKEN|ADMIN|curl)/.test(line))
    const { status, stdout } = spawnSync("sh", ["-c", script.join("\n")], { encoding: "utf8" })
    expect(status).toBe(0)
    const [found, item, cart, order, mine, all] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(found.total).toBeGreaterThan(0)
    expect(item.book_id).toBe(found.items[0].id)
    expect(order).toMatchObject({ status: "confirmed", total_price: cart.total_price })
    expect(mine).toEqual([order])
    expect(all).toMatchObject([{ id: order.id, customer_id: "demo" }])

    const inStock = await (await fetch(`${server.url}/books?size=100`)).json()
    expect(inStock.total).toBeGreaterThanOrEqual(40)
    const stocks = inStock.items.map((book: { stock_quantity: number }) => book.stock_quantity)
    expect(stocks).toContain(0)
    expect(stocks).toContain(1)
    expect((await fetch(`${server.url}/docs`)).status).toBe(200)
    expect(await stop(server)).toBe(0)

    const second = await serve(["--demo"])
    expect((await (await fetch(`${second.url}/books`)).json()).total).toBe(inStock.total)
    expect(await stop(second)).toBe(0)
  })

  it.each(["JPY", "KWD"])("--demo has prices in %s", async (currency) => {
    const server = await serve(["--demo", "--memory", "--currency", currency])
    expect((await (await fetch(`${server.url}/books`)).json()).items[0]).toMatchObject({ currency })
    await stop(server)
  })

  it("takes the tokens that `octavo token` prints for its secret, and no others", async () => {
    const server = await serve(["--memory", "--host", "127.0.0.1"], { OCTAVO_JWT_SECRET: secret })
    const cart = async (of: string) => {
      const { stdout } = await cli.run(["token", "--sub", "kim"], { OCTAVO_JWT_SECRET: of })
      return (await fetch(`${server.url}/cart`, { headers: { authorization: `Bearer ${stdout.trim()}` } })).status
    }
    expect(await cart(secret)).toBe(200)
    expect(await cart(`${secret}, another`)).toBe(401)
    await stop(server)
  })

  it("without a secret it says so and listens on loopback only", async () => {
    const server = await serve(["--memory"])
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    await server.says(/OCTAVO_JWT_SECRET is not set.*this start only/)
    await stop(server)
  })

  it("a port that is taken is one clear line", async () => {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done))
    const { port } = other.address() as AddressInfo
    const { code, stdout, stderr } = await cli.run(["serve", "--memory"], { PORT: String(port) })
    other.close()
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: `octavo: port ${port} is taken; choose another with --port, or stop what listens there\n`
    })
  })

  it.each(["SIGTERM", "SIGINT"] as const)("%s finishes what is in flight, then ends with 0", async (signal) => {
    const server = await serve(["--memory"])
    const body = slowBody()
    const answer = fetch(`${server.url}/cart/items`, {
      method: "POST",
      body: body.stream,
      duplex: "half",
      headers: { "content-type": "application/json" }
    } as RequestInit)
    await new Promise((done) => setTimeout(done, 200))
    server.child.kill(signal)
    await server.says(/finishing what is in flight/)
    body.finish()
    expect((await answer).status).toBe(401)
    expect((await server.ended).code).toBe(0)
  })

  it("a second signal ends it at once", async () => {
    const server = await serve(["--memory"])
    const body = slowBody()
    const answer = fetch(`${server.url}/cart/items`, {
      method: "POST",
      body: body.stream,
      duplex: "half"
    } as RequestInit)
    answer.catch(() => {})
    await new Promise((done) => setTimeout(done, 200))
    server.child.kill("SIGTERM")
    await server.says(/finishing what is in flight/)
    server.child.kill("SIGTERM")
    expect((await server.ended).code).toBe(143)
    body.finish()
  })
})

/** A request body of which the end is still to come. */
const slowBody = () => {
  let finish = () => {}
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode("{"))
      finish = () => {
        try {
          controller.enqueue(new TextEncoder().encode("}"))
          controller.close()
        } catch {
          // The connection is gone.
        }
      }
    }
  })
  return { stream, finish: () => finish() }
}
