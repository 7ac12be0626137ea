// The text of short messages: who it is from goes with it, and an answer says whom it is for (SER module sms).

import { septetsOf } from './alphabet.js'
import { SEPTETS_MAX, UCS2_MAX } from './pdu.js'

const REMARK = '(if you reply DONOT remove it)'
const SIGNATURE = '[IPTEL.ORG]'
const CUT = '...'
/** "(1/4) " */
const NUMBERED_LENGTH = 6

/** What a message becomes on its way to a telephone. */
export function smsText(from: string, body: string): string {
  return `From ${from} ${REMARK}\r\n\r\n${body}\r\n\r\n${SIGNATURE}`
}

/** The parts that a text is sent in, at most so many; what does not fit is cut off. */
export function partsOf(text: string, partsMax: number): string[] {
  const isPlain = septetsOf(text) !== undefined
  const sizeMax = isPlain ? SEPTETS_MAX : UCS2_MAX
  if (sizeOf(text, isPlain) <= sizeMax) return [text]
  if (partsMax < 2) return [pieces(text, sizeMax - CUT.length, isPlain)[0]! + CUT]
  const all = pieces(text, sizeMax - NUMBERED_LENGTH, isPlain)
  const kept = all.slice(0, partsMax)
  if (all.length > partsMax)
    kept[partsMax - 1] = pieces(kept.at(-1)!, sizeMax - NUMBERED_LENGTH - CUT.length, isPlain)[0]! + CUT
  return kept.map((piece, index) => `(${index + 1}/${kept.length}) ${piece}`)
}

function pieces(text: string, sizeMax: number, isPlain: boolean): string[] {
  const found: string[] = ['']
  let size = 0
  for (const letter of text) {
    const more = sizeOf(letter, isPlain)
    if (size + more > sizeMax) {
      found.push('')
      size = 0
    }
    found[found.length - 1] += letter
    size += more
  }
  return found
}

function sizeOf(text: string, isPlain: boolean): number {
  return isPlain ? septetsOf(text)!.length : text.length
}

/** Whom a short message is for, and what it says; undefined when it names nobody. */
export function addressed(text: string): { readonly uri: string; readonly body: string } | undefined {
  const match = /\bsip:[!-'*+\-./0-9;=?A-Z_a-z~]{1,64}@[A-Za-z0-9.-]{1,190}(?::\d{1,5})?/i.exec(text)
  if (match === null) return undefined
  const uri = match[0].replace(/[.;?]+$/, '')
  const behind = text.slice(match.index + uri.length).replace(/^[\s>]*/, '')
  const body = behind.startsWith(REMARK) ? behind.slice(REMARK.length) : behind
  return { uri, body: body.trim() }
}
