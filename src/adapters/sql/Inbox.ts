import { type Context, DateTime, Effect } from "effect"
import type { Inbox } from "../../ports/Inbox.js"
import type { Database } from "./Database.js"

export const make = ({ sql, write }: Database): Context.Tag.Service<Inbox> => ({
  accept: (source, id, now) =>
    Effect.map(
      write(
        "Inbox.accept",
        sql`INSERT INTO octavo_inbox (source, id, received_at) VALUES (${source}, ${id}, ${DateTime.formatIso(now)})
ON CONFLICT (source, id) DO NOTHING`
      ),
      (added) => added > 0
    )
})
