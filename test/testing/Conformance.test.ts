import { Effect, Exit } from "effect"
import { expect, it } from "vitest"
import * as Memory from "../../src/adapters/memory/index.js"
import { check, suite } from "../../src/testing/Conformance.js"
import { type Law, LawBroken, law, race, refuses, same } from "../../src/testing/Law.js"

const verdict = (checked: Law, rounds = 1) => Effect.runPromise(Effect.exit(check(checked, Memory.layer, { rounds })))

it("a law is broken by a failed check, by an error that it did not expect, and by a defect", async () => {
  for (const effect of [same("a sum", 1 + 1, 3), Effect.fail("trouble"), Effect.die(new Error("a bug"))]) {
    const exit = await verdict(law("a law", effect))
    expect(Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error).toBeInstanceOf(LawBroken)
  }
  expect(await verdict(law("a law", Effect.void))).toEqual(Exit.void)
})

it("a difference deep in a long text is shown", async () => {
  const text = "x".repeat(5000)
  const error = await Effect.runPromise(Effect.flip(same("a text", `${text}a`, `${text}b`)))
  expect(error.message).toMatch(/must be …x+b"\n {2}and was …x+a"$/)
})

it("a refusal is compared by its fields, whatever its class", async () => {
  const refusing = Effect.fail({ _tag: "Refused", items: [1] })
  await Effect.runPromise(refuses("it", refusing, { _tag: "Refused", items: [1] } as { _tag: string }))
  await Effect.runPromise(Effect.flip(refuses("it", refusing, { _tag: "Refused" })))
  await Effect.runPromise(Effect.flip(refuses("it", Effect.void, { _tag: "Refused" })))
})

it("a race is run as many rounds as asked for", async () => {
  let rounds = 0
  const counting = Effect.sync(() => rounds++)
  await verdict(race("a race", counting), 7)
  expect(rounds).toBe(7)
})

it("a check that does not end breaks its law", async () => {
  const exit = Effect.exit(check(law("a law", Effect.never), Memory.layer, { timeLimit: "10 millis" }))
  expect(Exit.isFailure(await Effect.runPromise(exit))).toBe(true)
})

it("the suite registers a test for each law with whatever runner it is given", async () => {
  const names: Array<string> = []
  const runs: Array<() => Promise<void>> = []
  await suite("memory", Memory.layer, {
    laws: [law("holds", Effect.void), law("does not", Effect.fail("no"))],
    runner: {
      describe: (name, register) => {
        names.push(name)
        register()
      },
      it: (name, run) => {
        names.push(name)
        runs.push(run)
      },
      afterAll: (run) => runs.push(run)
    }
  })
  expect(names).toEqual(["memory", "holds", "does not"])
  const [dispose, holds, doesNot] = runs
  await holds?.()
  await expect(doesNot?.()).rejects.toBeInstanceOf(LawBroken)
  await dispose?.()
})
