/** Worker processes, of which one is killed every now and then, and replaced. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { type Duration, Effect, Random } from "effect"

export interface Worker {
  readonly name: string
  readonly process: ChildProcess
  /** He has said that he has begun. */
  isAtWork: boolean
}

export const wasKilled = ({ process }: Worker) => process.signalCode === "SIGKILL"

/** Done once every worker has gone home; answers all who have worked. With its scope they are sent away. */
export const employ = (program: string, store: string, count: number, killEvery: Duration.DurationInput) =>
  Effect.gen(function* () {
    const all: Array<Worker> = []
    yield* Effect.addFinalizer(() => Effect.sync(() => all.forEach(({ process }) => void process.kill("SIGKILL"))))
    const hire = Effect.sync(() => {
      const name = `worker ${all.length + 1}`
      // Options of whoever runs this process are none of the worker's.
      const worker = { name, process: fork(program, ["work", name, store], { execArgv: [] }), isAtWork: false }
      worker.process.once("message", () => {
        worker.isAtWork = true
      })
      worker.process.once("exit", () => {
        worker.isAtWork = false
      })
      all.push(worker)
      console.log(`  ${name} comes in, process ${worker.process.pid}`)
    })
    const kill = Effect.gen(function* () {
      const atWork = all.filter(({ isAtWork }) => isAtWork)
      // Until whoever was killed last is replaced, nobody is.
      if (atWork.length < count) return
      const worker = yield* Random.choice(atWork)
      worker.isAtWork = false
      worker.process.kill("SIGKILL")
      console.log(`  ${worker.name} is killed`)
      yield* hire
    })
    yield* Effect.forkScoped(Effect.forever(Effect.delay(kill, killEvery)))

    for (let n = 0; n < count; n++) yield* hire
    for (;;) {
      const [worker] = all.filter(isPresent)
      if (worker === undefined) break
      yield* Effect.promise(() => once(worker.process, "exit"))
    }
    const [lost] = all.filter((worker) => !wasKilled(worker) && worker.process.exitCode !== 0)
    return lost === undefined ? all : yield* Effect.fail(new Error(`${lost.name} gave up`))
  })

// internal

const isPresent = ({ process }: Worker) => process.exitCode === null && process.signalCode === null
