import { Schema } from "effect"
import * as Id from "./Id.js"

export const OrderId = Id.Uuid.pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type
