/** Carts filled and viewed, and checkouts of three lines each. */
import { now, uuid } from "../baseline/records.js"
import { generator } from "../data.js"
import type { Operation } from "../measure.js"
import type { Line, Side } from "../shop.js"

/** Three books to a customer, never two at once for the same one. */
export const add = (count: number): Operation => ({
  name: "add to cart",
  count,
  prepare: async (side) => {
    const { ids, random } = await booksOf(side)
    const customers = Array.from({ length: Math.ceil(count / 3) }, uuid)
    const from = Math.floor(random() * ids.length)
    return (i) => side.shop.add(customers[i % customers.length] ?? "", ids[(from + i * 7) % ids.length] ?? "")
  }
})

export const view = (count: number): Operation => ({
  name: "view a cart of three lines",
  count,
  prepare: async (side) => {
    const customers = await fill(side, count, (ids, random) => [...draw(ids, random)])
    return (i) => side.shop.view(customers[i] ?? "")
  }
})

export const spread = (count: number): Operation => ({
  name: "checkout of three lines, spread over all books",
  count,
  prepare: async (side) => {
    const customers = await fill(side, count, (ids, random) => [...draw(ids, random)])
    return (i) => side.shop.checkout(customers[i] ?? "")
  }
})

/** Against the rules moved into SQL, where someone has done that by hand. */
export const inSql = (count: number): Operation => ({
  name: "checkout of three lines, spread, by hand one statement a phase",
  count,
  prepare: async (side) => {
    const { checkout, checkoutInSql = checkout } = side.shop
    const customers = await fill(side, count, (ids, random) => [...draw(ids, random)])
    return (i) => checkoutInSql(customers[i] ?? "")
  }
})

export const same = (count: number): Operation => ({
  name: "checkout of three lines, all the same three books",
  count,
  prepare: async (side) => {
    const customers = await fill(side, count, (ids, random) => ids.slice(0, 3).sort(() => random() - 0.5))
    return (i) => side.shop.checkout(customers[i] ?? "")
  }
})

/** Both sides must have sold the same. */
export const compare = async (ours: Side, hand: Side): Promise<void> => {
  const [left, right] = [JSON.stringify(await ours.keeper.audit()), JSON.stringify(await hand.keeper.audit())]
  if (left !== right) throw new Error(`the sides sold differently\noctavo:  ${left}\nby hand: ${right}`)
}

/** Both sides draw the same books in the same round. */
export const booksOf = async (side: Side) => {
  const round = (rounds.get(side) ?? 0) + 1
  rounds.set(side, round)
  return { ids: await side.keeper.bookIds(), random: generator(round) }
}

export type Draw = (ids: ReadonlyArray<string>, random: () => number) => ReadonlyArray<string>

export const draw = (ids: ReadonlyArray<string>, random: () => number): ReadonlySet<string> => {
  const drawn = new Set<string>()
  while (drawn.size < 3) drawn.add(ids[Math.floor(random() * ids.length)] ?? "")
  return drawn
}

/** New customers, each with a cart of what is drawn. */
export const fill = async (side: Side, count: number, draw: Draw): Promise<ReadonlyArray<string>> => {
  const { ids, random } = await booksOf(side)
  const customers = Array.from({ length: count }, uuid)
  const lines = customers.flatMap((customer_id) =>
    draw(ids, random).map(
      (book_id, i): Line => ({
        customer_id,
        id: uuid(),
        book_id,
        slot: i + 1,
        quantity: 1 + Math.floor(random() * 3),
        added_at: now()
      })
    )
  )
  await side.keeper.fillCarts(lines)
  return customers
}

// internal

const rounds = new Map<Side, number>()
