/** Author lists that are longer than a book can carry. */
import * as Text from "../../domain/Text.js"
import * as Repair from "./Repair.js"

/** The authors as written, or as many whole names as fit, and `et al.`; a single name too long stays, to be refused. */
export const read = (cell: string): Repair.Read<string> => {
  const text = cell.normalize("NFC").trim()
  if (Text.length(text) <= maximum) return Repair.as(text)
  const separator = /[;|]/.exec(text)?.[0] ?? ","
  const names = text.split(separator)
  const glue = separator === "," ? ", " : `${separator} `
  let kept = ""
  for (const name of names.map((each) => each.trim()).filter((each) => each !== "")) {
    const next = kept === "" ? name : `${kept}${glue}${name}`
    if (Text.length(next + glue + andOthers) > maximum) break
    kept = next
  }
  if (kept === "") return Repair.as(text)
  return { value: kept + glue + andOthers, repaired: [], omitted: ["authors"] }
}

// internal

const maximum = 255
const andOthers = "et al."
