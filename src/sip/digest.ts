// Digest authentication (RFC 7616, RFC 8760, RFC 3261 §22.4; RFC 2617 and 2069 clients included): challenges and
// credentials as text, and the digests. Who may do what is nobody's business here.
//
// Rules kept: a header is walked once, octet by octet; lengths and numbers are limited; quoted pairs are undone, in user
// names too; digests are compared in constant time.

import { createHash, timingSafeEqual } from 'node:crypto'
import { Malformed } from '../errors.js'
import { quote, unquote } from './name-addr.js'
import { COMMA, EQUALS, isSpace, isToken, QUOTE, quotedEnd, skipSpaces } from './octets.js'

/** Parameters of one challenge or of one client's credentials. */
export const DIGEST_PARAMS_MAX = 32
/** Octets of one header value. */
export const DIGEST_LENGTH_MAX = 8192

export type DigestHash = 'MD5' | 'SHA-256' | 'SHA-512-256'

/** The hashes, as Node names them. */
const HASHES: Readonly<Record<DigestHash, string>> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
}

export interface DigestAlgorithm {
  readonly hash: DigestHash
  /** "-sess": the nonces are in the secret hash (RFC 7616 §3.4.2). */
  readonly session: boolean
}

/** The algorithm of this name in any case, MD5 when none is named (RFC 7616 §3.3); undefined: nobody knows it. */
export function digestAlgorithm(name = 'MD5'): DigestAlgorithm | undefined {
  const upper = name.toUpperCase()
  const session = upper.endsWith('-SESS')
  const hash = session ? upper.slice(0, -5) : upper
  return Object.hasOwn(HASHES, hash) ? { hash: hash as DigestHash, session } : undefined
}

export type DigestParams = ReadonlyMap<string, string>

/**
 * The parameters behind "Digest", by lower-case name, quotes undone. undefined: it is another scheme. Malformed: it
 * cannot be read, has a parameter twice, or is over a limit. Unknown parameters are kept (RFC 7616 §3.4).
 */
