import { Duration, Either, Schema } from "effect"
import { describe, expect, it } from "vitest"
import * as Retry from "../../src/domain/Retry.js"

const millis = (retry: Retry.Retry, failures: number, random: number) => {
  const pause = Retry.pause(retry, failures, random)
  return pause === null ? null : Duration.toMillis(pause)
}

describe("a pause", () => {
  it("is 100 milliseconds, then 200, then the end: three attempts in all", () => {
    expect([1, 2, 3, 4].map((failures) => millis(Retry.usual, failures, 0.5))).toEqual([100, 200, null, null])
  })

  it("doubles as long as there are attempts", () => {
    const patient = { ...Retry.usual, attempts: 5 }
    expect([1, 2, 3, 4, 5].map((failures) => millis(patient, failures, 0.5))).toEqual([100, 200, 400, 800, null])
  })

  it("is longer or shorter by up to a quarter", () => {
    const patient = { ...Retry.usual, attempts: 4 }
    expect([1, 2, 3].map((failures) => millis(patient, failures, 0))).toEqual([75, 150, 300])
    expect([1, 2, 3].map((failures) => millis(patient, failures, 1))).toEqual([125, 250, 500])
    expect([0.25, 0.75].map((random) => millis(patient, 1, random))).toEqual([87.5, 112.5])
  })

  it("is never longer than 10 seconds, whatever the jitter, and shorter by it only from what would be longer", () => {
    const patient = { ...Retry.usual, attempts: 10, base: Duration.seconds(1) }
    expect(millis(patient, 4, 1)).toBe(10_000)
    expect(millis(patient, 4, 0)).toBe(6_000)
    expect(millis(patient, 5, 1)).toBe(10_000)
    // 16 seconds less a quarter are still more than the cap, which comes last.
    expect(millis(patient, 5, 0)).toBe(10_000)
  })

  it("has no jitter where none is wanted, and no second attempt where there is one", () => {
    expect([0, 0.5, 1].map((random) => millis({ ...Retry.usual, jitter: 0 }, 2, random))).toEqual([200, 200, 200])
    expect(millis({ ...Retry.usual, attempts: 1 }, 1, 0.5)).toBe(null)
  })
})

describe("the four knobs", () => {
  const isRetry = (knobs: Partial<Retry.Retry>) =>
    Either.isRight(Schema.decodeUnknownEither(Retry.Retry)({ ...Retry.usual, ...knobs }))

  it("are 3 attempts, 100 milliseconds, a quarter and 10 seconds unless said otherwise", () => {
    expect([Retry.usual.attempts, Retry.usual.jitter]).toEqual([3, 0.25])
    expect([Retry.usual.base, Retry.usual.cap].map(Duration.toMillis)).toEqual([100, 10_000])
    expect(isRetry({})).toBe(true)
  })

  it("have bounds, which are allowed themselves", () => {
    const allowed = [
      { attempts: 1 },
      { attempts: 10 },
      { base: Duration.millis(1) },
      { base: Duration.seconds(10) },
      { jitter: 0 },
      { jitter: 1 },
      { cap: Duration.millis(1) },
      { cap: Duration.minutes(1) }
    ]
    const refused = [
      { attempts: 0 },
      { attempts: 11 },
      { attempts: 2.5 },
      { attempts: Number.NaN },
      { base: Duration.zero },
      { base: Duration.millis(10_001) },
      { base: Duration.infinity },
      { jitter: -0.01 },
      { jitter: 1.01 },
      { jitter: Number.NaN },
      { cap: Duration.zero },
      { cap: Duration.millis(60_001) },
      { cap: Duration.infinity }
    ]
    expect(allowed.filter((knobs) => !isRetry(knobs))).toEqual([])
    expect(refused.filter(isRetry)).toEqual([])
  })
})
