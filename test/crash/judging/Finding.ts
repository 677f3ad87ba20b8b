import type { Order } from "../../../src/domain/Order.js"

export interface Finding {
  /** `lost`: it was acknowledged and is not there. `wrong`: it must not be, acknowledged or not. */
  readonly kind: "lost" | "wrong"
  readonly what: string
}

export const lost = (what: string): Finding => ({ kind: "lost", what })
export const wrong = (what: string): Finding => ({ kind: "wrong", what })

export const named = ({ id, status }: Order) => `${status} order ${id}`
