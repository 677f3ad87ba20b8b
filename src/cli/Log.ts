/** What is logged goes to standard error; standard output is for results. */
import { Array, Cause, HashMap, Inspectable, Layer, Logger, LogLevel } from "effect"
import { rootMessage } from "./Failure.js"

/** Everything that is known. */
export const full: Layer.Layer<never> = Layer.suspend(() => Logger.replace(Logger.defaultLogger, pretty))

/** One line each, unless everything is asked for: for work that goes on, and comes back to what went wrong. */
export const brief = (debug: boolean): Layer.Layer<never> =>
  debug ? Layer.empty : Layer.merge(Logger.remove(Logger.defaultLogger), Logger.replace(pretty, short))

// internal

const pretty = Logger.prettyLogger({ stderr: true })

const short = Logger.make<unknown, void>(({ logLevel, message, cause, annotations, date }) => {
  if (LogLevel.lessThan(logLevel, LogLevel.Info)) return
  const said = [...Array.ensure(message), ...(Cause.isEmpty(cause) ? [] : [cause])].map(inWords).join(": ")
  const more = HashMap.toEntries(annotations).map(([name, value]) => `${name}=${Inspectable.toStringUnknown(value, 0)}`)
  const line = [date.toISOString(), logLevel.label, said, ...more].join(" ").replace(/\s+/g, " ")
  process.stderr.write(`${line}\n`)
})

const inWords = (part: unknown) =>
  typeof part === "string" ? part : rootMessage(Cause.isCause(part) ? Cause.squash(part) : part)
