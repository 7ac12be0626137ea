// Phones: credentials.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Malformed } from '../errors.js'
import { Random } from '../random.js'
import { parseMessage } from '../sip/message.js'
import { answerTo, challengesOf } from './credentials.js'

const SECRET = { username: 'Mufasa', password: 'Circle Of Life' }
const REQUEST = { method: 'GET', uri: '/dir/index.html', body: 'entity' }
const NONCE = 'dcd98b7102dd2f0e8b11d0f600bfb0c093'

function challenges(status: number, ...headers: string[]) {
  const message = parseMessage([`SIP/2.0 ${status} No`, ...headers, '', ''].join('\r\n'))
  assert.ok(!(message instanceof Malformed))
  return challengesOf(message)
}

const answer = (header: string) => answerTo(challenges(401, header)[0]!, SECRET, REQUEST, new Random(1))

test('without qop the response is the one of RFC 2617 §3.2.2.1 for its example', () => {
  const [name, value] = answer(`WWW-Authenticate: Digest realm="testrealm@host.com", nonce="${NONCE}"`)!
  assert.equal(name, 'Authorization')
  assert.match(value, /response="670fd8c2df070c60b045671b8b24ff02"/)
  assert.ok(!/cnonce|nc=|qop|opaque/.test(value))
})

test('SHA-256 gives 64 digits and names its algorithm; an unknown algorithm or qop is not answered', () => {
  const strong = answer('WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"')![1]
  assert.match(strong, /response="[0-9a-f]{64}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="/)
  assert.equal(answer('WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-9'), undefined)
  assert.equal(answer('WWW-Authenticate: Digest realm="r", nonce="n", qop="auth-conf"'), undefined)
})

test('only digest challenges with realm and nonce are taken, 407 from its own header', () => {
  const found = challenges(
    407,
    'Proxy-Authenticate: Basic realm="b"',
    'Proxy-Authenticate: Digest realm="no nonce"',
    'Proxy-Authenticate: Digest nonce="n2",realm="two", stale=TRUE',
    'WWW-Authenticate: Digest realm="other", nonce="n"',
  )
  assert.deepEqual(
    found.map(({ realm, stale, header }) => `${realm} ${stale} ${header}`),
    ['two true Proxy-Authorization'],
  )
})

test('where only auth-int is offered, the body is in the response; quotes in names are escaped', () => {
  const header = 'WWW-Authenticate: Digest realm="say \\"r\\"", nonce="n", qop="auth-int", opaque="o"'
  const [, value] = answer(header)!
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const cnonce = /cnonce="([^"]*)"/.exec(value)![1]!
  const a1 = md5('Mufasa:say "r":Circle Of Life')
  const a2 = md5(`GET:/dir/index.html:${md5('entity')}`)
  const response = md5(`${a1}:n:00000001:${cnonce}:auth-int:${a2}`)
  assert.ok(value.includes(`realm="say \\"r\\"", nonce="n"`))
  assert.ok(value.includes(`response="${response}", qop=auth-int, nc=00000001`), value)
})
