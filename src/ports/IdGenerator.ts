import { Clock, Context, Effect, Layer } from "effect"

/** Makes the ids of everything octavo stores: UUIDv7 (RFC 9562), in ascending order within a process. */
export class IdGenerator extends Context.Tag("octavo/IdGenerator")<
  IdGenerator,
  { readonly next: Effect.Effect<string> }
>() {}

/** Time from Effect's Clock, the rest from the platform's secure random source. */
export const layer: Layer.Layer<IdGenerator> = Layer.sync(IdGenerator, () => {
  let last = 0
  let count = 0
  // One request to the random source costs more than the id: bytes are drawn by the kilobyte, each used once.
  const pool = new Uint8Array(1280)
  let used = pool.length
  return {
    next: Effect.map(Clock.currentTimeMillis, (now) => {
      if (used + 10 > pool.length) {
        globalThis.crypto.getRandomValues(pool)
        used = 0
      }
      const random = pool.subarray(used, used + 10)
      used += 10
      // RFC 9562, method 1: a counter in the 12 bits after the time; when it is full, the time runs ahead.
      if (now > last) [last, count] = [now, (((random[8] ?? 0) & 3) << 8) | (random[9] ?? 0)]
      else if (count < 0xfff) count++
      else [last, count] = [last + 1, 0]
      return format(last, count, random)
    })
  }
})

// internal

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, "0")

const byte = Array.from({ length: 256 }, (_, n) => hex(n, 2))

const format = (time: number, count: number, random: Uint8Array) => {
  const stamp = hex(time, 12)
  let tail = byte[((random[0] ?? 0) & 0x3f) | 0x80] ?? ""
  for (let i = 1; i < 8; i++) tail += byte[random[i] ?? 0] ?? ""
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(count, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`
}
