// Answers to 401 and 407 (RFC 3261 §22, RFC 7616, RFC 8760): all algorithms of sip/digest.ts; qop auth, auth-int or none.

import { Malformed } from '../errors.js'
import type { Random } from '../random.js'
import {
  digestAlgorithm,
  digestResponse,
  readDigest,
  secretHash,
  type DigestedRequest,
} from '../sip/digest.js'
import type { Message } from '../sip/message.js'
import { quote } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import type { HeaderLine } from './text.js'

/** Challenges looked at in one response. */
const CHALLENGES_MAX = 8
/** Each answer has a nonce of the client's own, so a nonce is used once. */
const FIRST_USE = '00000001'

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
  const params = readDigest(value)
  if (params === undefined || params instanceof Malformed) return undefined
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

/** A request to be sent with credentials. */
export interface Answered extends DigestedRequest {
  readonly uri: string
}

/** The header that answers a challenge for one request; undefined when we cannot (unknown algorithm or qop). */
export function answerTo(
  challenge: Challenge,
  { username, password }: Secret,
  request: Answered,
  random: Random,
): HeaderLine | undefined {
  const { realm, nonce, opaque } = challenge
  const algorithm = digestAlgorithm(challenge.algorithm)
  const qop = ['auth', 'auth-int'].find((option) => challenge.qop.includes(option))
  if (algorithm === undefined || (challenge.qop.length > 0 && qop === undefined)) return undefined
  const { uri } = request
  const cnonce = random.hex(16)
  const ha1 = secretHash(algorithm.hash, username, realm, password)
  const response = digestResponse(ha1, { algorithm, nonce, cnonce, nc: FIRST_USE, qop, uri }, request)
  const parts = [`username=${quote(username)}`, `realm=${quote(realm)}`, `nonce=${quote(nonce)}`]
  parts.push(`uri="${uri}"`, `response="${response}"`)
  if (challenge.algorithm !== undefined) parts.push(`algorithm=${challenge.algorithm}`)
  if (qop !== undefined) parts.push(`qop=${qop}`, `nc=${FIRST_USE}`)
  if (qop !== undefined || algorithm.session) parts.push(`cnonce="${cnonce}"`)
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`)
  return [challenge.header, `Digest ${parts.join(', ')}`]
}
