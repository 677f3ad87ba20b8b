import type { TestProject } from "vitest/node"
import * as PostgresServer from "./postgresServer.js"

declare module "vitest" {
  export interface ProvidedContext {
    /** The PostgreSQL server of this run; make a database of your own in it with `freshDatabase`. */
    readonly postgresUrl: string
  }
}

export default async function setup(project: TestProject) {
  const server = await PostgresServer.start()
  project.provide("postgresUrl", server.url)
  return server.stop
}
