import { describe, expect, it } from "vitest"
import { problem, useServer } from "./support.js"

const { call, addBook } = useServer()
const missing = "01920f5e-7c1a-7b3e-9d52-3f0c7a1b2c4d"

describe("genres", () => {
  it("are listed by name, and one name is one genre in any case", async () => {
    const added = await call("POST", "/genres", { admin: true, body: { name: "  Science Fiction " } })
    expect(added.status).toBe(201)
    expect(added.json).toEqual({ id: expect.any(String), name: "Science Fiction" })
    await call("POST", "/genres", { admin: true, body: { name: "Classics" } })
    const { json } = await call("GET", "/genres")
    expect(json.map(({ name }: { name: string }) => name)).toEqual(["Classics", "Science Fiction"])
    const again = await call("POST", "/genres", { admin: true, body: { name: "SCIENCE fiction" } })
    expect(again.json).toMatchObject(problem(409, "GENRE_CONFLICT", { field: "name" }))
  })

  it.each([{}, { name: "  " }, { name: "x".repeat(101) }, { name: 1 }, { name: null }])("refuse %j", async (body) => {
    const { status, json } = await call("POST", "/genres", { admin: true, body })
    expect(status).toBe(422)
    expect(json).toMatchObject(problem(422, "VALIDATION_ERROR", { field: "name", errors: [{ path: "name" }] }))
  })
})

describe("books", () => {
  it("are added with every field, nulls sent, nothing in stock", async () => {
    const full = await call("POST", "/books", {
      admin: true,
      body: {
        title: " Dune ",
        author: "Frank Herbert",
        price: 9.9,
        isbn: "0-441-17271-7",
        publish_date: "1965-08-01",
        cover_image_url: "https://example.com/d.jpg",
        genreId: "ignored"
      }
    })
    expect(full.status).toBe(201)
    expect(full.json).toEqual({
      id: expect.any(String),
      title: "Dune",
      author: "Frank Herbert",
      price: "9.90",
      currency: "USD",
      isbn: "9780441172719",
      genre_id: null,
      description: null,
      cover_image_url: "https://example.com/d.jpg",
      publish_date: "1965-08-01",
      stock_quantity: 0,
      in_stock: false
    })
    const body = { title: "Dune again", author: "F. H.", price: "1", isbn: "9780441172719" }
    const twice = await call("POST", "/books", { admin: true, body })
    expect(twice.json).toMatchObject(problem(409, "BOOK_ISBN_CONFLICT", { field: "isbn" }))
    const unknown = await call("POST", "/books", {
      admin: true,
      body: { title: "T", author: "A", price: "1", genre_id: missing }
    })
    expect(unknown.json).toMatchObject(problem(404, "GENRE_NOT_FOUND", { field: "genre_id" }))
  })

  it.each<[string, object]>([
    ["title", { title: " " }],
    ["title", { title: "x".repeat(501) }],
    ["title", { title: "a\u0000b" }],
    ["title", { title: "a\ud800b" }],
    ["author", { author: "\ud800" }],
    ["author", { author: null }],
    ["price", { price: "10.500" }],
    ["price", { price: 0 }],
    ["price", { price: "-1" }],
    ["price", { price: "1e3" }],
    ["price", { price: true }],
    ["price", { price: 100_000_000 }],
    ["isbn", { isbn: "9780441172710" }],
    ["isbn", { isbn: 9780441172719 }],
    ["description", { description: "x".repeat(10_001) }],
    ["description", { description: "\u0000" }],
    ["cover_image_url", { cover_image_url: "javascript:alert(1)" }],
    ["cover_image_url", { cover_image_url: "https://example.com/\u0000" }],
    ["publish_date", { publish_date: "2025-02-29" }],
    ["genre_id", { genre_id: 5 }]
  ])("refuse a bad %s: %j, and never echo it", async (path, fields) => {
    const { status, json, text } = await call("POST", "/books", {
      admin: true,
      body: { title: "T", author: "A", price: "1.00", ...fields }
    })
    expect(status).toBe(422)
    expect(json).toMatchObject(problem(422, "VALIDATION_ERROR", { field: path, errors: [{ path }] }))
    expect(text).not.toContain("actual")
  })

  it("name every error at once", async () => {
    const { json } = await call("POST", "/books", { admin: true, body: { price: "x", publish_date: "soon" } })
    expect(json.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      "author",
      "price",
      "publish_date",
      "title"
    ])
    expect(json).not.toHaveProperty("field")
  })

  it("are found by id, and changed by what is sent", async () => {
    const id = await addBook({ description: "old" })
    const changed = await call("PUT", `/books/${id}`, { admin: true, body: { price: "12.50", description: null } })
    expect(changed.json).toMatchObject({ id, price: "12.50", description: null, author: "Somebody" })
    expect((await call("GET", `/books/${id}`)).json).toEqual(changed.json)
    expect((await call("GET", `/books/${id.toUpperCase()}`)).json).toEqual(changed.json)
    const cleared = await call("PUT", `/books/${id}`, { admin: true, body: { title: null } })
    expect(cleared.json).toMatchObject(problem(422, "VALIDATION_ERROR", { field: "title" }))
    const genre = await call("PUT", `/books/${id}`, { admin: true, body: { genre_id: "no such" } })
    expect(genre.json).toMatchObject(problem(404, "GENRE_NOT_FOUND"))
  })

  it.each([missing, "1", "x".repeat(5000), "%20", "a%2Fb"])("that do not exist are one 404: %s", async (id) => {
    const expected = problem(404, "BOOK_NOT_FOUND", { field: "book_id" })
    expect((await call("GET", `/books/${id}`)).json).toMatchObject(expected)
    expect((await call("PUT", `/books/${id}`, { admin: true, body: {} })).json).toMatchObject(expected)
    expect((await call("DELETE", `/books/${id}`, { admin: true })).json).toMatchObject(expected)
    expect((await call("PATCH", `/books/${id}/stock`, { admin: true, body: { delta: 1 } })).json).toMatchObject(
      expected
    )
  })

  it("are removed", async () => {
    const id = await addBook()
    const removed = await call("DELETE", `/books/${id}`, { admin: true })
    expect([removed.status, removed.text]).toEqual([204, ""])
    expect((await call("GET", `/books/${id}`)).status).toBe(404)
  })
})

