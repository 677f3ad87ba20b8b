import * as Pg from "pg"

export interface Config extends Pg.PoolConfig {
  /** How long a statement may go without its answer, in milliseconds; infinity for as long as it takes. */
  readonly answerWithin: number
  /** Whether the server keeps the same session for this connection, so that settings of the session hold. */
  readonly ownSession: boolean
}

/**
 * A client that gives its connection up when a statement stays without an answer: the socket is destroyed, so that an
 * answer that comes late is nobody's. What takes an advisory lock, a migration or an import, takes the time it takes.
 */
export class TimedClient extends Pg.Client {
  readonly #limit: number
  readonly #ownSession: boolean
  #asked: number | undefined
  #unhurried = false
  #watch: NodeJS.Timeout | undefined

  constructor(config: Config) {
    super(config)
    this.#limit = config.answerWithin
    this.#ownSession = config.ownSession
    // The pool listens only once a connection is its own, and an error that nobody hears ends the process.
    this.on("error", () => {})
    this.on("end", () => clearTimeout(this.#watch))
    this.connection.on("readyForQuery", ({ status }: { readonly status: string }) => {
      this.#asked = undefined
      if (status === "I") this.#unhurried = false
    })
    if (this.#limit === Number.POSITIVE_INFINITY) return
    const query = this.query.bind(this) as Query
    this.query = ((statement: unknown, values?: unknown, callback?: unknown) => {
      const text = textOf(statement)
      if (text !== undefined) this.#ask(text)
      return query(statement, values, callback)
    }) as Pg.Client["query"]
  }

  override connect(callback?: unknown): Promise<Pg.Client> {
    const ready = super.connect().then(() =>
      this.#settle().catch((error) => {
        this.connection.stream.destroy()
        throw error
      })
    )
    if (typeof callback !== "function") return ready
    ready.then(
      () => callback(null, this),
      (error) => callback(error)
    )
    return ready
  }

  /** A server that does not answer does not say goodbye either. */
  override end(callback?: unknown): Promise<void> {
    const parting = setTimeout(() => this.connection.stream.destroy(), goodbye).unref()
    this.once("end", () => clearTimeout(parting))
    return (super.end as (callback: unknown) => Promise<void>)(callback)
  }

  /** One timer for a connection, not for a statement: it looks again when the statement then waiting would be late. */
  #ask(text: string) {
    if (text.includes(advisoryLock)) this.#unhurried = true
    this.#asked = this.#unhurried && text !== "COMMIT" ? undefined : performance.now()
    if (this.#watch === undefined && this.#asked !== undefined) this.#look(this.#limit)
  }

  #look(delay: number) {
    this.#watch = setTimeout(
      () => {
        this.#watch = undefined
        if (this.#asked === undefined) return
        const left = this.#asked + this.#limit - performance.now()
        if (left > 0) return this.#look(left)
        const asked = this.#asked
        // What came while this process itself stood still is read first.
        setImmediate(() => this.#asked === asked && this.#giveUp())
      },
      Math.min(Math.ceil(delay), longest)
    ).unref()
  }

  #giveUp() {
    const why = new Error(`no answer from PostgreSQL in ${this.#limit} ms`)
    this.connection.stream.destroy(Object.assign(why, { code: "ETIMEDOUT" }))
  }

  /** A connection that is given up leaves no lock held: the server looks after it, unless its own settings do. */
  async #settle(): Promise<Pg.Client> {
    if (!this.#ownSession || this.#limit === Number.POSITIVE_INFINITY) return this
    await this.query(setUnset("idle_in_transaction_session_timeout"), [
      String(Math.min(Math.ceil(this.#limit), longest))
    ])
    await this.query(setUnset("client_connection_check_interval"), [String(checkInterval)]).catch((error) => {
      // Not every operating system tells a server that its client has gone.
      if (!(error instanceof Pg.DatabaseError)) throw error
    })
    return this
  }
}

// internal

type Query = (...args: ReadonlyArray<unknown>) => unknown

/** Not of a cursor, which answers when it is read. */
const textOf = (statement: unknown): string | undefined =>
  typeof statement === "string"
    ? statement
    : typeof statement === "object" && statement !== null && "text" in statement && !("submit" in statement)
      ? String(statement.text)
      : undefined

const advisoryLock = "pg_advisory_xact_lock"

/** Neither a timer nor the server knows more milliseconds. */
const longest = 2 ** 31 - 1

const goodbye = 1000

const checkInterval = 2000

const setUnset = (name: string) =>
  `SELECT set_config('${name}', $1, false) WHERE current_setting('${name}', true) = '0'`
