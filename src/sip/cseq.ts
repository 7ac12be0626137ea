// CSeq: a number below 2^31 and a method (RFC 3261 §20.16, §8.1.1.5).

import { Malformed } from '../errors.js'

export interface Cseq {
  /** NaN when it is no number (SER takes any word there). */
  readonly number: number
  readonly method: string
}

export const CSEQ_MAX = 2 ** 31 - 1

/** Reads a CSeq value. `offset` is where it stands in the message, for the complaint. */
export function parseCseq(value: string, offset = 0): Cseq | Malformed {
  const match = /^(\S+)[ \t]+(\S+)$/.exec(value)
  if (match === null) return new Malformed(offset, 'CSeq is not "number method"')
  return { number: /^\d+$/.test(match[1]!) ? Number(match[1]) : NaN, method: match[2]! }
}
