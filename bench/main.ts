/** `npm run bench`: octavo beside hand-written code on the bare drivers, in one run. `--help` tells the options. */
import { parseArgs } from "node:util"
import { catalogue, queries } from "./data.js"
import * as Http from "./http/run.js"
import { measure, type Operation, type Result } from "./measure.js"
import * as Carts from "./operations/carts.js"
import * as Fulfilment from "./operations/fulfilment.js"
import * as Import from "./operations/import.js"
import * as Reading from "./operations/reading.js"
import * as Waiting from "./operations/waiting.js"
import * as Places from "./places.js"
import type { Place } from "./shop.js"
import { httpTable, table } from "./table.js"

const help = `npm run bench -- [options]
  --quick            fewer rounds, 10,000 books only: a minute
  --store STORE      sqlite or postgres alone
  --only WORD        operations with this word in their name
  --data FILE.csv    titles and authors of a file, columns title and authors, instead of invented ones`

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    store: { type: "string" },
    only: { type: "string", default: "" },
    data: { type: "string" },
    help: { type: "boolean", default: false }
  }
})

const rounds = options.quick ? 5 : 15
const wanted = (name: string) => name.includes(options.only)

const on = async (place: Place) => {
  const results: Array<Result> = []
  const http: Array<Http.HttpResult> = []
  const scale = (sqlite: number, postgres: number) =>
    (place.store === "SQLite" ? sqlite : postgres) / (options.quick ? 4 : 1)
  const run = async (operation: Operation) => {
    if (wanted(operation.name)) results.push(await measure(place, operation, rounds))
  }
  const rows = catalogue(options.quick ? small : large, options.data)
  const fill = async (from: number, to: number) => {
    const result = await Import.run(place, rows, from, to)
    if (wanted(result.operation)) results.push(result)
  }
  const read = async (books: number) => {
    const texts = queries(rows.slice(0, books), scale(200, 400))
    await Reading.compare(place, texts)
    await run(Reading.page(books, scale(200, 400)))
    await run(Reading.search(books, texts))
  }
  await fill(0, small)
  await read(small)
  await run(Carts.add(scale(600, 1200)))
  await run(Carts.view(scale(1000, 2000)))
  await run(Carts.spread(scale(400, 1200)))
  await run(Carts.same(scale(400, 1200)))
  if (place.hand.shop.checkoutInSql !== undefined) await run(Carts.inSql(scale(400, 1200)))
  await Carts.compare(place.ours, place.hand)
  await run(Fulfilment.take(scale(400, 1200)))
  await run(Fulfilment.pause(scale(400, 1200)))
  await run(Fulfilment.complete(scale(400, 1200)))
  await run(Fulfilment.crowd(scale(2000, 2000)))
  if (wanted("http")) http.push(...(await Http.run(place, queries(rows.slice(0, small), 200), scale(400, 400), rounds)))
  await run(Waiting.prebook(scale(400, 1200)))
  await run(Waiting.restockOne("broadcast", scale(400, 1200)))
  await run(Waiting.restockOne("queue", scale(400, 1200)))
  await run(Waiting.restockAll("broadcast", options.quick ? 10_000 : 100_000))
  await run(Waiting.restockAll("queue", options.quick ? 10_000 : 100_000))
  await run(Waiting.wish(scale(600, 1200)))
  await run(Waiting.wishes(scale(1000, 2000)))
  if (!options.quick && (wanted(`import`) || wanted("search over 100,000 books"))) {
    await fill(small, large)
    await read(large)
  }
  return { results, http }
}

const main = async () => {
  if (options.help) return console.log(help)
  const opened = { sqlite: Places.sqlite, postgres: Places.postgres }
  const all: Array<Awaited<ReturnType<typeof on>>> = []
  for (const [name, open] of Object.entries(opened)) {
    if (options.store !== undefined && options.store !== name) continue
    const place = await open()
    try {
      all.push(await on(place))
    } finally {
      await place.close()
    }
  }
  const http = all.flatMap(({ http }) => http)
  console.log(table(all.flatMap(({ results }) => results)))
  if (http.length > 0) console.log(`\n${httpTable(http)}`)
}

const small = 10_000
const large = 100_000

// An exit, unlike a signal, lets what was made be removed.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

await main()
