/**
 * The database that all processes share: one writer at a time, readers see what is committed, and a commit is one
 * instant. It outlives them: what a dead process had open is rolled back, or its commit takes effect without it.
 */
import { Either } from "effect"
import type * as State from "../../adapters/memory/State.js"
import { StoreError } from "../../ports/StoreError.js"
import type { Dice } from "./Dice.js"
import type { Process } from "./Process.js"
import type { Timeline } from "./Timeline.js"
import type { Weather } from "./Weather.js"

export interface Transaction {
  readonly process: Process
  state: State.State
  /** Until it is committed or rolled back. */
  open: boolean
  /** Its link is lost: nothing of it will be kept. */
  lost: StoreError | null
  /** The commit was asked for. */
  committing: boolean
}

export interface Database {
  readonly committed: () => State.State
  readonly read: <A, E>(reading: (state: State.State) => Either.Either<A, E>) => Answer<A, E>
  /** One statement that is a transaction by itself. */
  readonly write: <A, E>(
    process: Process,
    operation: (state: State.State) => State.Change<A, E>,
    answer: (answer: Answer<A, E>) => void
  ) => void
  /** `granted` hears of the transaction when it is its turn. */
  readonly begin: (process: Process, granted: (answer: Either.Either<Transaction, StoreError>) => void) => void
  /** A statement inside a transaction. */
  readonly within: <A, E>(
    transaction: Transaction,
    operation: (state: State.State) => State.Change<A, E>
  ) => Answer<A, E>
  readonly commit: (transaction: Transaction) => Either.Either<void, StoreError>
  readonly rollback: (transaction: Transaction) => void
  /** The links of a process are lost, as when it is dead. */
  readonly disconnect: (process: Process) => void
}

export type Answer<A, E> = Either.Either<A, E | StoreError>

interface Waiter {
  readonly process: Process
  readonly turn: () => void
  readonly refuse: () => void
}

export const make = (options: {
  /** What is in it from the start. */
  readonly opening: State.State
  readonly timeline: Timeline
  readonly dice: Dice
  readonly weather: Weather
  /** Sees every committed instant. */
  readonly watch: (before: State.State, after: State.State, by: Process) => void
}): Database => {
  const { timeline, dice, weather, watch } = options
  let committed = options.opening
  let writer: Transaction | null = null
  const queue: Array<Waiter> = []

  const keep = (next: State.State, by: Process) => {
    const before = committed
    committed = next
    if (before !== next) watch(before, next, by)
  }

  const release = () => {
    writer = null
    while (writer === null) {
      const next = queue.shift()
      if (next === undefined) return
      if (!next.process.alive) continue
      if (next.process.held !== null) next.refuse()
      else next.turn()
    }
  }

  const rollback = (transaction: Transaction) => {
    if (!transaction.open) return
    transaction.open = false
    if (writer === transaction) release()
  }

  const end = (transaction: Transaction, kept: boolean) => {
    if (!transaction.open) return
    transaction.open = false
    if (kept) keep(transaction.state, transaction.process)
    if (writer === transaction) release()
  }

  /** The server goes on with a commit that nobody waits for any more, and others wait for its lock. */
  const endLater = (transaction: Transaction) => {
    const kept = dice.chance(0.5)
    timeline.after(dice.below(800), null, () => end(transaction, kept))
  }

  return {
    committed: () => committed,

    read: (reading) => (weather.storeFails() ? Either.left(linkLost("read", "RolledBack")) : reading(committed)),

    write: (process, operation, answer) => {
      const turn = () => {
        if (weather.storeFails()) {
          const outcome = dice.pick<StoreError["outcome"]>(["NotStarted", "RolledBack", "Unknown"])
          if (outcome === "Unknown" && dice.chance(0.5)) {
            const change = operation(committed)
            if (Either.isRight(change)) keep(change.right[1], process)
          }
          return answer(Either.left(linkLost("write", outcome)))
        }
        const change = operation(committed)
        if (Either.isLeft(change)) return answer(Either.left(change.left))
        keep(change.right[1], process)
        answer(Either.right(change.right[0]))
      }
      if (writer === null) turn()
      else queue.push({ process, turn, refuse: () => answer(Either.left(linkLost("write", "NotStarted"))) })
    },

    begin: (process, granted) => {
      const refuse = () => granted(Either.left(linkLost("begin", "NotStarted")))
      const turn = () => {
        writer = { process, state: committed, open: true, lost: null, committing: false }
        granted(Either.right(writer))
      }
      if (weather.storeFails()) refuse()
      else if (writer === null) turn()
      else queue.push({ process, turn, refuse })
    },

    within: (transaction, operation) => {
      if (transaction.lost === null && weather.storeFails()) {
        transaction.lost = dice.chance(0.5) ? conflict() : linkLost("statement", "RolledBack")
        if (writer === transaction) release()
      }
      if (transaction.lost !== null) return Either.left(transaction.lost)
      return Either.map(operation(transaction.state), ([answer, next]) => {
        transaction.state = next
        return answer
      })
    },

    commit: (transaction) => {
      if (transaction.lost !== null) {
        if (transaction.lost.outcome !== "Unknown") rollback(transaction)
        return Either.left(transaction.lost)
      }
      if (!weather.storeFails()) {
        end(transaction, true)
        return Either.void
      }
      switch (dice.pick(["conflict", "kept", "undone", "later"])) {
        case "conflict":
          end(transaction, false)
          return Either.left(conflict())
        case "kept":
          end(transaction, true)
          break
        case "undone":
          end(transaction, false)
          break
        case "later":
          endLater(transaction)
      }
      return Either.left(linkLost("commit", "Unknown"))
    },

    rollback,

    disconnect: (process) => {
      for (const waiter of queue.filter((waiter) => waiter.process === process)) {
        queue.splice(queue.indexOf(waiter), 1)
        waiter.refuse()
      }
      if (writer?.process !== process || writer.lost !== null) return
      if (writer.committing) {
        writer.lost = linkLost("commit", "Unknown")
        if (dice.chance(0.5)) endLater(writer)
        else end(writer, dice.chance(0.5))
      } else {
        writer.lost = linkLost("statement", "RolledBack")
        release()
      }
    }
  }
}

/** Whether the same transaction is to be run anew, as the databases' own adapters do. */
export const isConflict = (error: unknown): boolean =>
  error instanceof StoreError && error.cause instanceof Error && error.cause.message === deadlock

// internal

const deadlock = "deadlock detected"

const linkLost = (operation: string, outcome: StoreError["outcome"]) =>
  new StoreError({ operation, outcome, retryable: true, cause: new Error("the link was lost") })

const conflict = () =>
  new StoreError({ operation: "statement", outcome: "RolledBack", retryable: true, cause: new Error(deadlock) })
