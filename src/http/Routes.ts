/** Which paths there are and which methods each takes, read from the contract. */
import * as HttpApi from "@effect/platform/HttpApi"
import { Context } from "effect"
import type { Absent } from "./Absent.js"
import { Api } from "./Api.js"
import { Body, type Kind } from "./Body.js"

export interface Route {
  readonly segments: ReadonlyArray<string>
  readonly methods: ReadonlyMap<string, Kind>
  readonly allow: string
}

/** Finds the route of a path. */
export type Find = (path: string) => Route | undefined

/** Among all routes but the absent ones; one that names a segment wins over one that takes any. */
export const finder = (absent: Absent): Find => {
  const routes = collect(absent)
  return (path) => {
    const segments = path.split("/")
    return routes.find((route) => fits(route.segments, segments))
  }
}

// internal

const fits = (pattern: ReadonlyArray<string>, segments: ReadonlyArray<string>) =>
  pattern.length === segments.length &&
  pattern.every((part, i) => (part.startsWith(":") ? segments[i] !== "" : part === segments[i]))

const collect = (absent: Absent): ReadonlyArray<Route> => {
  const byPath = new Map<string, Map<string, Kind>>()
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ group, endpoint, payloads, mergedAnnotations }) => {
      if (absent.has(group.identifier)) return
      const methods = byPath.get(endpoint.path) ?? new Map<string, Kind>()
      const body = payloads.size === 0 ? "none" : Context.get(mergedAnnotations, Body)
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
