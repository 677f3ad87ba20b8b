/** The OpenAPI 3.1 document, made from the contract. */
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import { Context } from "effect"
import type { Absent } from "./Absent.js"
import { Api } from "./Api.js"
import { Body } from "./Body.js"
import { mediaType } from "./Problem.js"

type Json = Readonly<Record<string, unknown>>

/** The document for routes mounted at `prefix`, without the absent ones. */
export const make = (prefix: string, absent: Absent): Json => {
  const { paths, components, tags, ...rest } = OpenApi.fromApi(Api, { additionalPropertiesStrategy: "allow" })
  const { HttpApiDecodeError, Issue, ...schemas } = components.schemas
  const { optional, hidden } = reading(absent)
  return {
    ...rest,
    tags: tags.filter(({ name }) => !hidden.has(name)),
    servers: [{ url: prefix === "" ? "/" : prefix }],
    paths: mapValues(keep(paths, hidden), (item) =>
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

/** Which operations take a body that may be left out, and which titles and paths are not told of. */
const reading = (absent: Absent) => {
  const [optional, hidden] = [new Set<string>(), new Set<string>()]
  HttpApi.reflect(Api, {
    onGroup: ({ group }) => {
      if (absent.has(group.identifier)) hidden.add(Context.unsafeGet(group.annotations, OpenApi.Title))
    },
    onEndpoint: ({ group, endpoint, mergedAnnotations }) => {
      if (absent.has(group.identifier)) hidden.add(endpoint.path)
      if (Context.get(mergedAnnotations, Body) === "optional") optional.add(`${group.identifier}.${endpoint.name}`)
    }
  })
  return { optional, hidden }
}

const keep = <A>(record: Readonly<Record<string, A>>, hidden: ReadonlySet<string>) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !hidden.has(name)))

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
