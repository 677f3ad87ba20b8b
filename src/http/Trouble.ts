/** What went wrong here and not in the request. */
import { Cause, Effect } from "effect"
import type { Problem } from "./Problem.js"

/** Only the log has the reason; a refusal has none. */
export const log = ({ status, code, cause }: Problem, otherwise: Cause.Cause<unknown> = Cause.empty) =>
  status < 500 ? Effect.void : Effect.logError(`Answered ${status} ${code}`, causeOf(cause) ?? otherwise)

// internal

/** A logger writes the message and the origin of an error only when it comes as a cause. */
const causeOf = (cause: unknown) => (cause === undefined ? undefined : Cause.isCause(cause) ? cause : Cause.fail(cause))