describe("stock", () => {
  it("is set and moved, if it is what was expected and stays above zero", async () => {
    const id = await addBook({}, 3)
    const stock = (body: object) => call("PATCH", `/books/${id}/stock`, { admin: true, body })
    expect((await stock({ delta: 2 })).json).toMatchObject({ stock_quantity: 5, in_stock: true })
    expect((await stock({ quantity: 7, expected: 5 })).json.stock_quantity).toBe(7)
    expect((await stock({ quantity: 1, expected: 5 })).json).toMatchObject(
      problem(409, "STOCK_CHANGED", { stock_quantity: 7 })
    )
    expect((await stock({ delta: -8 })).json).toMatchObject(problem(409, "STOCK_BELOW_ZERO"))
    for (const body of [
      {},
      { quantity: 1, delta: 1 },
      { quantity: -1 },
      { quantity: 1.5 },
      { quantity: 2 ** 31 },
      { delta: "1" },
      { delta: true }
    ]) {
      expect((await stock(body)).json).toMatchObject(problem(422, "VALIDATION_ERROR"))
    }
  })
})

describe("browsing", () => {
  it("filters, sorts, pages and scrolls", async () => {
    const author = "Ursula K. Le Guin"
    for (const [i, title] of ["A Wizard of Earthsea", "The Dispossessed", "Lavinia"].entries()) {
      await addBook({ title, author, price: `${i + 1}.00` }, i)
    }
    const titles = async (query: string) => {
      const { json } = await call("GET", `/books?author=le%20guin&${query}`)
      return json.items.map(({ title }: { title: string }) => title)
    }
    expect(await titles("sort=price&sort_dir=desc")).toEqual(["Lavinia", "The Dispossessed", "A Wizard of Earthsea"])
    expect(await titles("in_stock=true")).toEqual(["Lavinia", "The Dispossessed"])
    expect(await titles("in_stock=false")).toEqual(["A Wizard of Earthsea"])
    expect(await titles("min_price=1.5&max_price=2")).toEqual(["The Dispossessed"])
    expect(await titles("q=WIZ+earth")).toEqual(["A Wizard of Earthsea"])
    expect(await titles("q=%2C")).toEqual([])
    expect(await titles("genre_id=nothing")).toEqual([])
    const far = await call("GET", "/books?author=le%20guin&page=9&size=2")
    expect(far.json).toEqual({ items: [], total: 3, page: 9, size: 2 })
    const seen: Array<string> = []
    for (let after: string | null = ""; after !== null; ) {
      const { json } = await call("GET", `/books?author=le%20guin&size=2&after=${after}`)
      expect(Object.keys(json).sort()).toEqual(["items", "next"])
      seen.push(...json.items.map(({ title }: { title: string }) => title))
      after = json.next
    }
    expect(seen).toEqual(["A Wizard of Earthsea", "Lavinia", "The Dispossessed"])
  })

  it.each([
    ["page", "page=0"],
    ["page", "page=1.0"],
    ["page", "page=1&page=2"],
    ["page", "page=1&after="],
    ["page", "page=99999999999"],
    ["size", "size=101"],
    ["size", "size="],
    ["after", "after=tampered"],
    ["sort", "sort=id"],
    ["sort_dir", "sort_dir=up"],
    ["in_stock", "in_stock=yes"],
    ["min_price", "min_price=1.555"],
    ["max_price", "max_price=-1"],
    ["q", "q=%00"],
    ["q", `q=${"x".repeat(1001)}`],
    ["q", "q=a&q=b"],
    ["author", "author=%00"]
  ])("refuses a bad %s: %s", async (path, query) => {
    const { status, json } = await call("GET", `/books?${query}`)
    expect(status).toBe(422)
    expect(json).toMatchObject(problem(422, "VALIDATION_ERROR", { field: path, errors: [{ path }] }))
  })

  it("refuses the cursor of another query", async () => {
    await addBook()
    await addBook()
    const { json } = await call("GET", "/books?after=&size=1")
    const other = await call("GET", `/books?sort=price&after=${json.next}&size=1`)
    expect(other.json).toMatchObject(problem(422, "VALIDATION_ERROR", { field: "after" }))
  })
})
