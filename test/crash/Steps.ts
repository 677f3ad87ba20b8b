/** The steps of the work, each with a name: a process can be told to kill itself when it comes by one of them. */

export interface Passed {
  /** `OrderRepository.add:after`; the second time `OrderRepository.add:after#2`. */
  readonly step: string
  /** How many acts on the world outside came before: steps with the same number leave the same behind. */
  readonly acts: number
}

export class Steps {
  readonly #killAt: string | undefined
  readonly #counts = new Map<string, number>()
  #passed: Array<Passed> | null = null
  #acts = 0

  constructor(killAt: string | undefined) {
    this.#killAt = killAt
  }

  /** From here on steps are counted. */
  watch(): void {
    this.#counts.clear()
    this.#acts = 0
    this.#passed = []
  }

  /** The steps since `watch`. */
  ended(): ReadonlyArray<Passed> {
    const passed = this.#passed ?? []
    this.#passed = null
    return passed
  }

  by(name: string): void {
    if (this.#passed === null) return
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    const step = count === 1 ? name : `${name}#${count}`
    this.#passed.push({ step, acts: this.#acts })
    // The signal has ended the process before this call returns.
    if (step === this.#killAt) process.kill(process.pid, "SIGKILL")
  }

  /** Something outside this process may have changed, or has said that it did. */
  act(): void {
    this.#acts++
  }
}
