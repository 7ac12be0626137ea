// Answers to 401 and 407 (RFC 3261 §22, RFC 2617, RFC 7616: MD5, SHA-256 and their -sess forms; qop auth or none).

import { createHash } from 'node:crypto'
import type { Random } from '../random.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import type { HeaderLine } from './text.js'

/** Challenges looked at in one response. */
const CHALLENGES_MAX = 8

export interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: string | undefined
  readonly qop: readonly string[]
  readonly stale: boolean
  /** The header that answers it. */
  readonly header: 'Authorization' | 'Proxy-Authorization'
}

export interface Secret {
  readonly username: string
  readonly password: string
}

/** The digest challenges of a 401 or 407. */
export function challengesOf(response: Message): Challenge[] {
  const proxy = response.status === 407
  const id = proxy ? Header.PROXY_AUTHENTICATE : Header.WWW_AUTHENTICATE
  const header = proxy ? 'Proxy-Authorization' : 'Authorization'
  const found: Challenge[] = []
  for (let index = response.find(id); index >= 0; index = response.find(id, index + 1)) {
    const challenge = parseChallenge(response.valueOf(index), header)
    if (challenge !== undefined && found.length < CHALLENGES_MAX) found.push(challenge)
  }
  return found
}

function parseChallenge(value: string, header: Challenge['header']): Challenge | undefined {
  if (!/^digest\s/i.test(value)) return undefined
  const params = new Map<string, string>()
  for (const [, name, quoted, bare] of value
    .slice(7)
    .matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g))
    params.set(name!.toLowerCase(), quoted ?? bare ?? '')
  const realm = params.get('realm')
  const nonce = params.get('nonce')
  if (realm === undefined || nonce === undefined) return undefined
  const qop = (params.get('qop') ?? '').split(',').map((option) => option.trim().toLowerCase())
  return {
    realm,
    nonce,
    opaque: params.get('opaque'),
    algorithm: params.get('algorithm'),
    qop: qop.filter((option) => option !== ''),
    stale: params.get('stale')?.toLowerCase() === 'true',
    header,
  }
}

/** The header that answers a challenge for one request; undefined when we cannot (unknown algorithm or qop). */
export function answerTo(
  challenge: Challenge,
  secret: Secret,
  method: string,
  uri: string,
  random: Random,
): HeaderLine | undefined {
  const { realm, nonce, opaque, algorithm } = challenge
  const hash = hashOf(algorithm)
  const withQop = challenge.qop.includes('auth')
  if (hash === undefined || (challenge.qop.length > 0 && !withQop)) return undefined
  const cnonce = random.hex(16)
  let secretHash = hash(`${secret.username}:${realm}:${secret.password}`)
  if (/-sess$/i.test(algorithm ?? '')) secretHash = hash(`${secretHash}:${nonce}:${cnonce}`)
  const middle = withQop ? `${nonce}:00000001:${cnonce}:auth` : nonce
  const response = hash(`${secretHash}:${middle}:${hash(`${method}:${uri}`)}`)
  const parts = [`username="${secret.username}"`, `realm="${realm}"`, `nonce="${nonce}"`, `uri="${uri}"`]
  parts.push(`response="${response}"`)
  if (algorithm !== undefined) parts.push(`algorithm=${algorithm}`)
  if (withQop) parts.push('qop=auth', 'nc=00000001', `cnonce="${cnonce}"`)
  else if (/-sess$/i.test(algorithm ?? '')) parts.push(`cnonce="${cnonce}"`)
  if (opaque !== undefined) parts.push(`opaque="${opaque}"`)
  return [challenge.header, `Digest ${parts.join(', ')}`]
}

function hashOf(algorithm: string | undefined): ((text: string) => string) | undefined {
  const name = /^(md5|sha-256)(-sess)?$/i.exec(algorithm ?? 'MD5')?.[1]?.toLowerCase()
  if (name === undefined) return undefined
  return (text) =>
    createHash(name === 'md5' ? 'md5' : 'sha256')
      .update(text, 'latin1')
      .digest('hex')
}
