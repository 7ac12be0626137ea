// Nonces as SER makes them: when they expire (8 hexadecimal digits), then the MD5 of these digits and a secret. Anybody
// who asks in one second gets the same one, from any source, and may use it until it expires.
//
// Where uses are counted (nonce_count) each must be another one: 16 random digits stand in the middle.

import { createHash, createHmac } from 'node:crypto'
import type { Random } from '../../random.js'
import { sameDigest } from '../../sip/digest.js'

const TIME_DIGITS = 8
const SALT_DIGITS = 16

/** What a nonce is worth. */
export type NonceState = 'good' | 'expired' | 'unknown'

export class Nonces {
  constructor(
    private readonly secret: string,
    private readonly lifeS: number,
    /** Each is another one: where its salt comes from. */
    private readonly random: Random | undefined,
  ) {}

  make(nowS: number): string {
    const time = (nowS + this.lifeS).toString(16).padStart(TIME_DIGITS, '0')
    const head = time + (this.random?.hex(SALT_DIGITS) ?? '')
    return head + this.#proof(head)
  }

  stateOf(nonce: string, nowS: number): NonceState {
    const digits = this.random === undefined ? TIME_DIGITS : TIME_DIGITS + SALT_DIGITS
    const head = nonce.slice(0, digits)
    if (head.length < digits || !sameDigest(nonce.slice(digits), this.#proof(head))) return 'unknown'
    return expiryOf(nonce) < nowS ? 'expired' : 'good'
  }

  #proof(head: string): string {
    if (this.random !== undefined) return createHmac('sha256', this.secret).update(head).digest('hex')
    return createHash('md5').update(head).update(this.secret, 'latin1').digest('hex')
  }
}

/** When a nonce of ours expires, in seconds since 1970. */
export function expiryOf(nonce: string): number {
  return parseInt(nonce.slice(0, TIME_DIGITS), 16)
}
