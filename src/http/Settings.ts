import { Context } from "effect"

/** What a host chooses for its routes. */
export interface Settings {
  /** Where the routes are mounted, such as `/shop`; at the root unless said otherwise. */
  readonly prefix: string
  /** The longest body taken, in bytes; 256 KiB unless said otherwise. */
  readonly maximumBody: number
  /** Whether `force_payment_failure` is heeded; for the demonstration gateway alone. */
  readonly demoPayments: boolean
}

const defaults: Settings = { prefix: "", maximumBody: 256 * 1024, demoPayments: false }

export class HttpSettings extends Context.Reference<HttpSettings>()("octavo/http/HttpSettings", {
  defaultValue: () => defaults
}) {}

export type Options = { readonly [K in keyof Settings]?: Settings[K] | undefined }

/** The settings with their defaults; a prefix begins with a slash and ends without. */
export const make = (options: Options): Settings => {
  const path = (options.prefix ?? "").replace(/^\/+|\/+$/g, "")
  return {
    prefix: path === "" ? "" : `/${path}`,
    maximumBody: options.maximumBody ?? defaults.maximumBody,
    demoPayments: options.demoPayments ?? defaults.demoPayments
  }
}
