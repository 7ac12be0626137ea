// What a phone refuses, forgoes and drops (RFC 3261 §8.1.3, §8.2, §11.2, §12.1.1).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BackToBack, response } from './back-to-back.js'
import type { HeaderWishes } from './command.js'

const ALICE = 5070
const BOB = 5080
const BOB_URI = 'sip:bob@10.0.0.1:5080'

function invited(headers: HeaderWishes, body: string): string {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB, { behaviour: { incoming: { kind: 'answer' } } })
  net.order(alice, { verb: 'call', target: BOB_URI, headers, body })
  const last = alice.received.at(-1)!.message
  const accepted = last.headerNamed('Accept') ?? last.headerNamed('Accept-Encoding') ?? ''
  return `${last.status} ${accepted}`.trim()
}

test('a body that is not understood is refused, unless it is optional', () => {
  assert.equal(invited([['Content-Type', 'application/x-foo']], 'x'), '415 application/sdp')
  assert.equal(invited([['Content-Type', null]], 'x'), '415 application/sdp')
  assert.equal(invited([['Content-Encoding', 'x-unknown']], 'v=0'), '415 identity')
  const optional: HeaderWishes = [
    ['Content-Type', 'application/x-foo'],
    ['Content-Disposition', 'render; handling=optional'],
  ]
  assert.equal(invited(optional, 'x'), '200')
})

test('OPTIONS gets the answer that an INVITE would get', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB, { behaviour: { incoming: { kind: 'reject', status: 486 } } })
  net.order(alice, { verb: 'request', method: 'OPTIONS', target: BOB_URI })
  assert.equal(alice.requests[0]!.status, 486)
})

test('a phone without TLS refuses to be called by a sips URI', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB)
  const proxy = { transport: 'udp', address: '10.0.0.1', port: BOB } as const
  const carol = net.phone('carol', 5090, { proxy })
  net.order(carol, { verb: 'request', method: 'OPTIONS', target: BOB_URI.replace('sip:', 'sips:') })
  assert.equal(carol.requests[0]!.status, 416)
  net.order(alice, { verb: 'request', method: 'OPTIONS', target: 'sips:x@y', routes: [`<${BOB_URI};lr>`] })
  assert.equal(alice.sent.at(-1)!.transport, 'tls', 'it does not ask for one in the clear, either')
})

test('a strict router at the head of the routes is the Request-URI', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const routes = [`<${BOB_URI};x=y?Subject=no>`, '<sip:two;lr>']
  net.order(alice, { verb: 'request', method: 'OPTIONS', target: 'sip:far@nowhere', routes })
  const { message, to } = alice.sent[0]!
  assert.equal(message.requestUri, `${BOB_URI};x=y`)
  assert.deepEqual(message.headersNamed('Route'), ['<sip:two;lr>', '<sip:far@nowhere>'])
  assert.equal(to.port, BOB)
})

test('a request that was refused with 420 goes again without what was not understood, if the phone may', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE, { behaviour: { forgoesRequired: true } })
  net.phone('bob', BOB, { behaviour: { supported: ['path'] } })
  const headers = [['Require', 'path, wings']] as const
  net.order(alice, { verb: 'call', target: BOB_URI, headers })
  const invites = alice.sent.filter(({ message }) => message.method === 'INVITE')
  assert.deepEqual(
    invites.map(({ message }) => [message.headerNamed('Require'), message.headerNamed('CSeq')]),
    [
      ['path, wings', '1 INVITE'],
      ['path', '2 INVITE'],
    ],
  )
  assert.equal(alice.calls[0]!.status, 180)
})

test('a response with a second Via is of somebody else', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.stub(BOB, (message) =>
    message.isRequest ? [response(message, '200 OK', 'b', 'Via: SIP/2.0/UDP x')] : [],
  )
  net.order(alice, { verb: 'request', method: 'OPTIONS', target: BOB_URI })
  net.run(32_000)
  assert.equal(alice.requests[0]!.status, 408)
})
