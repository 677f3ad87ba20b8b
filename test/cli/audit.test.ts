import { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { Catalog, PreBookings } from "octavo"
import * as Sqlite from "octavo/sqlite"
import { describe, expect, it } from "vitest"
import { here } from "./here.js"
import { ago, bought, inFile, left, stocked } from "./shop.js"

const cli = here()
const spoil = (name: string, ...statements: ReadonlyArray<string>) =>
  Effect.runPromise(
    Effect.provide(
      Effect.flatMap(SqlClient, (sql) => Effect.forEach(statements, (statement) => sql.unsafe(statement))),
      Sqlite.client(cli.file(name))
    )
  )

describe("octavo audit", () => {
  it("names each violation in a line, proposes a repair, and puts right what it can when asked", async () => {
    const { book, paid, waiting } = await inFile(
      cli.file("spoiled.db"),
      Effect.gen(function* () {
        const book = yield* stocked(5)
        return { book, paid: yield* bought("ada", book), waiting: yield* left("bob", book).pipe(ago("2 hours")) }
      })
    )
    const audit = (...args: ReadonlyArray<string>) => cli.run(["audit", "--sqlite", cli.file("spoiled.db"), ...args])
    expect(await audit("--overdue", "3h")).toEqual({ code: 0, stdout: "sound\n", stderr: "" })
    await spoil(
      "spoiled.db",
      "UPDATE octavo_books SET stock = stock - 1",
      "UPDATE octavo_orders SET total = total + 1 WHERE status = 'confirmed'",
      "DELETE FROM octavo_outbox WHERE aggregate_id IN (SELECT id FROM octavo_orders)"
    )
    const found = await audit()
    expect(found).toMatchObject({ code: 1, stderr: "" })
    const lines = found.stdout.trimEnd().split("\n")
    const unsound = lines.filter((line) => !line.startsWith("DeliveryLate"))
    expect(unsound.sort()).toEqual([
      lines.at(-1),
      `EventMissing order=${paid.id}: there is no OrderConfirmed event. Repair: write the event that is missing.`,
      expect.stringMatching(
        new RegExp(
          `^PaymentStuck order=${waiting.id}: has waited for its payment since \\S+Z. Repair: ask the provider`
        )
      ),
      `StockUnbalanced book=${book}: 2 in stock, 0 on hold and 2 in orders are not the 5 that were put in. Repair: set the stock to what was put in less what is in orders and on hold.`,
      `TotalWrong order=${paid.id}: its total is 1001, its lines make 1000 (minor units). Repair: look at it by hand.`
    ])
    expect(lines.at(-1)).toBe(`${lines.length - 1} violations`)
    expect((await audit()).stdout).toBe(found.stdout)

    const mended = await audit("--repair", "--json")
    const report = JSON.parse(mended.stdout)
    expect(report).toMatchObject({ asked: 0, unanswered: 0 })
    expect(report.findings).toContainEqual({
      violation: "StockUnbalanced",
      book_id: book,
      stock: 2,
      on_hold: 0,
      in_orders: 2,
      put_in: 5,
      repair: "Recount",
      repaired: true
    })
    const open = report.findings.filter(({ repaired }: { readonly repaired: boolean }) => !repaired)
    expect(new Set(open.map(({ violation }: { readonly violation: string }) => violation))).toEqual(
      new Set(["TotalWrong", ...lines.filter((line) => line.startsWith("DeliveryLate")).map(() => "DeliveryLate")])
    )
    await spoil("spoiled.db", "UPDATE octavo_orders SET total = total - 1 WHERE status = 'confirmed'")
    expect(await audit("--overdue", "30d")).toEqual({ code: 0, stdout: "sound\n", stderr: "" })
  })

  it("tells what was put right, and ends with 0 when nothing is left", async () => {
    await inFile(cli.file("small.db"), stocked(5))
    await spoil("small.db", "UPDATE octavo_books SET stock = 7")
    const { code, stdout } = await cli.run(["audit", "--sqlite", cli.file("small.db"), "--repair"])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^StockUnbalanced \S+: 7 in stock, .* Put right: the stock was set anew\.\nsound, 1 put right\n$/
      )
    })
  })

  it("names those who were not told, and copies that wait to be handed out; with leave to repair it does both", async () => {
    const book = await inFile(
      cli.file("waiting.db"),
      Effect.gen(function* () {
        const [{ request }, { changeStock }] = [yield* PreBookings.PreBookings, yield* Catalog.Catalog]
        const id = yield* stocked(0)
        yield* request("ada", { bookId: id })
        yield* changeStock(id, { quantity: 1 })
        return id
      }).pipe(ago("2 hours"))
    )
    const audit = (...args: ReadonlyArray<string>) => cli.run(["audit", "--sqlite", cli.file("waiting.db"), ...args])
    const lines = async (...args: ReadonlyArray<string>) =>
      (await audit(...args)).stdout.split("\n").filter((line) => line !== "" && !line.startsWith("DeliveryLate"))
    expect((await audit("--overdue", "3h")).stdout).toBe("sound\n")
    await spoil(
      "waiting.db",
      "DELETE FROM octavo_outbox WHERE type = 'PreBookingNotified'",
      "UPDATE octavo_prebooks SET status = 'waiting', notified_at = NULL",
      "INSERT INTO octavo_waves SELECT book_id, 0, created_at, 0 FROM octavo_prebooks",
      "UPDATE octavo_books SET stock = 0, arrived = 1"
    )
    const seen = "see that octavo serve runs, which hands out and tells."
    expect((await lines()).slice(0, -1)).toEqual([
      `CopiesIdle book=${book}: 1 have come in, and for long none was handed out. Repair: ${seen}`,
      expect.stringMatching(new RegExp(`^TellingLate book=${book}: some who waited have not been told since \\S+Z\\.`))
    ])
    expect((await lines("--repair")).slice(0, -1)).toEqual([
      expect.stringMatching(/^CopiesIdle .* Put right: it was handed out and told\.$/),
      expect.stringMatching(/^TellingLate .* Put right: it was handed out and told\.$/)
    ])
    expect((await audit("--overdue", "3h")).stdout).toBe("sound\n")
    const { stock, told } = await inFile(
      cli.file("waiting.db"),
      Effect.gen(function* () {
        const [{ list }, { get }] = [yield* PreBookings.PreBookings, yield* Catalog.Catalog]
        const { items } = yield* list("ada")
        return { stock: (yield* get(book)).stockQuantity, told: items.map(({ status }) => status) }
      })
    )
    expect({ stock, told }).toEqual({ stock: 1, told: ["notified"] })
  })

  it("one at a time repairs; another is told so", async () => {
    await inFile(cli.file("held.db"), stocked(5))
    await spoil(
      "held.db",
      "INSERT INTO octavo_leases VALUES ('audit', 'audit', 'token', '2020-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z')"
    )
    const { code, stderr } = await cli.run(["audit", "--sqlite", cli.file("held.db"), "--repair"])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "octavo: another audit is repairing this store; wait until it is done\n"
    })
  })
})
