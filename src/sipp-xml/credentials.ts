// [authentication] and <verifyauth>: digest as SIPp does it (RFC 2617, RFC 7616; MD5 and SHA-256), over sip/digest.ts.

import { Malformed } from '../errors.js'
import type { Random } from '../random.js'
import { digestAlgorithm, digestResponse, readDigest, sameDigest, secretHash } from '../sip/digest.js'

export interface DigestQuestion {
  /** The value of WWW-Authenticate or Proxy-Authenticate. */
  readonly challenge: string
  /** 401 or 407. */
  readonly code: number
  readonly username: string
  readonly password: string
  readonly method: string
  readonly uri: string
  readonly body: string
  /** How often this challenge has been answered, this answer included. */
  readonly count: number
}

/** The header that answers a challenge; an Error says why there is none. */
export function authorization(question: DigestQuestion, random: Random): string | Error {
  const { challenge, code, username, password, method, uri, body, count } = question
  const params = readDigest(firstDigest(challenge))
  if (params === undefined || params instanceof Malformed) return new Error('the challenge is no digest')
  const algorithm = digestAlgorithm(params.get('algorithm'))
  if (algorithm === undefined) return new Error(`the algorithm ${params.get('algorithm')} is not known`)
  const realm = params.get('realm') ?? ''
  const nonce = params.get('nonce') ?? ''
  const opaque = params.get('opaque')
  const options = (params.get('qop') ?? '').split(',').map((option) => option.trim().toLowerCase())
  const qop = options.includes('auth-int') ? 'auth-int' : options.includes('auth') ? 'auth' : undefined
  const cnonce = random.hex(8)
  const nc = count.toString(16).padStart(8, '0')
  const ha1 = secretHash(algorithm.hash, username, realm, password)
  const response = digestResponse(ha1, { algorithm, nonce, cnonce, nc, qop, uri }, { method, body })
  const parts = [`username="${username}"`, `realm="${realm}"`]
  if (qop !== undefined) parts.push(`cnonce="${cnonce}"`, `nc=${nc}`, `qop=${qop}`)
  parts.push(`uri="${uri}"`, `nonce="${nonce}"`, `response="${response}"`)
  parts.push(`algorithm=${params.get('algorithm') ?? 'MD5'}`)
  if (opaque !== undefined) parts.push(`opaque="${opaque}"`)
  return `${code === 401 ? 'Authorization' : 'Proxy-Authorization'}: Digest ${parts.join(',')}`
}

/** Do the credentials of a request prove this user and password? */
export function verifies(
  header: string,
  { username, password, method, body }: { username: string; password: string; method: string; body: string },
): boolean {
  const params = readDigest(firstDigest(header))
  if (params === undefined || params instanceof Malformed) return false
  const algorithm = digestAlgorithm(params.get('algorithm'))
  if (algorithm === undefined) return false
  const get = (name: string): string => params.get(name) ?? ''
  const qop = params.get('qop')
  const of = { algorithm, nonce: get('nonce'), cnonce: get('cnonce'), nc: get('nc'), qop, uri: get('uri') }
  const ha1 = secretHash(algorithm.hash, username, get('realm'), password)
  return sameDigest(digestResponse(ha1, of, { method, body }), get('response'))
}

/** Of several challenges in one value the first digest. */
function firstDigest(value: string): string {
  const start = Math.max(0, value.search(/digest\s/i))
  const next = value.slice(start + 6).search(/,\s*(?:digest|basic|bearer)\s/i)
  return value.slice(start, next < 0 ? undefined : start + 6 + next)
}
