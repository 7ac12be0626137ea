// SIP and SIPS URIs (RFC 3261 §19.1), read as SER reads them: the parts keep their text, so that a rewritten URI
// differs only where the script rewrote it. Comparison by §19.1.4 is compare.ts's.

import { Malformed } from '../errors.js'
import { COLON, isDigit, SEMICOLON, SP } from './octets.js'

export interface Uri {
  readonly text: string
  /** Lower case: "sip" or "sips". */
  readonly scheme: 'sip' | 'sips'
  /** As written, with user parameters, without the password; undefined when there is no user part. */
  readonly user: string | undefined
  readonly password: string | undefined
  /** As written; an IPv6 reference keeps its brackets. */
  readonly host: string
  /** The port's digits; undefined when absent. */
  readonly port: number | undefined
  /** ";a=b;c" as written, or "". */
  readonly params: string
  /** "?a=b&c=d" as written, or "". */
  readonly headers: string
}

const SCHEME = /^sips?:/i
const OTHER_SCHEME = /^[a-z][a-z0-9+.-]*:/i
const LENGTH_MIN = 5
const PORT_MAX = 65535
const PORT_DIGITS_MAX = 10

const OPEN = 91
const CLOSE = 93
const QUESTION = 63

/** Octets that cannot stand in a host: they end it, or make the URI malformed. */
const NO_HOST = new Uint8Array(256)
for (let code = 0; code <= SP; code++) NO_HOST[code] = 1
for (const letter of ':;?[]<>"@') NO_HOST[letter.charCodeAt(0)] = 1

/** Reads a SIP or SIPS URI. Any other scheme is Malformed with status 416 (RFC 3261 §8.2.2.1). */
export function parseUri(text: string): Uri | Malformed {
  const begin = schemeLength(text)
  if (begin === 0) return noScheme(text)
  const at = text.indexOf('@', begin)
  const hostStart = at < 0 ? begin : at + 1
  const hostEnd = text.charCodeAt(hostStart) === OPEN ? bracketEnd(text, hostStart) : nameEnd(text, hostStart)
  if (hostEnd <= hostStart || text.length < LENGTH_MIN) return noHost(hostStart)
  let paramsStart = hostEnd
  let port: number | undefined
  if (text.charCodeAt(hostEnd) === COLON) {
    while (isDigit(text.charCodeAt(++paramsStart)));
    if (paramsStart - hostEnd - 1 > PORT_DIGITS_MAX) return noHost(hostStart)
    if (paramsStart > hostEnd + 1) port = Number(text.slice(hostEnd + 1, paramsStart))
    if (port !== undefined && port > PORT_MAX) return new Malformed(hostEnd, 'the URI has a port above 65535')
  }
  const next = text.charCodeAt(paramsStart)
  if (paramsStart < text.length && next !== SEMICOLON && next !== QUESTION) return noHost(hostStart)
  const question = paramsStart < text.length ? text.indexOf('?', paramsStart) : -1
  const headersStart = question < 0 ? text.length : question
  const colon = at < 0 ? -1 : text.indexOf(':', begin)
  const userEnd = colon >= 0 && colon < at ? colon : at
  return {
    text,
    scheme: begin === 5 ? 'sips' : 'sip',
    user: at < 0 ? undefined : text.slice(begin, userEnd),
    password: userEnd < at ? text.slice(userEnd + 1, at) : undefined,
    host: text.slice(hostStart, hostEnd),
    port,
    params: text.slice(paramsStart, headersStart),
    headers: text.slice(headersStart),
  }
}

/** 4 for "sip:", 5 for "sips:", 0 for anything else. */
function schemeLength(text: string): number {
  if (text.startsWith('sip:')) return 4
  return SCHEME.exec(text)?.[0].length ?? 0
}

function noScheme(text: string): Malformed {
  return OTHER_SCHEME.test(text)
    ? new Malformed(0, 'the URI scheme is not sip or sips', 416)
    : new Malformed(0, 'the URI has no scheme')
}

function noHost(offset: number): Malformed {
  return new Malformed(offset, 'the URI has no valid host')
}

function nameEnd(text: string, at: number): number {
  while (at < text.length && NO_HOST[text.charCodeAt(at)] !== 1) at++
  return at
}

/** Behind the closing bracket of an IPv6 reference; 0 when it is none. */
function bracketEnd(text: string, open: number): number {
  let at = open + 1
  while (isAddressOctet(text.charCodeAt(at))) at++
  return at > open + 1 && text.charCodeAt(at) === CLOSE ? at + 1 : 0
}

/** A hexadecimal digit, a colon or a dot. */
function isAddressOctet(code: number): boolean {
  const letter = code | 32
  return isDigit(code) || code === COLON || code === 46 || (letter >= 97 && letter <= 102)
}

/** A URI parameter's value by its lower-case name: '' when it has none, undefined when it is absent. */
export function uriParam(uri: Uri, name: string): string | undefined {
  if (uri.params === '') return undefined
  for (const param of uri.params.slice(1).split(';')) {
    const equals = param.indexOf('=')
    const key = (equals < 0 ? param : param.slice(0, equals)).trim().toLowerCase()
    if (key === name) return equals < 0 ? '' : param.slice(equals + 1).trim()
  }
  return undefined
}

/** A URI's text without what a Request-URI must not have: headers and the parameter `method` (RFC 3261 §19.1.1). */
export function requestUriOf(text: string): string {
  if (!text.includes('?') && !/;method=/i.test(text)) return text
  const uri = parseUri(text)
  if (uri instanceof Malformed) return text
  const params = uri.params.split(';').filter((param) => !/^\s*method\s*(?:=|$)/i.test(param))
  return text.slice(0, text.length - uri.headers.length - uri.params.length) + params.join(';')
}

/** Host without the brackets of an IPv6 reference, lower case. */
export function hostOf(uri: { readonly host: string }): string {
  const host = uri.host.startsWith('[') ? uri.host.slice(1, -1) : uri.host
  return host.toLowerCase()
}

/** Undoes %HH escapes (RFC 3261 §19.1.2); what is no valid escape stays as it is. */
export function unescape(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}
