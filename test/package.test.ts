/** The package as a host installs it: what `npm pack` puts in, beside the packages that it names and no others. */
import { spawn, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { observe } from "./cli/program.js"

const manifest = JSON.parse(readFileSync("package.json", "utf8"))
const directory = mkdtempSync(join(tmpdir(), "octavo-package-"))
const host = join(directory, "host")
const installed = join(host, "node_modules/octavo")
const octavo = join(installed, manifest.bin.octavo)

beforeAll(() => {
  const source = join(directory, "source")
  for (const part of ["package.json", "bin", "src"]) cpSync(part, join(source, part), { recursive: true })
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"))
  const build = ["-p", "tsconfig.build.json", "--noCheck", "--outDir", join(source, "dist")]
  done(process.execPath, [join(typescript, "bin/tsc"), ...build])
  done("npm", ["pack", "--ignore-scripts", "--pack-destination", directory], source)
  mkdirSync(installed, { recursive: true })
  done("tar", ["-xf", join(directory, `octavo-${manifest.version}.tgz`), "-C", installed, "--strip-components", "1"])
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const link = join(host, "node_modules", name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(resolve("node_modules", name), link, "junction")
  }
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe("the package", () => {
  it("has each of its entry points, with its types", () => {
    const entries = Object.entries<{ readonly types: string }>(manifest.exports)
    const imports = entries.map(([entry]) => `await import(${JSON.stringify(join("octavo", entry))})`)
    writeFileSync(join(host, "host.mjs"), [...imports, 'console.log("all are there")'].join("\n"))
    expect(done(process.execPath, ["host.mjs"], host)).toBe("all are there\n")
    for (const [, { types }] of entries) expect(readFileSync(join(installed, types), "utf8")).toContain("export")
  })

  it("runs as a program that serves and ends as it is asked to", async () => {
    expect(done(process.execPath, [octavo, "--version"], host)).toBe(`${manifest.version}\n`)
    const served = observe(spawn(process.execPath, [octavo, "serve", "--memory", "--port", "0"], { cwd: host }))
    const [, url] = / at (http:\S+)/.exec(await served.says(/ at (http:\S+)[\s\S]*payments:/)) ?? []
    expect(await (await fetch(`${url}/books`)).json()).toMatchObject({ items: [] })
    served.child.kill("SIGTERM")
    expect(await served.ended).toMatchObject({ code: 0 })
  })
})

// internal

/** What a program says that ends well. */
const done = (command: string, args: ReadonlyArray<string>, cwd = resolve(".")): string => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`)
  return stdout
}
