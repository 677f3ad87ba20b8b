/** Pages and searches of the catalogue; both sides must find the same. */
import type { Operation } from "../measure.js"
import type { Found, Place, Shop } from "../shop.js"

export const page = (books: number, count: number): Operation => ({
  name: `page of 20 out of ${books.toLocaleString("en")} books`,
  count,
  prepare:
    ({ shop }) =>
    (i) =>
      shop.page(1 + ((i * 7) % 40))
})

export const search = (books: number, texts: ReadonlyArray<string>): Operation => ({
  name: `search over ${books.toLocaleString("en")} books`,
  count: texts.length,
  prepare:
    ({ shop }) =>
    (i) =>
      shop.search(texts[i % texts.length] ?? "")
})

/** A side that found less would be faster. */
export const compare = async ({ store, ours, hand }: Place, texts: ReadonlyArray<string>): Promise<void> => {
  const alike = async (what: string, ask: (shop: Shop) => Found | Promise<Found>) => {
    const [left, right] = [summary(await ask(ours.shop)), summary(await ask(hand.shop))]
    if (left !== right) throw new Error(`${store}: ${what} differs\noctavo:  ${left}\nby hand: ${right}`)
  }
  await alike("page 3", (shop) => shop.page(3))
  for (const text of texts.slice(0, 20)) await alike(`search for "${text}"`, (shop) => shop.search(text))
}

// internal

const summary = ({ total, items }: Found) => `${total}: ${items.map(({ isbn }) => isbn).join(" ")}`
