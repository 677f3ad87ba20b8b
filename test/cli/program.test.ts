import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { describe, expect, inject, it } from "vitest"
import * as Program from "../../src/cli/Program.js"
import { freshDatabase } from "../support/postgres.js"
import { program } from "./program.js"

const cli = program()
const secret = "a secret of more than thirty-two bytes"
const oneLine = /^octavo: [^\n]+\n$/

describe("octavo", () => {
  it.each([["--help"], ["import", "-h"], ["help", "serve"]])("%s %s tells how", async (...args) => {
    const { code, stdout, stderr } = await cli.run(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toMatch(/^Usage: octavo /)
  })

  it.each(["--version", "-v"])("%s tells the version of the package", async (arg) => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"))
    expect(await cli.run([arg])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" })
  })

  it("migrate offers no option that means nothing to a database's tables", async () => {
    const { stdout } = await cli.run(["migrate", "--help"])
    expect(stdout).toContain("--postgres URL")
    expect(stdout).not.toMatch(/--memory|--currency/)
  })

  it.each(Program.commands)("$name has a help that fits a terminal", ({ name, help }) => {
    expect(help).toMatch(new RegExp(`^Usage: octavo ${name}`))
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120)
  })

  it("a command line that cannot be followed ends with 2 and one line", async () => {
    const { code, stdout, stderr } = await cli.run(["serve", "--prot", "1"])
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toMatch(oneLine)
  })

  it.each([
    [["sell"], {}, /"sell".*serve, import, recover, audit, outbox, migrate, token/],
    [["serve", "--prot", "1"], {}, /--prot.*octavo serve --help/],
    [["serve", "now"], {}, /takes no argument/],
    [["serve", "--port", "65536"], {}, /--port takes/],
    [["serve"], { PORT: "http" }, /PORT takes/],
    [["serve"], { OCTAVO_JWT_SECRET: "short" }, /5 bytes.*at least 32; make one: /],
    [["serve", "--host", "0.0.0.0"], {}, /needs a secret/],
    [["serve", "--currency", "XXX"], {}, /ISO 4217/],
    [["serve"], { OCTAVO_SQLITE: "a.db", OCTAVO_MEMORY: "1" }, /OCTAVO_SQLITE or OCTAVO_MEMORY/],
    [["serve", "--postgres", "localhost"], {}, /postgres:\/\//],
    [["migrate", "--memory"], {}, /memory has no tables/],
    [["migrate", "--currency", "EUR"], {}, /--currency goes with octavo serve and import/],
    [["import", "a.csv", "--price", "-1"], {}, /--price.*another option.*--price=-1/],
    [["migrate", "--print", "--dialect", "oracle"], {}, /sqlite or postgres/],
    [["token"], { OCTAVO_JWT_SECRET: secret }, /--sub/],
    [["token", "--sub", "x"], {}, /OCTAVO_JWT_SECRET is not set/],
    [["token", "--sub", "x", "--role", "king"], {}, /user, staff or admin/],
    [["token", "--sub", "x", "--expires", "soon"], { OCTAVO_JWT_SECRET: secret }, /90s, 15m/],
    [["recover", "--grace", "soon"], {}, /--grace takes a time such as 90s, 15m, 1h or 30d, not "soon"/],
    [["recover"], { OCTAVO_MEMORY: "1" }, /memory keeps nothing/],
    [["recover", "--currency", "EUR"], {}, /--currency/],
    [["audit", "--overdue", "0s"], {}, /--overdue takes a time/],
    [["audit", "--payments", "24h"], {}, /demonstration gateway keeps none; set STRIPE_SECRET_KEY/],
    [["audit"], { STRIPE_SECRET_KEY: "pk_live_1" }, /secret or restricted key/],
    [["recover"], { STRIPE_SECRET_KEY: "sk_1", OCTAVO_STRIPE_API: "localhost" }, /OCTAVO_STRIPE_API takes a URL/],
    [["serve"], { STRIPE_WEBHOOK_SECRET: "whsec_1" }, /STRIPE_WEBHOOK_SECRET goes with STRIPE_SECRET_KEY/],
    [["serve", "--events", "loud"], {}, /orders, all or none/],
    [["outbox", "--state", "lost"], {}, /waiting, parked, undeliverable or delivered, not "lost"/],
    [["outbox", "list"], {}, /followed by retry, not by "list"/],
    [["outbox", "--all"], {}, /--all goes with octavo outbox retry/],
    [["outbox", "retry"], {}, /ids of events, or --all/],
    [["outbox", "retry", "x", "--all"], {}, /ids of events, or --all/],
    [["outbox", "retry", "x", "--limit", "3"], {}, /--limit goes with the list/],
    [["outbox", "retry", "x", "--state", "parked"], {}, /--state parked or undeliverable, with --all/]
  ] as const)("%j with %j is a usage error", async (args, env, message) => {
    const failure = await Effect.runPromise(Effect.flip(Program.follow(args, env)))
    expect(failure.exitCode).toBe(2)
    expect(failure.message).toMatch(message)
  })

  it.each([
    [["serve", "--postgres", "postgres://u:pass@127.0.0.1:1/shop"], /127\.0\.0\.1:1\/shop: cannot be reached/],
    [["migrate", "--sqlite", "no/such/shop.db"], /directory does not exist/],
    [["migrate", "--sqlite", "text.db"], /not an SQLite database/]
  ])("%j has one clear line of trouble", async (args, message) => {
    cli.write("text.db", "this is some text, long enough to be taken for a database".repeat(20))
    const { code, stdout, stderr } = await cli.run(args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
    expect(stderr).toMatch(oneLine)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain("pass@")
    expect((await cli.run([...args, "--debug"])).stderr).toMatch(/\n.*Error/)
  })

  it("an option wins over the environment", async () => {
    const { code, stderr } = await cli.run(["migrate", "--sqlite", "mine.db"], {
      OCTAVO_POSTGRES: "postgres://nowhere/x"
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: "SQLite file mine.db is up to date\n" })
  })

  it("migrates a database, again without effect, and prints the SQL that does the same", async () => {
    const database = await freshDatabase(inject("postgresUrl"))
    try {
      for (const _ of [1, 2]) {
        const { code, stderr } = await cli.run(["migrate"], { OCTAVO_POSTGRES: database.url })
        expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/is up to date\n$/) })
      }
    } finally {
      await database.drop()
    }
    const postgres = await cli.run(["migrate", "--print", "--dialect", "postgres"])
    expect(postgres.stdout).toMatch(/CREATE TABLE.*octavo_books[\s\S]*jsonb/)
    const sqlite = await cli.run(["migrate", "--print"])
    expect(sqlite.stdout).toMatch(/CREATE TABLE.*octavo_books/)
    expect(sqlite.stdout).not.toMatch(/jsonb/)
  })

  it("refuses a store in another currency, and names it", async () => {
    const args = ["import", cli.write("one.csv", "title,author,price\nEmma,Jane Austen,9\n"), "--sqlite", "usd.db"]
    expect((await cli.run(args)).code).toBe(0)
    const { code, stderr } = await cli.run([...args, "--currency", "EUR"])
    expect(code).toBe(1)
    expect(stderr).toMatch(/prices are in USD; add --currency USD/)
  })

  it.each(["staff", "admin"])("prints a token of the role %s for the secret", async (role) => {
    const { code, stdout } = await cli.run(["token", "--sub", "kim", "--role", role, "--expires", "15m"], {
      OCTAVO_JWT_SECRET: secret
    })
    expect(code).toBe(0)
    const claims = JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString())
    expect(claims).toMatchObject({ sub: "kim", role })
    expect(claims.exp - claims.iat).toBe(900)
  })
})
