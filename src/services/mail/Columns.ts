/** Text in the columns of a terminal, where a character of Chinese or an emoji takes two of them. */

/** How many columns a text takes. */
export const width = (text: string): number => {
  if (plain.test(text)) return text.length
  let columns = 0
  for (const { segment } of graphemes.segment(text)) columns += columnsOf(segment)
  return columns
}

/** A text in lines of at most so many columns; a word that is longer is cut. */
export const wrap = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let [line, taken] = ["", 0]
  for (const word of text.split(" ").flatMap((word) => pieces(word, columns))) {
    const needed = width(word)
    if (line !== "" && taken + 1 + needed > columns) {
      lines.push(line)
      line = ""
    }
    taken = line === "" ? needed : taken + 1 + needed
    line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** The beginning of a text that is longer than so many characters as a reader counts them. */
export const shorten = (text: string, characters: number): string => {
  const all = [...graphemes.segment(text)]
  return all.length <= characters
    ? text
    : `${all
        .slice(0, characters - 1)
        .map(({ segment }) => segment)
        .join("")
        .trimEnd()}…`
}

// internal

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })

const plain = /^[\x20-\x7e]*$/

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}\ufe0f/u

const columnsOf = (grapheme: string) => (wide.test(grapheme) ? 2 : /^[\p{Mn}\p{Cf}]+$/u.test(grapheme) ? 0 : 1)

const pieces = (word: string, columns: number): ReadonlyArray<string> => {
  if (width(word) <= columns) return [word]
  const cut: Array<string> = []
  let [piece, taken] = ["", 0]
  for (const { segment } of graphemes.segment(word)) {
    const needed = columnsOf(segment)
    if (taken + needed > columns) {
      cut.push(piece)
      piece = ""
      taken = 0
    }
    piece += segment
    taken += needed
  }
  return [...cut, piece]
}
