import { SqlError } from "@effect/sql/SqlError"
import { expect, it } from "vitest"
import { storeError } from "../../src/adapters/sql/Failure.js"

const lostBy = (code: string) =>
  storeError("commit", new SqlError({ cause: Object.assign(new Error("lost"), { code }) }), "Unknown")

it.each([
  "ECONNRESET",
  "EPIPE",
  "EPROTO",
  "ERR_SOCKET_CLOSED",
  "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
  "ERR_STREAM_PREMATURE_CLOSE",
  "57P01"
])("a commit whose link is lost by %s may have been kept, and may be tried again", (code) => {
  expect(lostBy(code)).toMatchObject({ outcome: "Unknown", retryable: true })
})

it.each(["40001", "23505", "SQLITE_FULL"])("a commit that is refused with %s was not kept", (code) => {
  expect(lostBy(code)).toMatchObject({ outcome: "RolledBack" })
})
