import { Layer } from "effect"
import * as DemoGateway from "../../src/adapters/demo/index.js"
import * as Memory from "../../src/adapters/memory/index.js"
import * as Bookstore from "../../src/services/Bookstore.js"

/** A whole bookstore in memory, a fresh one for each effect that it is provided to. */
export const bookstore = Bookstore.layer.pipe(Layer.provide([Memory.layer, DemoGateway.layer]))
