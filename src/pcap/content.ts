// Is it SIP? Told by what stands there, on whatever port it came: a status line, or a request line that ends in a
// version (RFC 3261 §7.1, §7.2). An octet or two rule out nearly everything else.

import type { Octets } from './octets.js'

const CR = 13
const LF = 10
const SP = 32
/** "SIP/" as octets. */
const S = 83
const I = 73
const P = 80
const SLASH = 47
/** A request line longer than this is none. */
const FIRST_LINE_OCTETS_MAX = 4096
const METHOD_OCTETS_MAX = 32

/** What a beginning may be: SIP, something else, or too short to tell. */
export type Guess = 'sip' | 'other' | 'short'

/** Looks at the beginning of a datagram, or of a stream from one of its messages on. */
export function guess(octets: Octets, start: number, end: number): Guess {
  let at = start
  while (at < end && (octets[at] === CR || octets[at] === LF)) at++
  if (at === end) return 'short'
  if (isVersion(octets, at, end)) return 'sip'
  const first = at
  while (at < end && isMethodOctet(octets[at]!)) at++
  if (at === end) return at - first <= METHOD_OCTETS_MAX ? 'short' : 'other'
  if (at === first || octets[at] !== SP || at - first > METHOD_OCTETS_MAX) return 'other'
  return versionAtLineEnd(octets, at, Math.min(end, at + FIRST_LINE_OCTETS_MAX), end)
}

function versionAtLineEnd(octets: Octets, from: number, stop: number, end: number): Guess {
  let line = from
  while (line < stop && octets[line] !== LF) line++
  if (line === stop) return stop === end ? 'short' : 'other'
  let last = line
  while (last > from && (octets[last - 1] === CR || octets[last - 1] === SP)) last--
  return last - 8 >= from && octets[last - 8] === SP && isVersion(octets, last - 7, end) ? 'sip' : 'other'
}

/** "SIP/" in any case. */
function isVersion(octets: Octets, at: number, end: number): boolean {
  return (
    at + 7 <= end &&
    (octets[at]! & 0xdf) === S &&
    (octets[at + 1]! & 0xdf) === I &&
    (octets[at + 2]! & 0xdf) === P &&
    octets[at + 3] === SLASH
  )
}

/** Letters, digits and the marks that methods are seen with; not what binary protocols begin with. */
function isMethodOctet(octet: number): boolean {
  if (octet === 37) return true
  return (
    (octet >= 65 && octet <= 90) ||
    (octet >= 97 && octet <= 122) ||
    (octet >= 45 && octet <= 57) ||
    octet === 95
  )
}
