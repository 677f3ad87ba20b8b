/** What the routes take as a body. */
import { Context } from "effect"

/** Nothing; JSON that may be left out; JSON; the bytes as they came, whatever they are said to be. */
export type Kind = "none" | "optional" | "required" | "raw"

/** Marks a route whose body is not simply JSON. */
export class Body extends Context.Reference<Body>()("octavo/http/Body", {
  defaultValue: (): Exclude<Kind, "none"> => "required"
}) {}
