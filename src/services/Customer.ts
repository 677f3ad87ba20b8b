import { Either, Schema } from "effect"
import { CustomerId } from "../domain/Id.js"
import * as Input from "../domain/Input.js"

/** The host's name for a customer, as octavo keeps it. */
export const decode = (customerId: string): Either.Either<CustomerId, Input.InvalidInput> =>
  Either.map(decodeCustomer({ customerId }), (decoded) => decoded.customerId)

// internal

const decodeCustomer = Input.decode(Schema.Struct({ customerId: CustomerId }))
