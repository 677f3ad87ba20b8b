import { Schema } from "effect"
import * as Id from "./Id.js"

export const PreBookingId = Id.Uuid.pipe(Schema.brand("PreBookingId"))
export type PreBookingId = typeof PreBookingId.Type
