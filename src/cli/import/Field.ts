/** What an import reads of a book, and the column names that shops give it. */

export const fields = [
  "title",
  "author",
  "isbn",
  "price",
  "stock",
  "genre",
  "description",
  "cover_image_url",
  "publish_date"
] as const
export type Field = (typeof fields)[number]

/** Column names compare by their letters and digits: `ISBN-13`, `isbn_13` and `Isbn13` are one. */
export const key = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "")

/** The names known for each field, the better source first. */
export const aliases: Readonly<Record<Field, ReadonlyArray<string>>> = {
  title: ["title", "book_title", "name", "book_name", "product_name", "original_title"],
  author: ["author", "authors", "author_name", "book_author", "writer", "creator", "contributors"],
  isbn: ["isbn13", "ean", "ean13", "gtin", "gtin13", "isbn", "isbn10", "isbn_code", "isbn_number"],
  price: ["price", "unit_price", "sale_price", "retail_price", "list_price", "rrp", "msrp"],
  stock: ["stock", "stock_quantity", "quantity", "qty", "copies", "on_hand", "inventory"],
  genre: ["genre", "genres", "genre_name", "category", "categories", "subject", "section"],
  description: ["description", "summary", "synopsis", "blurb", "abstract"],
  cover_image_url: ["cover_image_url", "cover_url", "cover_image", "cover", "image_url", "image", "thumbnail"],
  publish_date: [
    "publish_date",
    "publication_date",
    "published_date",
    "date_published",
    "publish_day",
    "pub_date",
    "release_date",
    "published",
    "date",
    "publication_year",
    "publish_year",
    "year_published",
    "original_publication_year",
    "pub_year",
    "year"
  ]
}

/** The field that a name means, if any. */
export const named = (name: string): Field | undefined => fieldOf.get(key(name))

// internal

const fieldOf: ReadonlyMap<string, Field> = new Map(
  fields.flatMap((field) => [field, ...aliases[field]].map((name) => [key(name), field] as const))
)
