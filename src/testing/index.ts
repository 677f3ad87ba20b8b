/**
 * For the tests of hosts and adapters: the laws that every store keeps, values of the domain, and a payment gateway
 * that follows a script.
 */
export * as Arbitraries from "./Arbitraries.js"
export * as Conformance from "./Conformance.js"
export * as Law from "./Law.js"
export * as Laws from "./laws/index.js"
export * as ScriptedGateway from "./ScriptedGateway.js"
