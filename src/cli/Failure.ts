/** What stops a command: one line that says what to do next, and the exit code. */
import { Data } from "effect"

export class Failure extends Data.TaggedError("Failure")<{
  readonly message: string
  /** 1 for trouble, 2 for a command line that cannot be followed. */
  readonly exitCode: 1 | 2
  /** What lies behind it, shown on request only. */
  readonly cause?: unknown
}> {}

export const trouble = (message: string, cause?: unknown): Failure => new Failure({ message, exitCode: 1, cause })

export const usage = (message: string): Failure => new Failure({ message, exitCode: 2 })

/** What a system call, a driver or a wrapper of one says at its root, in one line. */
export const rootMessage = (cause: unknown): string => {
  const { message, code } = root(cause)
  return (message || code || "unknown trouble").replace(/\s+/g, " ").trim()
}

/** The code at the root of an error, such as `ENOSPC` or `ECONNREFUSED`. */
export const rootCode = (cause: unknown): string => root(cause).code

// internal

/** The innermost error that still says something. */
const root = (cause: unknown): { readonly message: string; readonly code: string } => {
  let found = { message: "", code: "" }
  let at = cause
  for (let depth = 0; depth < 10 && typeof at === "object" && at !== null; depth++) {
    const {
      message,
      code,
      cause: inner,
      errors
    } = at as Partial<Record<"message" | "code" | "cause" | "errors", unknown>>
    found = {
      message: typeof message === "string" && message !== "" ? message : found.message,
      code: typeof code === "string" ? code : found.code
    }
    at = inner ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return typeof cause === "string" ? { message: cause, code: "" } : found
}
