/** `npm run crash`: processes killed by the thousand. `--help` tells the options. */
import { parseArgs } from "node:util"
import * as PostgresServer from "../support/postgresServer.js"
import * as Bundle from "./Bundle.js"
import * as Era from "./Era.js"
import * as Turmoil from "./Turmoil.js"
import * as Walk from "./Walk.js"

const help = `npm run crash -- [options]
  --rounds N      so many rounds, 100 unless said otherwise; each is, on each database, a kill at the next step of all
                  and two or three processes at work together, killed at random instants
  --from ROUND    goes on with this round
  --seed SEED     of the random instants and of the work; 1 unless said otherwise
  --store STORE   sqlite or postgres alone`

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    store: { type: "string" },
    help: { type: "boolean", default: false }
  }
})

/** Rounds on one store; each era has a fresh one, so that a thousandth round costs what the first did. */
const eraRounds = 40

interface Running {
  readonly dialect: Era.Options["dialect"]
  readonly era: Era.Era
  readonly kills: ReadonlyArray<Walk.Kill>
}

const open = async (dialect: Era.Options["dialect"], worker: string, postgresUrl: string): Promise<Running> => {
  const era = await Era.open({ dialect, worker, postgresUrl, turns: eraRounds * 3 + 20 })
  return { dialect, era, kills: Walk.kills(await Walk.steps(era), "all") }
}

const round = async ({ era, kills }: Running, number: number, seed: number) => {
  const kill = kills[(number - 1) % kills.length]
  if (kill !== undefined) await Walk.die(era, kill, `round ${number}: `)
  await Turmoil.round(era, `round ${number}: at random`, seed + number)
}

const main = async () => {
  if (options.help) return console.log(help)
  const [rounds, from, seed] = [Number(options.rounds), Number(options.from), Number(options.seed)]
  const server = await PostgresServer.start()
  const { worker } = await Bundle.make()
  const dialects = (["sqlite", "postgres"] as const).filter((dialect) => (options.store ?? dialect) === dialect)
  const end = from + rounds
  const tallies: Array<Era.Tally> = []
  const started = Date.now()
  let running: ReadonlyArray<Running> = []
  let next = from

  const figures = () => {
    const sum = (of: (tally: Era.Tally) => number) => tallies.reduce((all, tally) => all + of(tally), 0)
    const findings = (kind: "lost" | "wrong") =>
      sum((tally) => tally.findings.filter((one) => one.kind === kind).length)
    return `${sum(({ kills }) => kills)} kills, ${sum(({ acknowledged }) => acknowledged)} calls acknowledged, ${findings("lost")} lost, ${findings("wrong")} wrong`
  }
  const tell = () => {
    for (const { findings } of tallies)
      for (const { after, kind, what } of findings) console.log(`${kind}: ${what} (${after})`)
    console.log(`${next - from} rounds in ${Math.round((Date.now() - started) / 1000)} s: ${figures()}`)
    if (next < end) console.log(`go on with: npm run crash -- --rounds ${end - next} --from ${next} --seed ${seed}`)
  }

  // The signal reaches the lives and the provider as well: what is under way is given up.
  process.once("SIGINT", () => {
    tell()
    void Promise.allSettled(running.map(({ era }) => era.abandon())).then(() => process.exit(130))
  })

  while (next < end) {
    running = await Promise.all(dialects.map((dialect) => open(dialect, worker, server.url)))
    tallies.push(...running.map(({ era }) => era.tally))
    for (const last = Math.min(next + eraRounds, end); next < last; next++) {
      await Promise.all(running.map((one) => round(one, next, seed)))
      if ((next - from + 1) % 10 === 0) console.log(`round ${next}: ${figures()}`)
    }
    await Promise.all(running.map(({ era }) => era.close()))
    running = []
  }
  tell()
  await server.stop()
  process.exitCode = tallies.some(({ findings }) => findings.length > 0) ? 1 : 0
}

await main()
