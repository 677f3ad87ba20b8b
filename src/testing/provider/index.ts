/** A payment provider for tests, in a process of its own. */
export * as PaymentProvider from "./PaymentProvider.js"
