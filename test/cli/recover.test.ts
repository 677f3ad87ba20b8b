import { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { Carts, Catalog, Orders } from "octavo"
import * as Sqlite from "octavo/sqlite"
import { describe, expect, it } from "vitest"
import { here } from "./here.js"
import { ago, bought, inFile, left, stocked } from "./shop.js"

const cli = here()

describe("octavo recover", () => {
  it("gives up what nobody was charged for: copies and cart are back; a second time there is nothing to do", async () => {
    const { order, book } = await inFile(
      cli.file("left.db"),
      Effect.gen(function* () {
        const book = yield* stocked(3)
        return { book, order: yield* left("ada", book).pipe(ago("5 minutes")) }
      })
    )
    expect(await cli.run(["recover", "--sqlite", cli.file("left.db")])).toEqual({
      code: 0,
      stdout: `failed     ${order.id}\n0 confirmed, 1 failed, 0 refunded, 0 waiting\n`,
      stderr: ""
    })
    const after = await inFile(
      cli.file("left.db"),
      Effect.gen(function* () {
        const [catalog, carts, orders] = [yield* Catalog.Catalog, yield* Carts.Carts, yield* Orders.Orders]
        return {
          stock: (yield* catalog.get(book)).stockQuantity,
          cart: (yield* carts.view("ada")).totalItems,
          order: yield* orders.get("ada", order.id)
        }
      })
    )
    expect(after).toMatchObject({ stock: 3, cart: 1, order: { status: "payment_failed", reason: "never_charged" } })
    const again = await cli.run(["recover", "--sqlite", cli.file("left.db"), "--json"])
    expect(again).toMatchObject({ code: 0, stderr: "" })
    expect(JSON.parse(again.stdout)).toEqual({ confirmed: [], failed: [], refunded: [], waiting: [] })
  })

  it("leaves to others what is not yet old enough, also in a store of another currency", async () => {
    await inFile(cli.file("young.db"), Effect.flatMap(stocked(2), (book) => left("ada", book)).pipe(ago("5 minutes")))
    await Effect.runPromise(
      Effect.provide(
        Effect.flatMap(SqlClient, (sql) => sql.unsafe("UPDATE octavo_store SET currency = 'EUR'")),
        Sqlite.client(cli.file("young.db"))
      )
    )
    const { code, stdout } = await cli.run(["recover", "--sqlite", cli.file("young.db"), "--grace", "1h"])
    expect({ code, stdout }).toEqual({ code: 0, stdout: "0 confirmed, 0 failed, 0 refunded, 0 waiting\n" })
  })

  it("ends with 1 while something waits, and says what and why in one line each", async () => {
    const order = await inFile(
      cli.file("waiting.db"),
      Effect.flatMap(stocked(2), (book) => left("ada", book)).pipe(ago("5 minutes"))
    )
    const nobody = { STRIPE_SECRET_KEY: "sk_test_octavo", OCTAVO_STRIPE_API: "http://127.0.0.1:1" }
    const { code, stdout, stderr } = await cli.run(["recover", "--sqlite", cli.file("waiting.db"), "--json"], nobody)
    expect(code).toBe(1)
    expect(JSON.parse(stdout).waiting).toEqual([{ order_id: order.id, why: "gateway" }])
    expect(stderr).toMatch(new RegExp(`^\\S+ WARN The payment gateway gave no answer: [^\\n]*orderId=${order.id}\\n$`))
    const { stdout: text } = await cli.run(["recover", "--sqlite", cli.file("waiting.db")], nobody)
    expect(text).toMatch(
      new RegExp(`^waiting    ${order.id}  the payment provider gave no answer\n0 confirmed.*1 waiting\n$`)
    )
  })

  it("asks no gateway that knows of none of the store's payments", async () => {
    const paid = await inFile(
      cli.file("elsewhere.db"),
      Effect.gen(function* () {
        const book = yield* stocked(3)
        yield* left("bob", book).pipe(ago("5 minutes"))
        return yield* bought("ada", book)
      })
    )
    await Effect.runPromise(
      Effect.provide(
        Effect.flatMap(SqlClient, (sql) =>
          sql.unsafe("UPDATE octavo_orders SET payment_id = 'pi_1' WHERE id = ?", [paid.id])
        ),
        Sqlite.client(cli.file("elsewhere.db"))
      )
    )
    for (const args of [["recover"], ["audit", "--repair"]]) {
      const { code, stdout, stderr } = await cli.run([...args, "--sqlite", cli.file("elsewhere.db")])
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
      expect(stderr).toMatch(/^octavo: [^\n]*paid with another provider[^\n]*STRIPE_SECRET_KEY[^\n]*\n$/)
    }
    expect((await cli.run(["audit", "--sqlite", cli.file("elsewhere.db")])).code).toBe(0)
  })

  it.each(["recover", "audit", "outbox"])("%s makes no database where there is none, and alters none", async (name) => {
    const missing = await cli.run([name, "--sqlite", cli.file("missing.db")])
    expect(missing).toMatchObject({ code: 1, stdout: "" })
    expect(missing.stderr).toMatch(/^octavo: SQLite file \S*missing.db: there is no such file; [^\n]*\n$/)
    cli.write(`empty-${name}.db`, "")
    const empty = await cli.run([name, "--sqlite", cli.file(`empty-${name}.db`)])
    expect(empty.code).toBe(1)
    expect(empty.stderr).toMatch(/^octavo: [^\n]*run `octavo migrate`\n$/)
  })
})
