/** `npm run simulate`: whole bookstores on many seeds, or one seed with its trace. `--help` tells the options. */
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import * as Simulation from "../src/testing/Simulation.js"
import * as Search from "./Search.js"

const help = `npm run simulate -- [options]
  --seeds N     so many seeds, on all cores; 10,000 unless said otherwise
  --from N      the first of them; 1 unless said otherwise
  --seed N      this one alone, with its trace
  --workers N   on so many cores`

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    workers: { type: "string" },
    help: { type: "boolean", default: false }
  }
})

const whole = (name: string, text: string, least: number) => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  console.error(`--${name} must be a whole number from ${least} on`)
  process.exit(2)
}

const replay = (seed: number) => {
  const run = Simulation.make().replay(seed)
  console.log(Simulation.describe(run))
  return run.violations.length === 0 ? 0 : 1
}

const search = async (from: number, count: number) => {
  const started = performance.now()
  const threads = options.workers === undefined ? availableParallelism() : whole("workers", options.workers, 1)
  const searching = Search.start({ from, count }, threads)
  const line = () => {
    const seconds = (performance.now() - started) / 1000
    const { steps, crashes, orders } = searching.totals
    const figures = `${steps.toLocaleString("en")} steps, ${crashes.toLocaleString("en")} crashes, ${orders.toLocaleString("en")} orders`
    const rate = Math.round(searching.count() / seconds)
    return `${searching.count().toLocaleString("en")} of ${count.toLocaleString("en")} seeds, ${rate} a second on ${threads} thread${threads === 1 ? "" : "s"}: ${figures}`
  }
  const goOn = () =>
    `Go on with: npm run simulate -- --from ${searching.next()} --seeds ${from + count - searching.next()}`
  const progress = setInterval(() => console.log(line()), 5_000)
  process.once("SIGINT", searching.stop)
  process.once("SIGTERM", searching.stop)
  await searching.finished
  clearInterval(progress)
  console.log(line())
  for (const { seed, message } of searching.found) {
    console.log(`seed ${seed}: ${message}\nAgain: npm run simulate -- --seed ${seed}`)
  }
  if (searching.found.length > 0) return 1
  if (searching.next() < from + count) {
    console.log(goOn())
    return 130
  }
  console.log("No violation.")
  return 0
}

const main = async () => {
  if (options.help) console.log(help)
  else if (options.seed !== undefined) process.exitCode = replay(whole("seed", options.seed, 0))
  else process.exitCode = await search(whole("from", options.from, 0), whole("seeds", options.seeds, 1))
}

await main()
