import { Effect, Logger, LogLevel } from "effect"
import { Relay } from "octavo"
import { describe, expect, it } from "vitest"
import { here } from "./here.js"
import { bought, inFile, stocked } from "./shop.js"

const cli = here()

describe("octavo outbox", () => {
  it("lists what was not delivered, parked first, and lets it go on", async () => {
    const file = cli.file("events.db")
    const orders = await inFile(
      file,
      Effect.gen(function* () {
        const { deliver } = yield* Relay.Relay
        const book = yield* stocked(5)
        yield* deliver(() => Effect.void)
        const parked = [yield* bought("ada", book), yield* bought("bob", book)]
        yield* deliver(() => Effect.fail(new Error("smtp\nis down")), { attempts: 1 })
        return { parked, waiting: yield* bought("cy", book) }
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
    )
    const outbox = async (...args: ReadonlyArray<string>) => {
      const { code, stdout, stderr } = await cli.run(["outbox", ...args, "--sqlite", cli.file("events.db")])
      return { code, stderr, lines: stdout.split("\n").slice(0, -1) }
    }
    const all = await outbox()
    expect(all).toMatchObject({ code: 0, stderr: "" })
    const [first, second] = orders.parked.map(
      ({ id }) =>
        new RegExp(`^parked        \\S{36} OrderConfirmed +order=${id} failures=1 due=\\S+Z "smtp\\\\nis down"$`)
    )
    expect(all.lines).toEqual([
      expect.stringMatching(first as RegExp),
      expect.stringMatching(second as RegExp),
      expect.stringMatching(
        new RegExp(`^waiting       \\S{36} OrderConfirmed +order=${orders.waiting.id} failures=0 due=\\S+Z$`)
      )
    ])
    expect(await outbox("--state", "parked", "--limit", "1")).toMatchObject({
      lines: [all.lines[0]],
      stderr: "there are more; --limit N shows more than 1 of a state\n"
    })
    expect((await outbox("--state", "delivered")).lines).toHaveLength(2)
    const { lines: json } = await outbox("--state", "parked", "--json")
    const [{ id, ...rest }] = JSON.parse(json[0] ?? "")
    expect(rest).toMatchObject({
      state: "parked",
      event: "OrderConfirmed",
      aggregate: orders.parked[0]?.id,
      attempts: 1,
      error: "smtp\nis down"
    })
    expect(rest.due_at).toMatch(/^\d{4}-.*Z$/)

    expect(await outbox("retry", id)).toEqual({ code: 0, stderr: "", lines: ["1 event goes on"] })
    expect(await outbox("retry", id, "no-id")).toEqual({
      code: 1,
      stderr: `"${id}" is no parked or undeliverable event\n"no-id" is no parked or undeliverable event\n`,
      lines: ["0 events go on"]
    })
    expect(await outbox("retry", "--all")).toMatchObject({ code: 0, lines: ["1 event goes on"] })
    expect(await outbox("--state", "parked")).toEqual({ code: 0, stderr: "no events are parked\n", lines: [] })
    expect((await outbox()).lines).toHaveLength(3)
  })
  it("lists what is undeliverable with its reason, and lets one or all of it go on, all parked ones apart", async () => {
    const file = cli.file("undeliverable.db")
    const orders = await inFile(
      file,
      Effect.gen(function* () {
        const { deliver } = yield* Relay.Relay
        const book = yield* stocked(5)
        yield* deliver(() => Effect.void)
        const away = [yield* bought("ada", book), yield* bought("bob", book), yield* bought("cy", book)]
        yield* deliver(() => new Relay.Undeliverable({ reason: "nobody knows\nthis customer" }))
        yield* bought("dee", book)
        yield* deliver(() => Effect.fail("smtp is down"), { attempts: 1 })
        return away
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
    )
    const outbox = async (...args: ReadonlyArray<string>) => {
      const { code, stdout, stderr } = await cli.run(["outbox", ...args, "--sqlite", file])
      return { code, stderr, lines: stdout.split("\n").slice(0, -1) }
    }
    const { lines } = await outbox("--state", "undeliverable")
    expect(lines).toEqual(
      orders.map(({ id }) =>
        expect.stringMatching(
          new RegExp(
            `^undeliverable \\S{36} OrderConfirmed +order=${id} failures=0 due=\\S+Z "nobody knows\\\\nthis customer"$`
          )
        )
      )
    )
    expect((await outbox()).lines.map((line) => line.split(" ")[0])).toEqual([
      "parked",
      ...lines.map(() => "undeliverable")
    ])
    expect((await outbox("--state", "delivered")).lines.filter((line) => line.includes("OrderConfirmed"))).toEqual([])

    expect(await outbox("retry", lines[0]?.split(" ")[1] ?? "")).toMatchObject({ code: 0, lines: ["1 event goes on"] })
    expect(await outbox("retry", "--all")).toMatchObject({ code: 0, lines: ["1 event goes on"] })
    expect((await outbox("--state", "undeliverable")).lines).toHaveLength(2)
    expect(await outbox("retry", "--all", "--state", "undeliverable")).toMatchObject({ lines: ["2 events go on"] })
    expect((await outbox()).lines.map((line) => line.split(" ")[0])).toEqual([
      "waiting",
      "waiting",
      "waiting",
      "waiting"
    ])
    expect(await outbox("retry", "--all", "--state", "delivered")).toMatchObject({ code: 2 })
    expect(await outbox("--state", "lost")).toMatchObject({ code: 2 })
  })
})
