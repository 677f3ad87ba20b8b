import { suite } from "../../../src/testing/GatewayConformance.js"
import * as Scripted from "../../../src/testing/ScriptedGateway.js"

await suite("scripted", Scripted.layerStrict, { declined: Scripted.declinedMethod })
