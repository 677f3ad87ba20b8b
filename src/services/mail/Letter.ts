/** A mail before it is laid out; `text` and `html` of the same letter say the same. */

export interface Letter {
  readonly language: string
  readonly subject: string
  readonly greeting: string
  readonly paragraphs: ReadonlyArray<string>
  readonly order: Table | null
  readonly link: { readonly words: string; readonly url: string } | null
  readonly closing: ReadonlyArray<string>
}

/** What was ordered. */
export interface Table {
  readonly caption: string
  readonly rows: ReadonlyArray<Row>
  readonly total: { readonly words: string; readonly amount: string }
}

/** What is in its fields is on one line, and may be of any direction. */
export interface Row {
  readonly quantity: number
  readonly title: string
  readonly author: string
  /** Of all copies. */
  readonly amount: string
}
