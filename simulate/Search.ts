/** Many seeds on all cores; where to go on is known at any time. */
import { Worker } from "node:worker_threads"
import type { Block, Done } from "./Block.js"

export interface Search {
  /** The first seed that is not done yet: all before it are. */
  readonly next: () => number
  readonly count: () => number
  readonly found: ReadonlyArray<Done["found"][number]>
  readonly totals: { steps: number; crashes: number; orders: number }
  /** Ends with the block that each worker is at. */
  readonly stop: () => void
  readonly finished: Promise<void>
}

const blockSize = 100

export const start = ({ from, count }: Block, workers: number): Search => {
  const found: Array<Done["found"][number]> = []
  const totals = { steps: 0, crashes: 0, orders: 0 }
  const open = new Set<number>()
  const end = from + count
  let ahead = from
  let done = 0
  let stopped = false

  const give = (worker: Worker): boolean => {
    if (stopped || ahead >= end) return false
    const block: Block = { from: ahead, count: Math.min(blockSize, end - ahead) }
    ahead += block.count
    open.add(block.from)
    worker.postMessage(block)
    return true
  }

  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL("./worker.js", import.meta.url))
      const leave = () => void worker.terminate().then(() => resolve(), reject)
      worker.on("error", reject)
      worker.on("message", (block: Done) => {
        open.delete(block.from)
        done += block.count
        found.push(...block.found)
        totals.steps += block.steps
        totals.crashes += block.crashes
        totals.orders += block.orders
        if (block.found.length > 0) stopped = true
        if (!give(worker)) leave()
      })
      if (!give(worker)) leave()
    })

  return {
    next: () => Math.min(ahead, ...open),
    count: () => done,
    found,
    totals,
    stop: () => {
      stopped = true
    },
    finished: Promise.all(Array.from({ length: workers }, one)).then(() => undefined)
  }
}
