/** A share of the seeds, as it goes to a worker and comes back. */
export interface Block {
  readonly from: number
  readonly count: number
}

export interface Done extends Block {
  readonly found: ReadonlyArray<{ readonly seed: number; readonly message: string }>
  readonly steps: number
  readonly crashes: number
  readonly orders: number
}
