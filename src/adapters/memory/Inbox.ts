import { Effect, HashSet, Layer, Schema } from "effect"
import { Notice } from "../../domain/Notice.js"
import { Inbox } from "../../ports/Inbox.js"
import { type Change, leave, violation } from "./State.js"
import { Store } from "./Store.js"

export const layer: Layer.Layer<Inbox, never, Store> = Layer.effect(
  Inbox,
  Effect.map(Store, (store) => ({
    accept: (source, id) =>
      store.change((state): Change<boolean> => {
        if (!isSource(source) || !isId(id)) return violation("Inbox.accept", "source and id are as their schemas say")
        // Neither holds a NUL.
        const name = `${source}\0${id}`
        return HashSet.has(state.heard, name)
          ? leave(false, state)
          : leave(true, { ...state, heard: HashSet.add(state.heard, name) })
      })
  }))
)

// internal

const isSource = Schema.is(Notice.fields.source)
const isId = Schema.is(Notice.fields.id)
