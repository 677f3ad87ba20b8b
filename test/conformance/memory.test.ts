import * as Memory from "../../src/adapters/memory/index.js"
import { suite } from "../../src/testing/Conformance.js"

await suite("memory", Memory.layer)
