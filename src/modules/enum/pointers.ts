// What the NAPTR records of a telephone number lead to (RFC 3761 §2.4, RFC 3402 §3.2, RFC 3403 §4; SER module enum).

import type { NaptrRecord } from '../../endpoint.js'
import { URI_LENGTH_MAX } from '../../proxy/rewrite.js'
import { Pattern } from './pattern.js'

/** Records of one number that are looked at. */
const RECORDS_MAX = 50
/** A character string of the name service holds no more. */
const REGEXP_LENGTH_MAX = 255
/** A URI of any scheme, without what could end the line that it is put into. */
const URI = /^[a-z][a-z0-9+.-]*:[!-~]+$/i

export interface Destination {
  readonly uri: string
  /** Destinations of one rank are as good as each other; 0 is the best. */
  readonly rank: number
}

/** "+4930123" in the tree of a suffix: "3.2.1.0.3.9.4.e164.arpa". */
export function enumName(number: string, suffix: string): string {
  const digits = number.slice(1).split('').reverse().join('.')
  return `${digits}.${suffix.replace(/^\.|\.$/g, '')}`
}

/** A "+" and 2 to 15 digits (SER). */
export function isE164(user: string): boolean {
  return /^\+\d{2,15}$/.test(user)
}

/** Where the records lead for a service ("sip", "voice:sip"), the best first: only those of the lowest order that has any. */
export function destinationsOf(
  records: readonly NaptrRecord[],
  number: string,
  service: string,
): Destination[] {
  const fitting = records
    .slice(0, RECORDS_MAX)
    .filter((record) => record.flags.toLowerCase() === 'u' && isFor(record.service, service))
    .sort((one, two) => one.order - two.order || one.preference - two.preference)
  const destinations: (Destination & { readonly order: number; readonly preference: number })[] = []
  for (const { order, preference, regexp } of fitting) {
    const last = destinations.at(-1)
    // RFC 3403 §4.1: once one of an order fits, higher orders do not count.
    if (last !== undefined && last.order !== order) break
    const uri = substituted(regexp, number)
    if (uri === undefined) continue
    const rank = last === undefined ? 0 : last.rank + (last.preference === preference ? 0 : 1)
    destinations.push({ uri, rank, order, preference })
  }
  return destinations.map(({ uri, rank }) => ({ uri, rank }))
}

/** "E2U+sip", as RFC 2916 had it "sip+E2U"; several services may stand together. */
function isFor(field: string, service: string): boolean {
  const words = field.toLowerCase().split('+')
  if (words[0] !== 'e2u' && words.at(-1) !== 'e2u') return false
  return words.includes(service.toLowerCase())
}

/** The URI that "!pattern!replacement!flags" makes of the number. */
function substituted(regexp: string, number: string): string | undefined {
  if (regexp.length > REGEXP_LENGTH_MAX) return undefined
  const [pattern, replacement, flags] = split(regexp)
  if (pattern === undefined || replacement === undefined || !/^i?$/.test(flags ?? 'x')) return undefined
  const groups = Pattern.compile(pattern, flags === 'i')?.match(number)
  const uri =
    groups &&
    replacement.replace(/\\([1-9\\])/g, (_, word: string) =>
      word === '\\' ? '\\' : (groups[Number(word)] ?? ''),
    )
  return uri !== undefined && uri.length <= URI_LENGTH_MAX && URI.test(uri) ? uri : undefined
}

/** The three parts between delimiters; one behind a backslash does not count. */
function split(regexp: string): string[] {
  const delimiter = regexp[0] ?? ''
  const parts = ['']
  for (let at = 1; at < regexp.length; at++) {
    const letter = regexp[at]!
    if (letter === '\\' && at + 1 < regexp.length) {
      const next = regexp[++at]!
      parts[parts.length - 1] += next === delimiter ? next : letter + next
    } else if (letter === delimiter && delimiter !== '') parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts.length === 3 ? parts : []
}
