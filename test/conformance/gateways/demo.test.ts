import * as Demo from "../../../src/adapters/demo/index.js"
import { suite } from "../../../src/testing/GatewayConformance.js"

await suite("demo", Demo.layer, { declined: Demo.declinedMethod })