export function readDigest(value: string): DigestParams | Malformed | undefined {
  const scheme = /^[^\s,="]*/.exec(value)![0]
  if (scheme.toLowerCase() !== 'digest') return undefined
  if (value.length > DIGEST_LENGTH_MAX) return new Malformed(0, 'digest credentials are too long')
  const params = new Map<string, string>()
  for (let at = nextParam(value, scheme.length); at < value.length;) {
    const param = paramAt(value, at)
    if (param instanceof Malformed) return param
    const { name, text, end } = param
    if (params.has(name)) return new Malformed(at, 'a digest parameter stands twice')
    if (params.size >= DIGEST_PARAMS_MAX) return new Malformed(at, 'too many digest parameters')
    params.set(name, text)
    at = nextParam(value, end)
  }
  return params.size > 0 ? params : new Malformed(scheme.length, 'digest credentials without parameters')
}

/** Behind blanks and commas: list elements may be empty (RFC 9110 §5.6.1). */
function nextParam(value: string, at: number): number {
  while (at < value.length && (isSpace(value.charCodeAt(at)) || value.charCodeAt(at) === COMMA)) at++
  return at
}

function paramAt(value: string, start: number): { name: string; text: string; end: number } | Malformed {
  const { length } = value
  const nameEnd = tokenEnd(value, start)
  const equals = skipSpaces(value, nameEnd, length)
  if (!isToken(value.slice(start, nameEnd)) || value.charCodeAt(equals) !== EQUALS)
    return new Malformed(start, 'a digest parameter has no name or no value')
  const from = skipSpaces(value, equals + 1, length)
  const quoted = value.charCodeAt(from) === QUOTE
  const end = quoted ? quotedEnd(value, from, length) : bareEnd(value, from)
  const next = skipSpaces(value, end, length)
  if (end < 0 || (next < length && value.charCodeAt(next) !== COMMA))
    return new Malformed(from, 'a digest parameter has no end')
  return { name: value.slice(start, nameEnd).toLowerCase(), text: unquote(value.slice(from, end)), end }
}

function tokenEnd(value: string, at: number): number {
  while (at < value.length && !isSpace(value.charCodeAt(at)) && !'=,"'.includes(value[at]!)) at++
  return at
}

/** A value without quotes may be more than a token: some clients send uri so. */
function bareEnd(value: string, at: number): number {
  while (at < value.length && !isSpace(value.charCodeAt(at)) && !',"'.includes(value[at]!)) at++
  return at
}

/** What a client says to prove that it knows the password (RFC 7616 §3.4). */
export interface Credentials {
  /** As sent, an "@domain" included. */
  readonly username: string
  /** The user name without its domain. */
  readonly user: string
  /** What stands behind the last @ of the user name. */
  readonly domain: string | undefined
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  /** undefined: an algorithm that nobody knows. */
  readonly algorithm: DigestAlgorithm | undefined
  /** Lower case. */
  readonly qop: string | undefined
  readonly cnonce: string
  readonly nc: string
}

const NC = /^[0-9a-f]{8}$/i

/** The credentials that parameters make; Malformed when something is missing. */
export function credentialsOf(params: DigestParams): Credentials | Malformed {
  const get = (name: string): string => params.get(name) ?? ''
  for (const name of ['username', 'realm', 'nonce', 'uri', 'response'])
    if (!params.has(name)) return new Malformed(0, `digest credentials without ${name}`)
  const qop = params.get('qop')?.toLowerCase()
  if (qop !== undefined && (get('cnonce') === '' || !NC.test(get('nc'))))
    return new Malformed(0, 'digest credentials with qop, but without cnonce or nc')
  const username = get('username')
  const at = username.lastIndexOf('@')
  return {
    username,
    user: at < 0 ? username : username.slice(0, at),
    domain: at < 0 ? undefined : username.slice(at + 1),
    realm: get('realm'),
    nonce: get('nonce'),
    uri: get('uri'),
    response: get('response'),
    algorithm: digestAlgorithm(params.get('algorithm')),
    ...{ qop, cnonce: get('cnonce'), nc: get('nc') },
  }
}

/** The digest of octets, in hexadecimal. */
export function digest(hash: DigestHash, text: string): string {
  return createHash(HASHES[hash]).update(text, 'latin1').digest('hex')
}

/** HA1: what stands for the password (RFC 7616 §3.4.2). All texts are octets. */
export function secretHash(hash: DigestHash, username: string, realm: string, password: string): string {
  return digest(hash, `${username}:${realm}:${password}`)
}

/** Hexadecimal digits of a digest. */
export function digestLength(hash: DigestHash): number {
  return hash === 'MD5' ? 32 : 64
}

/** What a response is made of besides the secret. */
export interface Digested {
  readonly algorithm: DigestAlgorithm
  readonly nonce: string
  readonly cnonce: string
  readonly nc: string
  /** undefined: as in RFC 2069. */
  readonly qop: string | undefined
  readonly uri: string
}

/** The request that credentials are for. */
export interface DigestedRequest {
  readonly method: string
  readonly body: string
}

/** The response (RFC 7616 §3.4.1). */
export function digestResponse(ha1: string, of: Digested, { method, body }: DigestedRequest): string {
  const { algorithm, nonce, cnonce, nc, qop, uri } = of
  const { hash } = algorithm
  const secret = algorithm.session ? digest(hash, `${ha1}:${nonce}:${cnonce}`) : ha1
  const integrity = qop === 'auth-int' ? `:${digest(hash, body)}` : ''
  const middle = qop === undefined ? nonce : `${nonce}:${nc}:${cnonce}:${qop}`
  return digest(hash, `${secret}:${middle}:${digest(hash, `${method}:${uri}${integrity}`)}`)
}

/** Are two digests the same? Takes as long whether they are or not; their lengths are no secret. */
export function sameDigest(one: string, two: string): boolean {
  const [left, right] = [encoder.encode(one), encoder.encode(two)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const encoder = new TextEncoder()

/** The challenge of a 401 or 407 (RFC 7616 §3.3, RFC 3261 §20.27, §20.44). */
export interface ChallengeParts {
  readonly realm: string
  readonly nonce: string
  /** '' leaves it out. */
  readonly qop: string
  readonly stale: boolean
  /** Left out: MD5. */
  readonly algorithm?: string
}

/** The challenge's text, in SER's order. */
export function challengeText({ realm, nonce, qop, stale, algorithm }: ChallengeParts): string {
  const parts = [`realm=${quote(realm)}`, `nonce="${nonce}"`]
  if (qop !== '') parts.push(`qop="${qop}"`)
  if (algorithm !== undefined) parts.push(`algorithm=${algorithm}`)
  if (stale) parts.push('stale=true')
  return `Digest ${parts.join(', ')}`
}
