// Are two URIs the same? (RFC 3261 §19.1.4)

import { hostOf, unescape, type Uri } from './uri.js'

/** An escaped octet of the reserved set is another thing than the octet itself (RFC 3261 §19.1.4, §25.1). */
const RESERVED = /%(3B|2F|3F|3A|40|26|3D|2B|24|2C)/gi

/** Parameters that must be in both URIs or in neither. */
const DECISIVE = ['user', 'ttl', 'method', 'maddr', 'transport']

/** SIP URI equality by RFC 3261 §19.1.4: user and password with case, the rest without; a missing port is no default. */
export function sameUri(one: Uri, two: Uri): boolean {
  if (one.scheme !== two.scheme) return false
  if (unescapePart(one.user) !== unescapePart(two.user)) return false
  if (unescapePart(one.password) !== unescapePart(two.password)) return false
  if (!sameHost(hostOf(one), hostOf(two)) || one.port !== two.port) return false
  return sameParams(one, two) && sameHeaders(one, two)
}

function unescapePart(part: string | undefined): string | undefined {
  if (part === undefined || !part.includes('%')) return part
  return unescape(part.replace(RESERVED, (escape) => `%25${escape.slice(1).toUpperCase()}`))
}

/** Hosts in lower case; an IPv6 address may be written in many ways (RFC 5954 §4.2). */
function sameHost(one: string, two: string): boolean {
  return one === two || (one.includes(':') && two.includes(':') && groupsOf(one) === groupsOf(two))
}

/** All eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string {
  const [head = '', tail] = address.replace(IPV4_TAIL, hexTail).split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const left = Math.max(0, tail === undefined ? 0 : 8 - front.length - back.length)
  const groups = [...front, ...new Array<string>(left).fill('0'), ...back]
  return groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')
}

const IPV4_TAIL = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

function hexTail(_: string, ...octets: string[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = octets.slice(0, 4).map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
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
