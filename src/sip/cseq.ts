// CSeq: a number below 2^31 and a method (RFC 3261 §20.16, §8.1.1.5).

import { Malformed } from '../errors.js'
import { methodAt } from './methods.js'
import { isDigit, isSpace, skipSpaces, trimmedEnd } from './octets.js'

export interface Cseq {
  /** NaN when it is no number (SER takes any word there). */
  readonly number: number
  readonly method: string
}

export const CSEQ_MAX = 2 ** 31 - 1

/** Longer numbers are left to Number(), which rounds them right. */
const EXACT_DIGITS_MAX = 15

/** Reads a CSeq value. `offset` is where it stands in the message, for the complaint. */
export function parseCseq(value: string, offset = 0): Cseq | Malformed {
  const cseq = cseqAt(value, skipSpaces(value, 0, value.length), trimmedEnd(value, 0, value.length))
  return cseq instanceof Malformed ? new Malformed(offset, cseq.reason) : cseq
}

/** Reads the CSeq value that is text[start, end), which has no white space around it but may be folded. */
export function cseqAt(text: string, start: number, end: number): Cseq | Malformed {
  const numberEnd = wordEnd(text, start, end)
  const methodStart = skipSpaces(text, numberEnd, end)
  if (methodStart >= end || numberEnd === start || wordEnd(text, methodStart, end) !== end)
    return new Malformed(start, 'CSeq is not "number method"')
  return { number: numberAt(text, start, numberEnd), method: methodAt(text, methodStart, end) }
}

function wordEnd(text: string, at: number, end: number): number {
  while (at < end && !isSpace(text.charCodeAt(at))) at++
  return at
}

function numberAt(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code)) return NaN
    number = number * 10 + code - 48
  }
  return end - start > EXACT_DIGITS_MAX ? Number(text.slice(start, end)) : number
}
