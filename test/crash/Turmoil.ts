/** Several processes at work on one store, killed at instants that a seed draws, also while they put things in order. */
import type { Era } from "./Era.js"
import { random } from "./Trade.js"

export const round = async (era: Era, name: string, seed: number) => {
  const draw = random(seed)
  const between = (least: number, most: number) => least + draw() * (most - least)
  // A start takes some 300 milliseconds, and recovery less than that.
  if (draw() < 0.4) await era.falseStart(`${name} false start`, [between(250, 900), between(250, 900)])
  const workers = draw() < 0.5 ? 2 : 3
  const lives = Array.from({ length: workers }, () => ({
    seed: Math.floor(draw() * 2 ** 32),
    killAfter: between(20, 800)
  }))
  await era.turn(
    name,
    (books) => lives.map(({ seed, killAfter }) => ({ work: { kind: "random", seed, books }, killAfter })),
    { shelves: 6, ...(draw() < 0.5 && { trouble: seed }) }
  )
}
