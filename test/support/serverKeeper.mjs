// Runs a server for as long as standard input stays open, so that it never outlives the process that asked for it, however that one ends.
// A line there is a signal for the server, which is then expected to end, or `start`, which starts it again.
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import { createInterface } from "node:readline"

const { command, args, options, directory } = JSON.parse(process.argv[2] ?? "")

const end = (code) => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
  process.exit(code)
}

let server
let isExpectedToEnd = false
let attempts = 1
const start = () => {
  server = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "inherit"] })
  server.on("error", () => end(1))
  server.on("exit", (code) => {
    if (isExpectedToEnd) process.stderr.write("the server has ended\n")
    // After a kill its processes may hold on to the shared memory for a while.
    else if (--attempts > 0) setTimeout(start, 50)
    else end(code ?? 1)
  })
}
start()

createInterface(process.stdin).on("line", (line) => {
  isExpectedToEnd = line !== "start"
  if (isExpectedToEnd) return server.kill(line)
  attempts = 100
  start()
})
process.stdin.on("close", () => {
  attempts = 0
  if (isExpectedToEnd) return end(0)
  server.kill("SIGINT")
})
