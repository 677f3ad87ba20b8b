/** What is done in Redis, each script at one instant and to one key. What they compare is what the caller's clock says. */
import { createHash } from "node:crypto"

export interface Script {
  readonly text: string
  /** By which a server that has seen it knows it. */
  readonly sha1: string
}

const script = (text: string): Script => ({ text, sha1: createHash("sha1").update(text).digest("hex") })

/** `now, lease, lifetime`: nothing when the lease is the caller's, else the one that is running. */
export const acquire = script(`if redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[3]) then return false end
local held = redis.call('GET', KEYS[1])
if tonumber(cjson.decode(held).expiresAt) > tonumber(ARGV[1]) then return held end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false`)

/** `now, token, end, lifetime`: the lease as it is then, or nothing when the token has none that is running. */
export const renew = script(`local held = redis.call('GET', KEYS[1])
if not held then return false end
local lease = cjson.decode(held)
if lease.token ~= ARGV[2] or tonumber(lease.expiresAt) <= tonumber(ARGV[1]) then return false end
lease.expiresAt = ARGV[3]
local renewed = cjson.encode(lease)
redis.call('SET', KEYS[1], renewed, 'PX', ARGV[4])
return renewed`)

/** `token`: how many leases of it were there. */
export const release = script(`local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).token == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

/** The lease that is there. A script, since a client may ask a replica, which is behind, for a plain `GET`. */
export const current = script(`return redis.call('GET', KEYS[1])`)
