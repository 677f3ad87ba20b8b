import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import * as PostgresServer from "./postgresServer.js"

declare module "vitest" {
  export interface ProvidedContext {
    /** The PostgreSQL server of this run; make a database of your own in it with `freshDatabase`. */
    readonly postgresUrl: string
    /** Where the program is compiled to by the first test that runs it. */
    readonly builtProgram: string
  }
}

export default async function setup(project: TestProject) {
  const server = await PostgresServer.start()
  const built = mkdtempSync(join(tmpdir(), "octavo-built-"))
  project.provide("postgresUrl", server.url)
  project.provide("builtProgram", built)
  return async () => {
    rmSync(built, { recursive: true, force: true })
    await server.stop()
  }
}
