/** The laws that every payment gateway keeps. */
import { charging } from "./charging.js"
import { declining } from "./declining.js"
import { refunding } from "./refunding.js"
import type { GatewayLaw } from "./Subject.js"
import { trouble } from "./trouble.js"

export const gatewayLaws: ReadonlyArray<GatewayLaw> = [...charging, ...declining, ...refunding, ...trouble]
