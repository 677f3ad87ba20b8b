import { Effect } from "effect"
import { breaking, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (inbox: Ports["inbox"]) => Partial<Ports["inbox"]>) =>
  breaking(({ inbox }) => ({ inbox: { ...inbox, ...flaw(inbox) } }))

const checkedFirst = changing(() => {
  const heard = new Set<string>()
  return {
    accept: (source, id) =>
      Effect.gen(function* () {
        const first = !heard.has(`${source}\0${id}`)
        yield* Effect.yieldNow()
        heard.add(`${source}\0${id}`)
        return first
      })
  }
})

const outside = changing(() => {
  const heard = new Set<string>()
  return {
    accept: (source, id) => Effect.sync(() => heard.size < heard.add(`${source}\0${id}`).size)
  }
})

export const forgets = changing(({ accept }) => ({ accept: (...notice) => Effect.as(accept(...notice), true) }))

const inOneName = changing(({ accept }) => ({
  accept: (source, id, now) => accept("all", `${source} ${id}`.toLowerCase().slice(0, 255), now)
}))

const byIdAlone = changing(({ accept }) => ({ accept: (_source, id, now) => accept("all", id, now) }))

export const inbox: Flaws = {
  "of ten that bring the same notice at once one is the first, alone or in transactions, and no later one is": {
    "it is looked for first": checkedFirst,
    "it is forgotten": forgets
  },
  "a notice whose effect is rolled back is heard again": { "outside the transaction": outside },
  "a notice is known by its source and its id, each in its own case": {
    "source and id in one name": inOneName,
    "by its id alone": byIdAlone
  }
}
