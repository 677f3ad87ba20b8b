import { Cause, Context, Effect, Exit } from "effect"
import { breaking, colliding, collision, type Flaws, type Ports } from "./Breaking.js"

const changing = (flaw: (transactor: Ports["transactor"]) => Partial<Ports["transactor"]>) =>
  breaking(({ transactor }) => ({ transactor: { ...transactor, ...flaw(transactor) } }))

const failuresWrapped = changing(({ transact }) => ({
  transact: (effect) => Effect.mapError(transact(effect), () => collision)
}))

class Undone {
  constructor(readonly answer: unknown) {}
}

const neverCommits = changing(({ transact }) => ({
  transact: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.catchAll(transact(Effect.flatMap(effect, (answer) => Effect.fail(new Undone(answer)))), (error) =>
      error instanceof Undone ? Effect.succeed(error.answer as A) : Effect.fail(error)
    )
}))

/** Commits what ended in a way that it must not. */
const keeping = (spared: (cause: Cause.Cause<unknown>) => boolean) =>
  changing(({ transact }) => ({
    transact: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatten(
          transact(
            Effect.flatMap(
              Effect.exit(restore(effect)),
              (exit): Exit.Exit<Exit.Exit<A, E>, E> =>
                Exit.isFailure(exit) && !spared(exit.cause) ? Exit.failCause(exit.cause) : Exit.succeed(exit)
            )
          )
        )
      )
  }))

export const keepsFailed = keeping(Cause.isFailure)
const keepsDead = keeping(Cause.isDie)
const keepsInterrupted = keeping(Cause.isInterrupted)

export const noTransactions = changing(() => ({ transact: (effect) => effect }))

/** And an order takes its time to be written. */
export const slowNoTransactions = breaking(({ orders, transactor }) => ({
  orders: { ...orders, add: (order) => Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 9), orders.add(order)) },
  transactor: { ...transactor, transact: (effect) => effect }
}))

const flat = changing(({ isOpen, transact }) => ({
  transact: (effect) => Effect.if(isOpen, { onTrue: () => effect, onFalse: () => transact(effect) })
}))

const innerKept = changing(({ isOpen, transact }) => {
  let committed: Array<Effect.Effect<unknown>> = []
  return {
    transact: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.gen(function* () {
        const context = yield* Effect.context<R>()
        if (yield* isOpen) {
          const again = Effect.ignore(Effect.provide(effect, context))
          return yield* Effect.tap(transact(effect), () => void committed.push(again))
        }
        committed = []
        return yield* Effect.onError(transact(effect), () => Effect.all(committed))
      })
  }
})

export const neverOpen = changing(() => ({ isOpen: Effect.succeed(false) }))
const alwaysOpen = changing(() => ({ isOpen: Effect.succeed(true) }))

/** As PostgreSQL without savepoints: after a refusal nothing works until the end. */
const aborts = breaking(({ books, transactor }) => {
  let aborted = false
  return {
    books: {
      ...books,
      add: (book) =>
        Effect.tapErrorTag(books.add(book), "IsbnConflict", () =>
          Effect.map(transactor.isOpen, (open) => {
            aborted = open
          })
        ),
      modify: (id, decide) => Effect.suspend(() => (aborted ? collision : books.modify(id, decide)))
    }
  }
})

const deadlocks = changing(({ isOpen, transact }) => {
  const alone = colliding()
  return {
    transact: (effect) => Effect.flatMap(isOpen, (open) => (open ? transact(effect) : alone(transact(effect))))
  }
})

/** A book is taken away again when something `sweeping` fails while it is being added, if that was `joined`. */
const swept = ({ books }: Ports, joined: Effect.Effect<boolean>) => {
  let failures = 0
  return {
    books: {
      ...books,
      add: (book) =>
        Effect.flatMap(joined, (hasJoined) => {
          const before = failures
          return Effect.tap(books.add(book), () =>
            hasJoined && failures > before ? Effect.ignore(books.remove(book.id)) : Effect.void
          )
        })
    } satisfies Ports["books"],
    sweeping: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.tapErrorCause(effect, () => Effect.sync(() => failures++))
  }
}

/** As savepoints of one connection, without turns. */
const sweepsSiblings = breaking((real) => {
  const { isOpen, transact } = real.transactor
  const { books, sweeping } = swept(real, Effect.succeed(true))
  return {
    books,
    transactor: {
      isOpen,
      transact: (effect) => Effect.flatMap(isOpen, (open) => transact(open ? sweeping(effect) : effect))
    }
  }
})

class Own extends Context.Reference<Own>()("Own", { defaultValue: () => ({ ended: false }) }) {}

/** As one connection that is lent again. */
const joinsOther = breaking((real) => {
  const { books, sweeping } = swept(
    real,
    Effect.map(Own, ({ ended }) => ended)
  )
  return {
    books,
    transactor: {
      ...real.transactor,
      transact: (effect) =>
        Effect.suspend(() => {
          const own = { ended: false }
          const ending = Effect.ensuring(
            sweeping(effect),
            Effect.sync(() => {
              own.ended = true
            })
          )
          return Effect.provideService(real.transactor.transact(ending), Own, own)
        })
    }
  }
})

export const transactor: Flaws = {
  "a transaction answers what its effect answers, and fails or dies as it does": {
    "failures are wrapped": failuresWrapped
  },
  "a transaction that succeeds keeps everything": { "nothing is committed": neverCommits },
  "a transaction that fails leaves nothing": { "failures are committed": keepsFailed },
  "a transaction that dies leaves nothing": { "defects are committed": keepsDead },
  "a transaction that is interrupted leaves nothing": { "interruptions are committed": keepsInterrupted },
  "transactions that are interrupted anywhere are kept whole or not at all, and the store goes on": {
    "each call by itself": noTransactions
  },
  "a nested failure undoes its own part and no other": { "nested ones have no part of their own": flat },
  "what the outer transaction undoes is gone, the inner one's commit included": { "the inner one is kept": innerKept },
  "whether a transaction is open is known, to whoever is inside and to nobody else": {
    never: neverOpen,
    always: alwaysOpen
  },
  "nobody sees what a transaction has written and not committed": { "each call by itself": noTransactions },
  "a refusal that is caught leaves the transaction usable, and nothing of what was refused": {
    "a refusal ends it": aborts
  },
  "transactions that change the same books in opposite order are all kept": { "deadlocks reach the caller": deadlocks },
  "what is written beside a nested transaction that fails is kept": { "it is undone with it": sweepsSiblings },
  "a fiber that outlives its transaction writes on its own": { "it joins the one that is open": joinsOther }
}
