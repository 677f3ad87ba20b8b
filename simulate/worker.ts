/** Runs the seeds that it is given, block after block. */
import { parentPort } from "node:worker_threads"
import * as Simulation from "../src/testing/Simulation.js"
import type { Block, Done } from "./Block.js"

const simulation = Simulation.make()

const run = ({ from, count }: Block): Done => {
  const found: Array<Done["found"][number]> = []
  let [steps, crashes, orders] = [0, 0, 0]
  for (let seed = from; seed < from + count; seed++) {
    const done = simulation.run(seed)
    steps += done.steps
    crashes += done.crashes
    orders += done.orders
    for (const { message } of done.violations) found.push({ seed, message })
  }
  return { from, count, found, steps, crashes, orders }
}

parentPort?.on("message", (block: Block) => parentPort?.postMessage(run(block)))
