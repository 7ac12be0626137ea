// Are two URIs the same? (RFC 3261 §19.1.4)

import { hostOf, unescape, type Uri } from './uri.js'

/** Parameters that must be in both URIs or in neither. */
const DECISIVE = ['user', 'ttl', 'method', 'maddr', 'transport']

/** SIP URI equality by RFC 3261 §19.1.4: user and password with case, the rest without; a missing port is no default. */
export function sameUri(one: Uri, two: Uri): boolean {
  if (one.scheme !== two.scheme) return false
  if (unescapePart(one.user) !== unescapePart(two.user)) return false
  if (unescapePart(one.password) !== unescapePart(two.password)) return false
  if (hostOf(one) !== hostOf(two) || one.port !== two.port) return false
  return sameParams(one, two) && sameHeaders(one, two)
}

function unescapePart(part: string | undefined): string | undefined {
  return part === undefined ? undefined : unescape(part)
}

function sameParams(one: Uri, two: Uri): boolean {
  const first = pairs(one.params.slice(1), ';')
  const second = pairs(two.params.slice(1), ';')
  for (const name of DECISIVE) if (first.has(name) !== second.has(name)) return false
  for (const [name, value] of first) {
    const other = second.get(name)
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false
  }
  return true
}

/** Headers are never ignored. */
function sameHeaders(one: Uri, two: Uri): boolean {
  const first = pairs(one.headers.slice(1), '&')
  const second = pairs(two.headers.slice(1), '&')
  if (first.size !== second.size) return false
  for (const [name, value] of first) if (second.get(name) !== value) return false
  return true
}

function pairs(text: string, separator: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const pair of text.split(separator)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    found.set(unescape(name).trim().toLowerCase(), equals < 0 ? '' : unescape(pair.slice(equals + 1)).trim())
  }
  return found
}
