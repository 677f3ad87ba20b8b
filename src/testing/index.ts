/**
 * For the tests of hosts and adapters: the laws that every store and every payment gateway keeps, values of the domain,
 * a payment gateway that follows a script, and a mailbox.
 */
export * as Arbitraries from "./Arbitraries.js"
export * as Conformance from "./Conformance.js"
export * as GatewayConformance from "./GatewayConformance.js"
export * as GatewayLaws from "./gatewayLaws/index.js"
export * as Law from "./Law.js"
export * as Laws from "./laws/index.js"
export * as Mailbox from "./Mailbox.js"
export * as ScriptedGateway from "./ScriptedGateway.js"
export * as Simulation from "./Simulation.js"
