/** Which paths there are and which methods each takes, read from the contract. */
import * as HttpApi from "@effect/platform/HttpApi"
import { Context } from "effect"
import { Api } from "./Api.js"
import { BodyOptional } from "./OrdersApi.js"

/** What a method of a path takes as its body. */
export type Body = "none" | "optional" | "required"

export interface Route {
  readonly segments: ReadonlyArray<string>
  readonly methods: ReadonlyMap<string, Body>
  readonly allow: string
}

/** The route of a path; one that names a segment wins over one that takes any. */
export const find = (path: string): Route | undefined => {
  const segments = path.split("/")
  return routes.find((route) => fits(route.segments, segments))
}

// internal

const fits = (pattern: ReadonlyArray<string>, segments: ReadonlyArray<string>) =>
  pattern.length === segments.length &&
  pattern.every((part, i) => (part.startsWith(":") ? segments[i] !== "" : part === segments[i]))

const collect = (): ReadonlyArray<Route> => {
  const byPath = new Map<string, Map<string, Body>>()
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, payloads, mergedAnnotations }) => {
      const methods = byPath.get(endpoint.path) ?? new Map<string, Body>()
      const body = payloads.size === 0 ? "none" : Context.get(mergedAnnotations, BodyOptional) ? "optional" : "required"
      byPath.set(endpoint.path, methods.set(endpoint.method, body))
      if (endpoint.method === "GET") methods.set("HEAD", body)
    }
  })
  const found = [...byPath].map(([path, methods]) => ({
    segments: path.split("/"),
    methods,
    allow: [...methods.keys()].join(", ")
  }))
  return found.sort((a, b) => openness(a) - openness(b))
}

const openness = ({ segments }: Route) => segments.filter((segment) => segment.startsWith(":")).length

const routes = collect()
