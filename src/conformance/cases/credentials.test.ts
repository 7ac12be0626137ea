// Credentials that a case asks for, against the example of RFC 2617 §3.5.

import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import { Malformed } from '../../errors.js'
import { parseMessage, type Message } from '../../sip/message.js'
import { credentialLines } from './credentials.js'
import type { Heard } from './path.js'

const PLACE = { address: '10.0.1.1', port: 5060 }

function message(...lines: string[]): Message {
  const parsed = parseMessage([...lines, 'Content-Length: 0', '\r\n'].join('\r\n'))
  if (parsed instanceof Malformed) throw new Error(parsed.reason)
  return parsed
}

function challenged(...challenges: string[]): Heard[] {
  return [
    {
      message: message('SIP/2.0 401 Unauthorized', ...challenges.map((one) => `WWW-Authenticate: ${one}`)),
      ...{ at: 0, party: 'caller', transport: 'udp', source: PLACE, target: PLACE, connection: undefined },
    },
  ]
}

const REQUEST = message('REGISTER sip:example.com SIP/2.0')
const CHALLENGE =
  'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'

function credentials(words: string, ...challenges: string[]): string[] {
  const wish = `Mufasa "Circle Of Life" ${words}`
  return credentialLines(wish, challenged(...challenges), REQUEST).map(([name, value]) => `${name}: ${value}`)
}

it('the response is that of the example', () => {
  const [line] = credentials('method=GET uri=/dir/index.html', CHALLENGE)
  assert.match(line!, /^Authorization: Digest .*response="6629fae49393a05397450978507c4ef1"/)
  assert.match(line!, /qop=auth, nc=00000001, cnonce="0a4f113b"/)
  assert.doesNotMatch(line!, /method=/)
})

it('a parameter is left out', () => {
  const [line] = credentials('-nc', CHALLENGE)
  assert.doesNotMatch(line!, /nc=0/)
})

it('each realm gets an answer, by the first algorithm that can be had or the one that is wished for', () => {
  const both = [`${CHALLENGE}, algorithm=SHA-256`, `${CHALLENGE}, algorithm=MD5`]
  assert.equal(credentials('', ...both).length, 1)
  assert.match(credentials('', ...both)[0]!, /algorithm=SHA-256/)
  assert.match(credentials('algorithm=MD5', ...both)[0]!, /algorithm=MD5/)
  assert.equal(credentials('', CHALLENGE, 'Digest realm="other", nonce="1"').length, 2)
})

it('without a challenge there is nothing to answer', () => {
  assert.throws(() => credentials(''), /no challenge/)
})
