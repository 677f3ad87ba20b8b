// Runs a server for as long as standard input stays open, so that it never outlives the process that asked for it, however that one ends.
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"

const { command, args, options, directory } = JSON.parse(process.argv[2] ?? "")

const server = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "inherit"] })
const end = (code) => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
  process.exit(code)
}
server.on("error", () => end(1))
server.on("exit", (code) => end(code ?? 1))

process.stdin.resume()
process.stdin.on("close", () => server.kill("SIGINT"))
