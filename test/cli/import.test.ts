import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { Effect } from "effect"
import { describe, expect, inject, it } from "vitest"
import * as Program from "../../src/cli/Program.js"
import { freshDatabase } from "../support/postgres.js"
import { type Ended, program } from "./program.js"

const cli = program()

/** The counts that a run printed, by name. */
const counts = ({ stdout }: Ended) =>
  Object.fromEntries([...stdout.matchAll(/^(\w+): +(\d+)$/gm)].map(([, name, count]) => [name, Number(count)]))
const tally = (read: number, more: Record<string, number>) => ({
  ...{ read, added: 0, updated: 0, unchanged: 0, skipped: 0, refused: 0 },
  ...more
})
const text = (name: string) => readFileSync(join(cli.directory, name), "utf8")
const books = (file: string) => {
  const database = new Database(join(cli.directory, file), { readonly: true, timeout: 0 })
  try {
    return database.prepare("SELECT title, author, isbn, price FROM octavo_books ORDER BY title").all()
  } finally {
    database.close()
  }
}

const shop = `Copies;Verfasser;Titel;ISBN;Preis;Year
3;Jane Austen;Emma;0141439580;9,49;1815.0
;Émile Zola;Germinal;;10,49;1885
2;Homer;Odyssey;140268863;12,00;-700
x;Nobody;No stock;;1,00;
1;Nobody;Wrong ISBN;0141439581;1,00;
1;Nobody;Too many;;1,00;;
`
const mapped = ["--map", "author=Verfasser", "--map", "title=Titel", "--map", "price=Preis", "--stock", "5"]

