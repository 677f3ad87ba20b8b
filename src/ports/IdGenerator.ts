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
  return {
    next: Effect.map(Clock.currentTimeMillis, (now) => {
      const random = globalThis.crypto.getRandomValues(new Uint8Array(10))
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

const format = (time: number, count: number, random: Uint8Array) => {
  const stamp = hex(time, 12)
  const tail = Array.from(random.subarray(0, 8), (byte, i) => hex(i === 0 ? (byte & 0x3f) | 0x80 : byte, 2)).join("")
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(count, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`
}
