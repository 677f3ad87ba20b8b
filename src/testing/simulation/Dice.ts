/** Chance that can be had again: everything that happens in a run is drawn from its seed. */

export interface Dice {
  /** From 0 up to, but not including, 1. */
  readonly next: () => number
  /** A whole number from 0 up to, but not including, `limit`. */
  readonly below: (limit: number) => number
  /** A whole number from `from` to `to`, both included. */
  readonly between: (from: number, to: number) => number
  /** True as often as `probability` says, 0 to 1. */
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(items: readonly [A, ...ReadonlyArray<A>]) => A
  /** One of the names, each as often as its weight says. */
  readonly weighted: <K extends string>(weights: Readonly<Record<K, number>>) => K
}

/** Small Fast Counter (sfc32), seeded by both halves of the seed. */
export const make = (seed: number): Dice => {
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = 0x9e3779b9
  let d = 1
  const draw = () => {
    const t = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return t >>> 0
  }
  // Neighbouring seeds must have nothing in common.
  for (let i = 0; i < 12; i++) draw()

  const next = () => draw() / 2 ** 32
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] ?? items[0],
    weighted: <K extends string>(weights: Readonly<Record<K, number>>) => {
      const names = Object.keys(weights) as Array<K>
      let sum = 0
      for (const name of names) sum += weights[name]
      let at = next() * sum
      for (const name of names) {
        at -= weights[name]
        if (at < 0) return name
      }
      return names[names.length - 1] as K
    }
  }
}
