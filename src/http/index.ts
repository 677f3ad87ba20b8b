/** Octavo over HTTP: the contract, and the routes that keep it. */

import * as Absent from "./Absent.js"

export * as Authentication from "../ports/Authentication.js"
export { Api } from "./Api.js"
export { CurrentIdentity } from "./Identity.js"
export * as Problem from "./Problem.js"
export { httpApp, layer, Routing, type Services } from "./Routing.js"
export type { Options, Settings } from "./Settings.js"
export { toWebHandler, type WebHandler } from "./Web.js"

/** The OpenAPI 3.1 document of the routes mounted at `prefix`. */
export const openapi = async (prefix = ""): Promise<Readonly<Record<string, unknown>>> =>
  (await import("./Document.js")).make(prefix, Absent.none)
