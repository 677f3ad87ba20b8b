/** `octavo migrate`: the schema of a database, brought up to date or printed. */
import { Effect } from "effect"
import type { Command } from "./Command.js"
import { usage } from "./Failure.js"
import * as Options from "./Options.js"
import * as Output from "./Output.js"
import * as Store from "./Store.js"
import * as StoreChoice from "./StoreChoice.js"

export const command: Command = {
  name: "migrate",
  summary: "make or update octavo's tables in a database, or print the SQL",
  help: `Usage: octavo migrate [--sqlite FILE | --postgres URL]
       octavo migrate --print [--dialect sqlite|postgres]

Makes octavo's tables, all named octavo_…, or brings them up to this version. Running it again changes nothing.
\`octavo serve\` and \`octavo import\` do the same before they begin.

  --print             write all migrations as SQL to standard output, and touch no database
  --dialect NAME      sqlite or postgres; by default that of the chosen store

${StoreChoice.databaseHelp}

Examples:
  octavo migrate --postgres postgres://shop@localhost/shop
  octavo migrate --print --dialect postgres > schema.sql`,
  run: (args, env) =>
    Effect.gen(function* () {
      const { values, positionals } = yield* Options.parse("migrate", args, options)
      yield* Options.noArguments("migrate", positionals)
      if (values.currency !== undefined) {
        return yield* usage("--currency goes with octavo serve and import; the first of them settles it for the store")
      }
      const choice = yield* StoreChoice.read(values, env)
      if (values.print === true) {
        const dialect = values.dialect ?? (choice._tag === "Postgres" ? "postgres" : "sqlite")
        if (!isDialect(dialect))
          return yield* usage(`--dialect takes sqlite or postgres, not ${Options.quote(dialect)}`)
        yield* Output.say((yield* Store.sql(dialect)).trimEnd())
        return 0
      }
      if (values.dialect !== undefined) return yield* usage("--dialect goes with --print; a database has its own")
      if (choice._tag === "Memory") return yield* usage("memory has no tables; choose --sqlite FILE or --postgres URL")
      yield* Store.migrate(choice)
      yield* Output.note(`${StoreChoice.describe(choice)} is up to date`)
      return 0
    })
}

// internal

const options = {
  ...Options.common,
  ...StoreChoice.options,
  print: { type: "boolean" },
  dialect: { type: "string" }
} as const

const isDialect = (text: string): text is "sqlite" | "postgres" => text === "sqlite" || text === "postgres"
