import { describe, expect, it } from "vitest"
import { newCustomer, problem } from "./support.js"
import { customers, onEveryStore, rounds, statuses } from "./waitingRoom.js"

const hour = 3_600_000
const time = (each: number) => 30_000 + rounds * each

onEveryStore((open) => {
  describe("by the policy queue", () => {
    const { addBook, book, call, pass, pays, puts, restock, seen, sweep, waits } = open({
      policy: "queue",
      hold: "10 minutes"
    })

    /** These customers in line for a book of which there is none; the ids of their pre-bookings. */
    const inLine = async (waiting: ReadonlyArray<string>) => {
      const id = await addBook({}, 0)
      const bookings: Array<{ readonly as: string; readonly id: string }> = []
      for (const as of waiting) bookings.push({ as, id: (await waits(as, id)).json.id })
      return { id, bookings }
    }

    it(
      "of ten equal requests one is granted, and the others are told that they wait already",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const id = await addBook({}, 0)
          const as = newCustomer()
          const answers = await Promise.all(Array.from({ length: 10 }, () => waits(as, id)))
          expect(statuses(answers)).toEqual([201, ...Array(9).fill(409)])
          for (const { status, json } of answers)
            if (status === 409) expect(json).toMatchObject(problem(409, "PREBOOK_DUPLICATE", { field: "book_id" }))
          const { items } = (await call("GET", "/prebooks", { as })).json
          expect(items).toEqual([answers.find(({ status }) => status === 201)?.json])
        }
      },
      time(2000)
    )

    it(
      "of three copies that come in at once, each is held for one of the first three of five, in their order",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const { id, bookings } = await inLine(customers(5))
          await Promise.all([restock(id, 1), restock(id, 1), restock(id, 1)])
          const found = await Promise.all(bookings.map((each) => seen(each.as, each.id)))
          expect(found.map(({ status }) => status)).toEqual(["held", "held", "held", "waiting", "waiting"])
          expect(found.map(({ position }) => position)).toEqual([null, null, null, 1, 2])
          for (const { notified_at, expires_at } of found.slice(0, 3))
            expect(Date.parse(expires_at) - Date.parse(notified_at)).toBe(hour / 6)
          expect(await book(id)).toMatchObject({ stock_quantity: 0, in_stock: false })
        }
      },
      time(3000)
    )

    it(
      "its holder buys the copy that the shelf does not show, while outsiders and those behind reach for it and get none",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const [holder = "", next = "", ...outsiders] = customers(6)
          const { id, bookings } = await inLine([holder, next])
          await restock(id, 1)
          const reach = async (as: string) => {
            const put = await puts(as, id)
            const paid = await pays(as)
            return { as, put, paid }
          }
          const answers = await Promise.all([...outsiders, holder, next].map(reach))
          for (const { as, put, paid } of answers) {
            if (as === holder) expect([put.status, paid.status, paid.json.status]).toEqual([201, 201, "confirmed"])
            else {
              expect(put.json).toMatchObject(problem(409, "CART_BOOK_OUT_OF_STOCK", { field: "book_id" }))
              expect(paid.json).toMatchObject(problem(422, "ORDER_CART_EMPTY"))
            }
          }
          const [first, second] = await Promise.all(bookings.map((each) => seen(each.as, each.id)))
          expect([first.status, second.status, second.position]).toEqual(["fulfilled", "waiting", 1])
        }
      },
      time(4000)
    )

    it(
      "a holder who clicks five times buys the copy once",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const [holder = "", next = ""] = customers(2)
          const { id, bookings } = await inLine([holder, next])
          await restock(id, 1)
          const put = await Promise.all(Array.from({ length: 5 }, () => puts(holder, id)))
          expect(statuses(put)).toEqual([201, 409, 409, 409, 409])
          const paid = await Promise.all(Array.from({ length: 5 }, () => pays(holder)))
          expect(paid.filter(({ status }) => status === 201)).toHaveLength(1)
          const [first, second] = await Promise.all(bookings.map((each) => seen(each.as, each.id)))
          expect([first.status, second.status]).toEqual(["fulfilled", "waiting"])
          expect((await book(id)).stock_quantity).toBe(0)
        }
      },
      time(4000)
    )

    it(
      "a copy that its holder gives up five times at once is given up once, and goes to one",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const { id, bookings } = await inLine(customers(3))
          await restock(id, 1)
          const [first, ...others] = bookings
          const answers = await Promise.all(
            Array.from({ length: 5 }, () => call("DELETE", `/prebooks/${first?.id}`, { as: first?.as ?? "" }))
          )
          expect(statuses(answers)).toEqual([204, 409, 409, 409, 409])
          for (const { status, json } of answers)
            if (status === 409)
              expect(json).toMatchObject(problem(409, "PREBOOK_ALREADY_CANCELLED", { prebook_status: "cancelled" }))
          const found = await Promise.all(others.map((each) => seen(each.as, each.id)))
          expect(found.map(({ status }) => status)).toEqual(["held", "waiting"])
        }
      },
      time(3000)
    )

    it(
      "a copy that is bought while its holder gives it up is either his or the next one's",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const { id, bookings } = await inLine(customers(2))
          const [first, second] = bookings
          await restock(id, 1)
          await puts(first?.as ?? "", id)
          const [paid, given] = await Promise.all([
            pays(first?.as ?? ""),
            call("DELETE", `/prebooks/${first?.id}`, { as: first?.as ?? "" })
          ])
          const [mine, others] = await Promise.all(bookings.map((each) => seen(each.as, each.id)))
          if (paid.status === 201) {
            expect(given.json).toMatchObject(problem(409, "PREBOOK_NOT_CANCELLABLE", { prebook_status: "fulfilled" }))
            expect([mine.status, others.status]).toEqual(["fulfilled", "waiting"])
          } else {
            expect(given.status).toBe(204)
            expect(paid.json).toMatchObject(problem(409, "ORDER_INSUFFICIENT_STOCK"))
            expect([mine.status, others.status]).toEqual(["cancelled", "held"])
          }
          expect(second?.id).toBe(others.id)
          expect((await book(id)).stock_quantity).toBe(0)
        }
      },
      time(3000)
    )

    it(
      "copies of holds that have lapsed go on to the next in line, however many notice it at once",
      async () => {
        for (let round = 0; round < Math.min(rounds, 20); round++) {
          const { id, bookings } = await inLine(customers(4))
          await restock(id, 2)
          pass("10 minutes")
          const late = newCustomer()
          const [asked, put] = await Promise.all([waits(late, id), puts(newCustomer(), id), sweep(), sweep()])
          expect([asked.status, put.status]).toEqual([201, 409])
          const found = await Promise.all(bookings.map((each) => seen(each.as, each.id)))
          expect(found.map(({ status }) => status)).toEqual(["expired", "expired", "held", "held"])
          expect((await book(id)).stock_quantity).toBe(0)
          pass("10 minutes")
          await sweep()
          expect(await seen(late, asked.json.id)).toMatchObject({ status: "held" })
          expect((await book(id)).stock_quantity).toBe(1)
        }
      },
      time(4000)
    )
  })

  describe("by the policy broadcast", () => {
    const { addBook, book, call, restock, seen, waits } = open({})

    it(
      "nobody is left waiting for a book that comes in while customers ask to wait for it",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const id = await addBook({}, 0)
          const asking = customers(8)
          const [, ...answers] = await Promise.all([restock(id, 1), ...asking.map((as) => waits(as, id))])
          for (const { status, json } of answers)
            if (status !== 201) expect(json).toMatchObject(problem(409, "PREBOOK_BOOK_IN_STOCK", { field: "book_id" }))
          for (const as of asking) {
            const { items } = (await call("GET", "/prebooks", { as })).json
            for (const { status } of items) expect(status).toBe("notified")
          }
          expect((await book(id)).stock_quantity).toBe(1)
        }
      },
      time(3000)
    )

    it(
      "a book that is removed while customers ask to wait for it leaves nobody waiting",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const id = await addBook({}, 0)
          const asking = customers(6)
          const answers = await Promise.all([
            ...asking.slice(0, 3).map((as) => waits(as, id)),
            call("DELETE", `/books/${id}`, { admin: true }),
            ...asking.slice(3).map((as) => waits(as, id))
          ])
          for (const { status, json } of answers)
            if (status === 404) expect(json).toMatchObject(problem(404, "BOOK_NOT_FOUND", { field: "book_id" }))
          for (const { status, json } of answers) {
            if (status !== 201) continue
            const found = (
              await Promise.all(asking.map(async (as) => (await call("GET", `/prebooks/${json.id}`, { as })).json))
            ).filter(({ id }) => id === json.id)
            expect(found).toMatchObject([{ status: "cancelled", cancelled_at: expect.any(String) }])
          }
        }
      },
      time(3000)
    )

    it(
      "everyone of a line is told by one of two restocks that come at once",
      async () => {
        for (let round = 0; round < rounds; round++) {
          const id = await addBook({}, 0)
          const waiting = customers(6)
          const bookings = await Promise.all(waiting.map(async (as) => ({ as, id: (await waits(as, id)).json.id })))
          await Promise.all([restock(id, 1), restock(id, 2)])
          const found = await Promise.all(bookings.map((each) => seen(each.as, each.id)))
          expect(new Set(found.map(({ status }) => status))).toEqual(new Set(["notified"]))
          expect(new Set(found.map(({ notified_at }) => notified_at)).size).toBe(1)
          expect((await book(id)).stock_quantity).toBe(3)
        }
      },
      time(3000)
    )
  })
})
