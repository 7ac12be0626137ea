// Reliable provisional responses (RFC 3262) between two phones that support 100rel.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BackToBack } from './back-to-back.js'
import type { Phone } from './phone.js'

const ALICE = 5070
const BOB = 5080
const BOB_URI = 'sip:bob@10.0.0.1:5080'

function pair(): { net: BackToBack; alice: Phone; bob: Phone } {
  const net = new BackToBack()
  const behaviour = { supported: ['100rel'] }
  return { net, alice: net.phone('alice', ALICE, { behaviour }), bob: net.phone('bob', BOB, { behaviour }) }
}

test('a 180 between phones that support 100rel is acknowledged with PRACK before the 200', () => {
  const { net, alice, bob } = pair()
  net.order(alice, { verb: 'call', target: BOB_URI })
  net.order(bob, { verb: 'answer' })
  assert.deepEqual(net.lines(), [
    `0 INVITE ${BOB_URI}`,
    '0 180 Ringing',
    `0 PRACK ${BOB_URI}`,
    '0 200 OK',
    '0 200 OK',
    `0 ACK ${BOB_URI}`,
  ])
  const prack = bob.received.find(({ message }) => message.method === 'PRACK')!.message
  assert.deepEqual([prack.headerNamed('RAck'), prack.headerNamed('CSeq')], ['1 1 INVITE', '2 PRACK'])
  assert.equal(bob.received.at(-1)!.message.headerNamed('CSeq'), '1 ACK')
  assert.deepEqual([alice.calls[0]!.state, bob.calls[0]!.state], ['established', 'established'])
})

test('without its PRACK a reliable 180 is repeated, further responses wait, and after 32 s the call is refused', () => {
  const { net, alice, bob } = pair()
  net.lose = ({ bytes }) => bytes.startsWith('PRACK')
  net.order(alice, { verb: 'call', target: BOB_URI })
  net.order(bob, { verb: 'answer' })
  net.run(40_000)
  const ringing = net.wire.filter(({ bytes }) => bytes.startsWith('SIP/2.0 180'))
  assert.deepEqual(
    ringing.map(({ at }) => at),
    [0, 500, 1500, 3500, 7500, 15_500, 31_500],
  )
  assert.equal(alice.calls[0]!.ringback, 1, 'copies count for nothing')
  assert.deepEqual([alice.calls[0]!.state, alice.calls[0]!.status], ['failed', 504])
})

test('a lost PRACK is retransmitted like any request, and the waiting 183 and 200 follow in order', () => {
  const { net, alice, bob } = pair()
  let lost = 0
  net.lose = ({ bytes }) => bytes.startsWith('PRACK') && lost++ < 1
  net.order(alice, { verb: 'call', target: BOB_URI })
  net.order(bob, { verb: 'progress', status: 183 })
  net.order(bob, { verb: 'answer' })
  net.run(2000)
  assert.deepEqual(alice.calls[0]!.provisionals, [180, 183])
  assert.equal(alice.calls[0]!.state, 'established')
  const seen = alice.received.map(({ message }) =>
    `${message.status} ${message.headerNamed('RSeq') ?? ''}`.trim(),
  )
  assert.deepEqual(
    seen.filter((text) => text.startsWith('18')),
    ['180 1', '180 1', '183 2'],
  )
})

test('a caller that requires 100rel is refused with 420 by a phone that does not support it', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB)
  net.order(alice, { verb: 'call', target: BOB_URI, headers: [['Require', '100rel']] })
  assert.equal(alice.calls[0]!.status, 420)
})

test('a PRACK for nothing gets 481', () => {
  const { net, alice } = pair()
  net.order(alice, { verb: 'call', target: BOB_URI })
  net.order(alice, { verb: 'request', method: 'PRACK', within: true, headers: [['RAck', '7 1 INVITE']] })
  assert.equal(alice.requests.at(-1)!.status, 481)
})
