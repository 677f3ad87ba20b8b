/** `octavo token`: somebody's token for the HTTP routes. */
import { type Duration, Effect } from "effect"
import type { Role } from "../ports/Authentication.js"
import type { Command } from "./Command.js"
import { type Failure, usage } from "./Failure.js"
import * as Options from "./Options.js"
import * as Output from "./Output.js"
import * as Secret from "./Secret.js"
import * as Trouble from "./Trouble.js"

export const command: Command = {
  name: "token",
  summary: "print a token for a customer, a worker or an administrator",
  help: `Usage: octavo token --sub ID [--role user|staff|admin] [--expires 1h]

Prints a token for the HTTP routes, signed (HS256) with the secret in ${Secret.variable}, the same that
\`octavo serve\` must run with. Whoever has the token acts as ID until it expires.

  --sub ID            the customer id, any text that your identity system uses
  --role ROLE         user (default), staff or admin
  --expires TIME      how long it is valid: 90s, 15m, 1h (default), 30d

Examples:
  ${Secret.advice}
  octavo token --sub customer-1
  curl -H "Authorization: Bearer $(octavo token --sub boss --role admin)" http://localhost:3000/admin/orders`,
  run: (args, env) =>
    Effect.gen(function* () {
      const { values, positionals } = yield* Options.parse("token", args, options)
      yield* Options.noArguments("token", positionals)
      const { sub, role = "user", expires = "1h" } = values
      if (sub === undefined || sub === "") return yield* usage("name the customer with --sub ID")
      if (role !== "user" && role !== "staff" && role !== "admin") {
        return yield* usage(`--role takes user, staff or admin, not ${Options.quote(role)}`)
      }
      const secret = yield* Secret.read(env)
      if (secret === undefined) return yield* usage(`${Secret.variable} is not set; make a secret: ${Secret.advice}`)
      yield* Output.say(
        yield* sign({ secret, customerId: sub, role, validFor: yield* Options.duration("--expires", expires) })
      )
      return 0
    })
}

/** A signed token; the library that signs is loaded only now. */
export const sign = (claims: {
  readonly secret: string
  readonly customerId: string
  readonly role: Role
  readonly validFor: Duration.Duration
}): Effect.Effect<string, Failure> =>
  Effect.tryPromise({ try: () => import("../adapters/jwt/index.js"), catch: Trouble.ofPackage }).pipe(
    Effect.flatMap((Jwt) =>
      Jwt.sign(
        { customerId: claims.customerId, role: claims.role },
        { secret: claims.secret, validFor: claims.validFor }
      ).pipe(Effect.mapError(Trouble.ofPackage))
    )
  )

// internal

const options = {
  ...Options.common,
  sub: { type: "string" },
  role: { type: "string" },
  expires: { type: "string" }
} as const
