import { suite } from "../../../src/testing/GatewayConformance.js"
import * as Scripted from "../../../src/testing/ScriptedGateway.js"

await suite("scripted", Scripted.layer, { declined: Scripted.declinedMethod })
