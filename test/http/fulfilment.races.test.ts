import { describe, expect, it } from "vitest"
import { type Json, problem } from "./support.js"
import { onEveryStore, rounds } from "./warehouse.js"

const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
const named = (count: number) => Array.from({ length: count }, (_, n) => `worker-${n}`)
const statuses = (answers: ReadonlyArray<{ readonly status: number }>) => answers.map(({ status }) => status).sort()

const shuffled = <A>(items: ReadonlyArray<A>) =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

onEveryStore(({ does, takesMany, view, paid, pass }) => {
  const several = async (count: number) => {
    const orders: Array<string> = []
    for (let i = 0; i < count; i++) orders.push(await paid())
    return orders
  }

  it(
    "gives an order to one of ten who reach for it at once, and tells the others who has it",
    async () => {
      for (let round = 0; round < rounds; round++) {
        const order = await paid()
        const answers = await Promise.all(named(10).map((worker) => does(worker, "take", order)))
        expect(statuses(answers)).toEqual([200, ...Array(9).fill(409)])
        const { holder, taken_at, expires_at } = answers.find(({ status }) => status === 200)?.json ?? {}
        const taken = problem(409, "FULFILMENT_TAKEN", { holder, since: taken_at, expires_at })
        for (const { status, json } of answers) {
          if (status === 409) expect(json).toMatchObject(taken)
          else
            expect(json).toEqual({
              order_id: order,
              stage: "pick",
              holder: expect.stringMatching(/^worker-\d$/),
              epoch: 1,
              taken_at: instant,
              expires_at: instant,
              previous_holder: null
            })
        }
        expect(Date.parse(expires_at) - Date.parse(taken_at)).toBe(3_600_000)
        expect((await does(holder, "take", order)).json).toMatchObject(taken)
        const { history, ...seen } = await view(order)
        expect(seen).toMatchObject({ state: "in_progress", holder, epoch: 1, taken_at, expires_at })
        expect(history).toEqual([{ kind: "taken", stage: "pick", worker: holder, epoch: 1, at: instant }])
      }
    },
    30_000 + rounds * 1000
  )

  describe.each([
    ["pause", { state: "paused", stage: "pick" }],
    ["complete", { state: "ready", stage: "pack" }]
  ])("of five who %s an order at once", (command, after: Json) => {
    it.each(["first", "last"])(
      "only its owner does, who comes %s",
      async (place) => {
        for (let round = 0; round < rounds; round++) {
          const order = await paid()
          const [owner = "", ...others] = named(5)
          const { json: claim } = await does(owner, "take", order)
          const workers = place === "first" ? [owner, ...others] : [...others, owner]
          const body = round % 2 === 0 ? { epoch: claim.epoch } : undefined
          const answers = await Promise.all(
            workers.map(async (worker) => ({ worker, ...(await does(worker, command, order, body)) }))
          )
          expect(statuses(answers)).toEqual([200, 403, 403, 403, 403])
          for (const { worker, status, json } of answers) {
            if (status === 403) expect(json).toMatchObject(problem(403, "FULFILMENT_NOT_HOLDER"))
            else {
              expect(worker).toBe(owner)
              expect(json).toMatchObject({ ...after, holder: null, last_holder: owner, epoch: 1, expires_at: null })
            }
          }
          expect((await view(order)).history.map(({ kind }: { kind: string }) => kind)).toEqual([
            "taken",
            `${command}d`
          ])
        }
      },
      30_000 + rounds * 1000
    )
  })

  it(
    "hears one of five equal clicks of the owner, and his alone",
    async () => {
      for (let round = 0; round < rounds; round++) {
        const order = await paid()
        const { json: claim } = await does("owner", "take", order)
        const answers = await Promise.all(named(5).map(() => does("owner", "complete", order, { epoch: claim.epoch })))
        expect(statuses(answers)).toEqual([200, 410, 410, 410, 410])
        expect(await view(order)).toMatchObject({ state: "ready", stage: "pack", packed_at: null })
      }
    },
    30_000 + rounds * 1000
  )

  it(
    "takes seven of a batch of ten of which three are taken, and says which",
    async () => {
      for (let round = 0; round < rounds; round++) {
        const orders = await several(10)
        const gone = new Set(shuffled(orders).slice(0, 3))
        for (const order of gone) await does("another", "take", order)
        const { status, json } = await takesMany("worker", orders)
        expect(status).toBe(200)
        expect(json).toMatchObject({ total: 10, succeeded: 7, failed: 3 })
        expect(json.details).toEqual(
          orders.map((order_id) =>
            gone.has(order_id)
              ? { order_id, success: false, code: "FULFILMENT_TAKEN" }
              : { order_id, success: true, claim: expect.objectContaining({ order_id, holder: "worker", epoch: 1 }) }
          )
        )
      }
    },
    30_000 + rounds * 2000
  )

  it(
    "shares out ten orders among three batches that come at once, each order to one",
    async () => {
      for (let round = 0; round < rounds; round++) {
        const orders = await several(10)
        const answers = await Promise.all(named(3).map((worker) => takesMany(worker, shuffled(orders))))
        expect(statuses(answers)).toEqual([200, 200, 200])
        const won = answers.flatMap(({ json }) =>
          json.details.flatMap((detail: Json) => (detail.success ? [detail.order_id] : []))
        )
        expect(won.sort()).toEqual([...orders].sort())
      }
    },
    30_000 + rounds * 2000
  )

  it("keeps an order for its worker for 59 minutes, and gives it to another after 61", async () => {
    for (let round = 0; round < Math.min(rounds, 10); round++) {
      const order = await paid()
      const { json: claim } = await does("first", "take", order)
      pass("59 minutes")
      expect((await does("second", "take", order)).json).toMatchObject(
        problem(409, "FULFILMENT_TAKEN", { holder: "first", expires_at: claim.expires_at })
      )
      pass("2 minutes")
      expect(await view(order)).toMatchObject({ state: "lapsed", holder: null, last_holder: "first", epoch: 1 })
      const answers = await Promise.all([
        does("first", "complete", order, { epoch: 1 }),
        does("second", "take", order),
        does("first", "pause", order)
      ])
      const [late, taken, paused] = answers
      expect(taken.json).toMatchObject({ holder: "second", epoch: 2, previous_holder: "first" })
      // Before the other had it he had lost it; after that it is not his.
      for (const { status } of [late, paused]) expect([403, 410]).toContain(status)
      for (const body of [undefined, { epoch: 1 }, { epoch: 2 }])
        expect((await does("first", "complete", order, body)).json).toMatchObject(problem(403, "FULFILMENT_NOT_HOLDER"))
      expect((await does("second", "complete", order, { epoch: 2 })).json).toMatchObject({
        picked_at: instant,
        epoch: 2
      })
    }
  })

  it("refuses a worker who has taken it again in another tab what he does in the first", async () => {
    const order = await paid()
    await does("worker", "take", order)
    pass("61 minutes")
    for (const command of ["pause", "complete", "renew"])
      expect((await does("worker", command, order, { epoch: 1 })).json).toMatchObject(
        problem(410, "FULFILMENT_CLAIM_LAPSED")
      )
    expect((await does("worker", "take", order)).json).toMatchObject({ epoch: 2, previous_holder: "worker" })
    for (const command of ["pause", "complete", "renew"])
      expect((await does("worker", command, order, { epoch: 1 })).json).toMatchObject(
        problem(410, "FULFILMENT_CLAIM_LAPSED")
      )
    expect((await does("worker", "complete", order, { epoch: 2 })).status).toBe(200)
  })

  it("keeps an order for as long as its worker renews", async () => {
    const order = await paid()
    await does("worker", "take", order)
    pass("59 minutes")
    const { json } = await does("worker", "renew", order, { epoch: 1 })
    expect(json).toMatchObject({ state: "in_progress", holder: "worker", epoch: 1 })
    expect(Date.parse(json.expires_at) - Date.parse(json.taken_at)).toBeGreaterThan(118 * 60_000)
    pass("59 minutes")
    expect((await does("another", "take", order)).status).toBe(409)
    expect((await does("worker", "complete", order, { epoch: 1 })).status).toBe(200)
  })
})
