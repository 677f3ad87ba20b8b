/** The contract alone, for clients: derive one with `HttpApiClient.make(Api)`. It loads no server. */

export { Api } from "./Api.js"
export * as Problem from "./Problem.js"
