// Test support: a user who answers challenges, by the formula of RFC 7616 §3.4.1 written out here again, and a database
// of one user that answers by hand.

import { createHash } from 'node:crypto'
import type { Answer } from '../../endpoint.js'
import { headerValues, request, type RequestParts, type RouteRun, type Sent } from '../route-run.js'

export interface Login {
  readonly username: string
  readonly password: string
  readonly realm: string
  readonly nonce: string
  readonly method?: string
  readonly uri?: string
  readonly qop?: string
  readonly nc?: string
  readonly algorithm?: string
  readonly body?: string
}

export function hashOf(algorithm = 'MD5') {
  const name = /^MD5/i.test(algorithm) ? 'md5' : /^SHA-256/i.test(algorithm) ? 'sha256' : 'sha512-256'
  return (text: string): string => createHash(name).update(text, 'latin1').digest('hex')
}

/** The value of Authorization or Proxy-Authorization. */
export function credentials(login: Login): string {
  const { username, password, realm, nonce, method = 'REGISTER', uri = 'sip:example.com' } = login
  const { qop, nc = '00000001', algorithm, body = '' } = login
  const hash = hashOf(algorithm)
  const a2 = hash(`${method}:${uri}${qop === 'auth-int' ? `:${hash(body)}` : ''}`)
  const plain = hash(`${username}:${realm}:${password}`)
  const a1 = algorithm?.endsWith('-sess') ? hash(`${plain}:${nonce}:c0`) : plain
  const response = hash(qop === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:c0:${qop}:${a2}`)
  const count = qop === undefined ? '' : `, qop=${qop}, nc=${nc}`
  const own = qop === undefined && !algorithm?.endsWith('-sess') ? '' : ', cnonce="c0"'
  const name = algorithm === undefined ? '' : `, algorithm=${algorithm}`
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"${name}${count}${own}`
}

/** The nonce that a 401 or 407 offers. */
export function nonceIn(sent: Sent | undefined): string {
  return /nonce="([^"]*)"/.exec(challengesIn(sent)[0] ?? '')?.[1] ?? ''
}

export function challengesIn(sent: Sent | undefined): string[] {
  if (sent === undefined) return []
  return [...headerValues(sent, 'WWW-Authenticate'), ...headerValues(sent, 'Proxy-Authenticate')]
}

/** The rows that a table with this one row gives. */
export function rows(...found: Record<string, string | number | null>[]): Answer {
  return { kind: 'rows', rows: found, affected: 0 }
}

/** What the oldest open question selects. */
export function askedFor({ asked }: RouteRun) {
  const question = asked[0]?.question
  const query = question?.kind === 'query' ? question.queries[0] : undefined
  if (query?.operation !== 'select') throw new Error('no table was asked')
  return query
}

let calls = 0

/** A REGISTER of alice with these header lines; each is a call of its own. */
export function register(headers: readonly string[] = [], parts: RequestParts = {}): string {
  const callId = `register-${++calls}`
  return request('REGISTER', 'sip:example.com', {
    ...{ callId, branch: `z9hG4bK${callId}`, to: '<sip:alice@example.com>', headers },
    ...parts,
  })
}

/** "200", "401", or "" when nothing was sent. */
export function statusOf([sent]: readonly Sent[]): string {
  return sent === undefined ? '' : sent.bytes.split(' ', 2)[1]!
}

/** Asks without credentials and gives the nonce of the challenge. */
export function challenged(run: RouteRun): string {
  return nonceIn(run.receive(register())[0])
}
