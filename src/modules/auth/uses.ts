// Which uses of which nonces were seen (RFC 7616 §3.4, nc): a captured request cannot be sent again with another
// content. Retransmissions are no second use. Only accepted credentials are counted, so who has no password fills nothing.

import { detach } from '../usrloc.js'
import { expiryOf } from './nonce.js'

/** Nonces kept; of those given up early all that may be as old are refused. */
export const NONCES_KEPT_MAX = 100_000
/** Numbers may overtake each other by so much (UDP). */
const WINDOW = 32
/** Requests of one nonce whose retransmissions are known. */
const REQUESTS_KEPT_MAX = 8

interface Uses {
  highest: number
  /** Bit n: the number highest - n was used. */
  seen: number
  readonly requests: string[]
}

export class NonceUses {
  /** In the order of their first use. */
  readonly #uses = new Map<string, Uses>()
  /** What expires no later and is not kept may have been used. */
  #forgottenS = 0

  constructor(private readonly keptMax: number = NONCES_KEPT_MAX) {}

  get size(): number {
    return this.#uses.size
  }

  /** Notes use number `count` by this request (a digest of it); false: it was used before, or may have been. */
  note(nonce: string, count: number, request: string, nowS: number): boolean {
    const uses = this.#uses.get(nonce)
    if (uses !== undefined) return noteUse(uses, count, request)
    if (expiryOf(nonce) <= this.#forgottenS) return false
    this.#makeRoom(nowS)
    this.#uses.set(detach(nonce), { highest: count, seen: 1, requests: [request] })
    return true
  }

  #makeRoom(nowS: number): void {
    for (const nonce of this.#uses.keys()) {
      const expiry = expiryOf(nonce)
      if (expiry >= nowS && this.#uses.size < this.keptMax) return
      if (expiry >= nowS) this.#forgottenS = Math.max(this.#forgottenS, expiry)
      this.#uses.delete(nonce)
    }
  }
}

function noteUse(uses: Uses, count: number, request: string): boolean {
  if (uses.requests.includes(request)) return true
  const ahead = count - uses.highest
  if (ahead <= -WINDOW) return false
  const bit = ahead > 0 ? 0 : -ahead
  if (ahead > 0) {
    uses.seen = ahead >= WINDOW ? 0 : uses.seen << ahead
    uses.highest = count
  } else if ((uses.seen >>> bit) & 1) return false
  uses.seen |= 1 << bit
  uses.requests.push(request)
  if (uses.requests.length > REQUESTS_KEPT_MAX) uses.requests.shift()
  return true
}