describe("octavo import", () => {
  it("counts add up, a second run changes nothing, and corrected rejects go in", async () => {
    const file = cli.write("shop.csv", shop)
    const store = ["--sqlite", "shop.db"]
    const first = await cli.run(["import", file, ...mapped, ...store])
    expect(first.code).toBe(0)
    expect(counts(first)).toEqual(tally(6, { added: 3, refused: 3 }))
    expect(first.stdout).toMatch(/1 {2}ISBN-10 given back its leading zeros/)
    expect(first.stdout).toMatch(/1 {2}date that is impossible/)
    expect(books("shop.db")).toMatchObject([
      { title: "Emma", isbn: "9780141439587", price: 949 },
      { title: "Germinal", isbn: null, price: 1049 },
      { title: "Odyssey", isbn: "9780140268867", price: 1200 }
    ])

    const again = await cli.run(["import", file, ...mapped, ...store])
    expect(counts(again)).toEqual(tally(6, { unchanged: 3, refused: 3 }))
    const skipping = await cli.run(["import", file, ...mapped, ...store, "--existing", "skip"])
    expect(counts(skipping)).toEqual(tally(6, { skipped: 3, refused: 3 }))

    const rejects = text("shop.rejects.csv")
    expect(rejects.split("\n").map((line) => line.replace(/;[^;]*;/, ";…;"))).toEqual([
      "line;…;Copies;Verfasser;Titel;ISBN;Preis;Year",
      "5;…;x;Nobody;No stock;;1,00;",
      "6;…;1;Nobody;Wrong ISBN;0141439581;1,00;",
      "7;…;1;Nobody;Too many;;1,00;;",
      ""
    ])
    cli.write("corrected.csv", rejects.replace(";x;", ";4;").replace("0141439581", "").replace(";;\n", ";\n"))
    const corrected = await cli.run(["import", "corrected.csv", ...mapped, ...store])
    expect(counts(corrected)).toEqual(tally(3, { added: 3 }))
    expect(existsSync(join(cli.directory, "corrected.rejects.csv"))).toBe(false)
  })

  it("goes into PostgreSQL alike", async () => {
    const database = await freshDatabase(inject("postgresUrl"))
    try {
      const args = ["import", cli.write("pg.csv", shop), ...mapped, "--postgres", database.url]
      expect(counts(await cli.run(args))).toEqual(tally(6, { added: 3, refused: 3 }))
      expect(counts(await cli.run(args))).toEqual(tally(6, { unchanged: 3, refused: 3 }))
    } finally {
      await database.drop()
    }
  })

  it("reads Latin-1 on request, from standard input too, and says so when it should have been asked", async () => {
    const content = Buffer.from("title,author,price\nGerminal,\xc9mile Zola,9.00\nBad,\xc9,x\n", "latin1")
    const file = cli.write("latin.csv", content)
    const asUtf8 = await cli.run(["import", file, "--sqlite", "latin.db"])
    expect(asUtf8).toMatchObject({ code: 1, stdout: "" })
    expect(asUtf8.stderr).toMatch(/not UTF-8 at line 2; .*--encoding latin1\n$/)
    expect(existsSync(join(cli.directory, "latin.db"))).toBe(false)
    const right = await cli.run(["import", file, "--sqlite", "latin.db", "--encoding", "latin1"])
    expect(counts(right)).toEqual(tally(2, { added: 1, refused: 1 }))
    expect(books("latin.db")).toMatchObject([{ author: "Émile Zola" }])
    expect(readFileSync(join(cli.directory, "latin.rejects.csv"), "latin1")).toContain(",Bad,É,x\n")
    const piped = await cli.run(["import", "-", "--memory"], {}, "title,author,price\nEmma,Jane Austen,9\n")
    expect(counts(piped)).toEqual(tally(1, { added: 1 }))
  })

  it.each([
    ["empty.csv", "", /is empty/],
    ["binary.csv", "\0\x01\x02", /is not text/],
    ["header.csv", "a,b\n1,2\n", /no column for title and author.*--map title=COLUMN.*columns are: a, b/],
    ["quote.csv", 'title,author,price\nA,"B,1\nC,D,2\n', /line 2/],
    ["missing.csv", undefined, /there is no such file/]
  ])("%s is no CSV, and nothing is imported", async (name, content, message) => {
    if (content !== undefined) cli.write(name, content)
    const { code, stdout, stderr } = await cli.run(["import", name, "--sqlite", `${name}.db`])
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^ +at /m)
    if (existsSync(join(cli.directory, `${name}.db`))) expect(books(`${name}.db`)).toEqual([])
  })

  it.each([
    [["--map", "price=VK"], /"VK".*columns are: title, author/],
    [["--map", "colour=title"], /no field "colour"/],
    [[], /no column for the price; add --price/],
    [["--price", "1.234"], /at most 2 decimals/],
    [["--price", "1", "--stock", "many"], /--stock takes a whole number/],
    [["--price", "1", "--existing", "drop"], /update or skip/],
    [["--price", "1", "--rejects", "plain.csv"], /is the file that is read/],
    [["--price", "1", "--memory", "--sqlite", "x.db"], /--sqlite or --memory/]
  ])("%j is a usage error", async (args, message) => {
    const file = join(cli.directory, cli.write("plain.csv", "title,author\nEmma,Austen\n"))
    const line = ["import", file, ...args.map((arg) => (arg === "plain.csv" ? file : arg))]
    const failure = await Effect.runPromise(Effect.flip(Program.follow(line, {})))
    expect(failure.exitCode).toBe(2)
    expect(failure.message).toMatch(message)
  })

  it("keeps an earlier rejects file aside", async () => {
    const file = cli.write("aside.csv", "title,author,price\n,Nobody,1\n")
    cli.write("aside.rejects.csv", "being corrected")
    await cli.run(["import", file, "--memory"])
    expect(text("aside.rejects.csv")).toMatch(/^line,reason,title,author,price\n2,"title: /)
    expect(text("aside.rejects.csv.previous")).toBe("being corrected")
  })

  it.skipIf(!existsSync("/dev/full"))("a full disk stops it with one clear line", async () => {
    const file = cli.write("full.csv", "title,author,price\nEmma,Jane Austen,9\n,Nobody,1\n")
    const ended = await cli.run(["import", file, "--sqlite", "full.db", "--rejects", "/dev/full"])
    expect(ended.code).toBe(1)
    expect(counts(ended)).toEqual(tally(2, { added: 1, refused: 1 }))
    expect(ended.stderr).toMatch(/^octavo: cannot write \/dev\/full: the disk is full; .*--rejects.*\n$/m)
    expect(ended.stderr).not.toMatch(/^ +at /m)
    expect(books("full.db")).toMatchObject([{ title: "Emma" }])
  })

  it("SIGINT stops it after the last full batch, and what comes again continues", async () => {
    const row = (i: number) => `Book ${i},Author ${i},9.00\n`
    const all = ["title,author,price\n", ...Array.from({ length: 2500 }, (_, i) => row(i))].join("")
    const args = ["import", "-", "--sqlite", "long.db"]
    const running = cli.start(args)
    running.child.stdin.write(all)
    await until(() => books("long.db").length === 2000)
    running.child.kill("SIGINT")
    const stopped = await running.ended
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toMatch(/stopped .* the same command again continues/)
    expect(counts(stopped)).toEqual(tally(2000, { added: 2000 }))
    expect(counts(await cli.run(args, {}, all))).toEqual(tally(2500, { added: 500, unchanged: 2000 }))
  })

  it("SIGINT ends it while it waits for standard input", async () => {
    const running = cli.start(["import", "-", "--memory"])
    running.child.stdin.write("title,author,price\nEmma,Jane Austen,9\n")
    await running.says(/importing/)
    running.child.kill("SIGINT")
    expect((await running.ended).code).toBe(130)
  })
})

/** Waits until it is so; while the table is not there, or busy, it is not. */
const until = async (isSo: () => boolean) => {
  for (;;) {
    try {
      if (isSo()) return
    } catch {
      // Not yet.
    }
    await new Promise((done) => setTimeout(done, 20))
  }
}
