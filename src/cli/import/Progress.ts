/** How far an import is, while it runs: one line that renews itself on a terminal, else a line every few seconds. */

export interface Progress {
  readonly show: (rows: number) => void
  /** Leaves the terminal's line to what comes after. */
  readonly end: () => void
}

export const make = (
  stream: { readonly isTTY?: boolean; readonly write: (text: string) => unknown },
  clock: () => number = () => performance.now()
): Progress => {
  const isTerminal = stream.isTTY === true
  const pause = isTerminal ? 200 : 5000
  const started = clock()
  let last = isTerminal ? Number.NEGATIVE_INFINITY : started
  let isShown = false
  return {
    show: (rows) => {
      const now = clock()
      if (now - last < pause) return
      last = now
      isShown = true
      stream.write(isTerminal ? `\r${line(rows, now - started)}\u001b[K` : `${line(rows, now - started)}\n`)
    },
    end: () => {
      if (isTerminal && isShown) stream.write("\r\u001b[K")
    }
  }
}

// internal

const line = (rows: number, milliseconds: number) =>
  `${rows} rows read, ${Math.round((rows * 1000) / Math.max(milliseconds, 1))} a second`
