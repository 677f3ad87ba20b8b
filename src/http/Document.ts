/** The OpenAPI 3.1 document, made from the contract. */
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import { Context } from "effect"
import { Api } from "./Api.js"
import { BodyOptional } from "./OrdersApi.js"
import { mediaType } from "./Problem.js"

type Json = Readonly<Record<string, unknown>>

/** The document for routes mounted at `prefix`. */
export const make = (prefix: string): Json => {
  const { paths, components, ...rest } = OpenApi.fromApi(Api, { additionalPropertiesStrategy: "allow" })
  const { HttpApiDecodeError, Issue, ...schemas } = components.schemas
  const optional = routesWithOptionalBody()
  return {
    ...rest,
    servers: [{ url: prefix === "" ? "/" : prefix }],
    paths: mapValues(paths, (item) =>
      mapValues({ ...item }, (operation) => ({
        ...operation,
        ...(optional.has(operation.operationId) && operation.requestBody !== undefined
          ? { requestBody: { ...operation.requestBody, required: false } }
          : {}),
        responses: responses(operation.responses)
      }))
    ),
    components: { ...components, schemas }
  }
}

// internal

const routesWithOptionalBody = (): ReadonlySet<string> => {
  const found = new Set<string>()
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ group, endpoint, mergedAnnotations }) => {
      if (Context.get(mergedAnnotations, BodyOptional)) found.add(`${group.identifier}.${endpoint.name}`)
    }
  })
  return found
}

/** Every error is a problem; the framework's own decode error is never sent. */
const responses = (declared: unknown) =>
  Object.fromEntries(
    Object.entries(isRecord(declared) ? declared : {}).flatMap(([status, response]) => {
      if (Number(status) < 400 || !isRecord(response) || !isRecord(response.content)) return [[status, response]]
      const codes = references(response.content)
      if (codes.length === 0) return []
      const schema = codes.length === 1 ? codes[0] : { anyOf: codes }
      const description = codes.map(({ $ref }) => $ref.replace(/^.*\/Problem_/, "")).join(", ")
      return [[status, { description, headers: headersOf(Number(status)), content: { [mediaType]: { schema } } }]]
    })
  )

const references = (content: unknown): ReadonlyArray<{ readonly $ref: string }> => {
  const text = JSON.stringify(content)
  const found = text.match(/#\/components\/schemas\/Problem_\w+/g) ?? []
  return [...new Set(found)].map(($ref) => ({ $ref }))
}

const header = (description: string) => ({ description, schema: { type: "string" } })

const headersOf = (status: number) => ({
  "x-request-id": header("Names the request in the log."),
  ...(status === 401 ? { "WWW-Authenticate": header("Bearer") } : {}),
  ...(status === 503 ? { "Retry-After": header("Seconds.") } : {})
})

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))
