/** Kills shared out among several stores at once. */
import * as Era from "./Era.js"
import * as Walk from "./Walk.js"

export interface Result {
  readonly steps: number
  readonly tallies: ReadonlyArray<Era.Tally>
}

/** Every step that differs: each killed at once, on so many stores side by side. */
export const pass = async (options: Era.Options, stores: number): Promise<Result> => {
  const first = await Era.open(options)
  const kills = Walk.kills(await Walk.steps(first), "different")
  let next = 0
  const walk = async (era: Era.Era) => {
    try {
      for (let kill = kills[next++]; kill !== undefined; kill = kills[next++]) await Walk.die(era, kill)
    } finally {
      await era.close()
    }
    return era.tally
  }
  const others = Array.from({ length: stores - 1 }, () => Era.open(options).then(walk))
  return { steps: kills.length, tallies: await Promise.all([walk(first), ...others]) }
}
