import { Context, type Effect } from "effect"
import type { Notice, NoticeRefused } from "../domain/Notice.js"

/** Reads what a payment provider sends to the host: its webhook. */
export class PaymentNotices extends Context.Tag("octavo/PaymentNotices")<
  PaymentNotices,
  {
    /** The notice in a request, once its signature over the raw bytes is found good; null when it is of no concern here. */
    readonly read: (request: {
      readonly body: Uint8Array
      /** By name in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>
    }) => Effect.Effect<Notice | null, NoticeRefused>
  }
>() {}
