// The wire itself: streams cut anywhere, keep-alives, raw messages, hostile input, refusals of the network.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Output } from '../endpoint.js'
import { Random } from '../random.js'
import { Header } from '../sip/names.js'
import { BackToBack, response } from './back-to-back.js'
import { Phone } from './phone.js'
import { JOURNAL_MESSAGES_MAX } from './state.js'

const ALICE = 5070
const BOB = 5080
const tcp = (port: number) => ({ contact: { transport: 'tcp', address: '10.0.0.1', port } as const })
const BOB_TCP = 'sip:bob@10.0.0.1:5080;transport=tcp'

test('over TCP a call works with the stream cut into single octets, pairs, or at random', () => {
  const random = new Random(5)
  const atRandom = (bytes: string): string[] => {
    const at = random.below(bytes.length)
    return [bytes.slice(0, at), bytes.slice(at)].filter((chunk) => chunk !== '')
  }
  const cuts = [
    (bytes: string) => [...bytes],
    (bytes: string) => bytes.match(/[\s\S]{1,2}/g)!,
    ...Array.from({ length: 50 }, () => atRandom),
  ]
  for (const cut of cuts) {
    const net = new BackToBack()
    net.cut = cut
    const alice = net.phone('alice', ALICE, tcp(ALICE))
    const bob = net.phone('bob', BOB, { ...tcp(BOB), behaviour: { incoming: { kind: 'answer' } } })
    net.order(alice, { verb: 'call', target: BOB_TCP })
    net.order(alice, { verb: 'hangup' })
    assert.deepEqual([alice.calls[0]!.state, bob.calls[0]!.state], ['ended', 'ended'])
    assert.match(alice.sent[0]!.text, /^INVITE [^\r]*\r\nVia: SIP\/2.0\/TCP 10.0.0.1:5070;/)
  }
})

test('over TCP nothing is retransmitted but the 2xx that waits for its ACK', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE, { ...tcp(ALICE), behaviour: { acknowledges: false } })
  net.phone('bob', BOB, {
    ...tcp(BOB),
    behaviour: { incoming: { kind: 'answer', ring: false, afterMs: 20_000 } },
  })
  net.order(alice, { verb: 'call', target: BOB_TCP })
  net.run(22_000)
  assert.deepEqual(net.lines(ALICE), [`0 INVITE ${BOB_TCP}`])
  assert.deepEqual(net.lines(BOB), ['20000 200 OK', '20500 200 OK', '21500 200 OK'])
})

test('a double CRLF on a stream is answered with a single one, on a datagram with nothing', () => {
  const phone = new Phone({
    name: 'alice',
    aor: 'sip:alice@example.com',
    random: new Random(1),
    ...tcp(ALICE),
  })
  const remote = { address: '10.0.0.1', port: 9 }
  const packet = {
    type: 'packet',
    local: { address: '10.0.0.1', port: ALICE },
    remote,
    bytes: '\r\n\r\n',
  } as const
  const answers = phone.step({ ...packet, transport: 'tcp', connection: 3 }, 0)
  assert.deepEqual(answers, [
    { type: 'send', transport: 'tcp', local: packet.local, remote, connection: 3, bytes: '\r\n' },
  ])
  assert.deepEqual(phone.step({ ...packet, transport: 'udp' }, 0), [])
})

test('a stream that is no SIP is closed', () => {
  const phone = new Phone({
    name: 'alice',
    aor: 'sip:alice@example.com',
    random: new Random(1),
    ...tcp(ALICE),
  })
  const outputs = phone.step(
    {
      ...{ type: 'packet', transport: 'tcp', connection: 7, bytes: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' },
      ...{ local: { address: '10.0.0.1', port: ALICE }, remote: { address: '10.0.0.2', port: 9 } },
    },
    0,
  )
  assert.deepEqual(outputs, [{ type: 'close', connection: 7 }])
})

test('a refused connection fails the call with 503', () => {
  const phone = new Phone({
    name: 'alice',
    aor: 'sip:alice@example.com',
    random: new Random(1),
    ...tcp(ALICE),
  })
  phone.step({ type: 'command', command: { verb: 'call', target: BOB_TCP } }, 0)
  const remote = { address: '10.0.0.1', port: BOB }
  phone.step({ type: 'closed', connection: 1, transport: 'tcp', remote, reason: 'refused' }, 10)
  assert.deepEqual([phone.calls[0]!.state, phone.calls[0]!.status], ['failed', 503])
})

test('a host name is resolved by a question; without an answer the call fails with 503', () => {
  const phone = new Phone({
    ...{ name: 'alice', aor: 'sip:alice@example.com', random: new Random(1) },
    contact: { transport: 'udp', address: '10.0.0.1', port: ALICE },
  })
  const ask = (outputs: Output[]) => outputs.find((output) => output.type === 'ask')!
  const order = { type: 'command', command: { verb: 'call', target: 'sip:bob@biloxi.example:5099' } } as const
  const first = ask(phone.step(order, 0))
  assert.deepEqual(first.question, { kind: 'resolve', record: 'A', name: 'biloxi.example' })
  const sent = phone.step(
    { type: 'answer', id: first.id, answer: { kind: 'addresses', addresses: ['10.9.9.9'] } },
    5,
  )
  const send = sent.find((output) => output.type === 'send')!
  assert.deepEqual(send.remote, { address: '10.9.9.9', port: 5099 })
  const second = ask(phone.step(order, 10))
  phone.step({ type: 'answer', id: second.id, answer: { kind: 'failure', reason: 'no such name' } }, 11)
  assert.deepEqual([phone.calls[1]!.state, phone.calls[1]!.status], ['failed', 503])
})

test('a response goes to the source port when rport asks for it, else to the port of the Via', () => {
  const net = new BackToBack()
  net.phone('bob', BOB)
  const request = (rport: string) =>
    `OPTIONS sip:bob@x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:6000;branch=z9hG4bK${rport.length}${rport}\r\n` +
    `Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c${rport}\r\nCSeq: 1 OPTIONS\r\n\r\n`
  net.inject(5999, BOB, request(';rport'))
  net.inject(5999, BOB, request(''))
  const [asked, plain] = net.wire
  assert.equal(asked!.to, 5999)
  assert.match(
    asked!.bytes,
    /\r\nVia: SIP\/2.0\/UDP 192.0.2.1:6000;branch=z9hG4bK6;rport=5999;received=10.0.0.1\r\n/,
  )
  assert.equal(plain!.to, 6000)
  assert.match(plain!.bytes, /;branch=z9hG4bK0;received=10.0.0.1\r\n/)
})

test('a raw request has its placeholders filled, and the ACK that follows repeats what it must', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.stub(5060, (request) => (request.method === 'ACK' ? [] : [response(request, '486 Busy Here', 'busy')]))
  const to = { transport: 'udp', remote: { address: '10.0.0.1', port: 5060 } } as const
  const text = `INVITE sip:bob@<domain> SIP/2.0
Via: SIP/2.0/<transport> <address>:<port>;branch=<branch>
Max-Forwards: 70
From: <sip:alice@example.com>;tag=<tag>
To: <sip:bob@example.com>
Call-ID: <call-id>
CSeq: <cseq> INVITE
Contact: <<contact>>
X-Odd: <unknown-thing>
Content-Length: <content-length>

v=0
`
  net.order(alice, { verb: 'raw', text, to })
  const invite = alice.sent[0]!.message
  assert.equal(invite.requestUri, 'sip:bob@example.com')
  assert.match(invite.header(Header.VIA)!, /^SIP\/2.0\/UDP 10.0.0.1:5070;branch=z9hG4bK\w+$/)
  assert.equal(invite.header(Header.CONTACT), '<sip:alice@10.0.0.1:5070>')
  assert.equal(invite.headerNamed('X-Odd'), '<unknown-thing>')
  assert.deepEqual([invite.contentLength(), invite.body], [5, 'v=0\r\n'])
  assert.equal(alice.received[0]!.message.status, 486)
  net.order(alice, {
    ...{ verb: 'raw', to },
    text: 'ACK sip:bob@x SIP/2.0\nVia: SIP/2.0/UDP a;branch=<branch>\nTo: <b>;tag=<remote-tag>\nCall-ID: <call-id>\nCSeq: <cseq> ACK',
  })
  const ack = alice.sent[1]!.message
  assert.equal(ack.callId, invite.callId)
  assert.equal(ack.toTag, 'busy')
  assert.equal(ack.header(Header.CSEQ), invite.header(Header.CSEQ)!.replace('INVITE', 'ACK'))
  assert.ok(ack.text.endsWith('\r\n\r\n'))
})

test('numbered placeholders keep their values, octets are sent as they are when the text has CRLFs', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const to = { transport: 'udp', remote: { address: '10.0.0.1', port: 5060 } } as const
  for (let i = 0; i < 2; i++)
    net.order(alice, { verb: 'raw', text: '<call-id-1> <branch-2>\r\n\x00\xff', to })
  assert.equal(net.wire[0]!.bytes, net.wire[1]!.bytes)
  assert.ok(net.wire[0]!.bytes.endsWith('\r\n\x00\xff'))
})

test('a raw response answers the oldest open request, and the call follows it', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const bob = net.phone('bob', BOB, { behaviour: { incoming: { kind: 'manual' } } })
  net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5080' })
  const text = `SIP/2.0 200 Fine
Via: <via>
From: <from>
To: <to>;tag=<tag>
Call-ID: <call-id>
CSeq: <cseq> <method>
Contact: <<contact>>
Content-Length: <content-length>
`
  net.order(bob, { verb: 'raw', text })
  assert.deepEqual([alice.calls[0]!.state, bob.calls[0]!.state], ['established', 'established'])
  assert.equal(alice.calls[0]!.reason, 'Fine')
})

test('requests held for orders are answered one by one', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const bob = net.phone('bob', BOB, { behaviour: { replies: false } })
  net.order(alice, { verb: 'request', method: 'MESSAGE', target: 'sip:bob@10.0.0.1:5080', body: 'hi' })
  net.order(alice, { verb: 'request', method: 'OPTIONS', target: 'sip:bob@10.0.0.1:5080' })
  assert.equal(bob.pending, 2)
  net.order(bob, { verb: 'respond', method: 'OPTIONS', status: 404 })
  net.order(bob, { verb: 'respond', status: 202, reason: 'Noted', headers: [['X-A', 'b']] })
  assert.deepEqual(
    alice.requests.map(({ status, reason }) => `${status} ${reason}`),
    ['202 Noted', '404 Not Found'],
  )
  assert.equal(alice.received.at(-1)!.message.headerNamed('x-a'), 'b')
})

test('wished headers replace, add and leave out', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const headers = [
    ['m', '<sip:elsewhere@h>'],
    ['Max-Forwards', '3'],
    ['X-One', '1'],
    ['X-One', '2'],
    ['Allow', null],
  ] as const
  net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5080', headers })
  const { message, text } = alice.sent[0]!
  assert.deepEqual(message.valuesOf(Header.CONTACT), ['<sip:elsewhere@h>'])
  assert.equal(message.header(Header.MAX_FORWARDS), '3')
  assert.deepEqual(message.headersNamed('X-One'), ['1', '2'])
  assert.equal(message.headerNamed('Allow'), undefined)
  assert.match(text, /X-One: 2\r\nContent-Length: \d+\r\n\r\nv=0/)
})

test('nothing that arrives makes a phone throw, and what it keeps stays bounded', () => {
  const net = new BackToBack()
  const answers = { behaviour: { incoming: { kind: 'answer' } } } as const
  const alice = net.phone('alice', ALICE, answers)
  const bob = net.phone('bob', BOB, answers)
  net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5080' })
  net.order(alice, { verb: 'hangup' })
  const seeds = net.wire.map(({ bytes }) => bytes)
  const random = new Random(99)
  for (let i = 0; i < 4000; i++) {
    const seed = seeds[random.below(seeds.length)]!
    let bytes = seed
    for (let edits = random.below(4); edits >= 0; edits--) {
      const at = random.below(bytes.length)
      const put = ['', '\r\n', ';', '<', '"', '\xff', '99999999999', String(i)][random.below(8)]!
      bytes = bytes.slice(0, at) + put + bytes.slice(at + random.below(6))
    }
    net.inject(5999, random.below(2) === 0 ? ALICE : BOB, bytes)
  }
  net.run(200_000)
  assert.equal(alice.pending + bob.pending, 0)
  assert.ok(bob.received.length <= JOURNAL_MESSAGES_MAX * 1.5)
})

test('the same seed and the same inputs give the same bytes', () => {
  const run = (): string[] => {
    const net = new BackToBack()
    const alice = net.phone('alice', ALICE)
    net.phone('bob', BOB, { behaviour: { incoming: { kind: 'answer', afterMs: 10 } } })
    net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5080' })
    net.run(1000)
    net.order(alice, { verb: 'hangup' })
    return net.wire.map(({ bytes }) => bytes)
  }
  assert.deepEqual(run(), run())
})

test('with a fifth of all packets lost, every call ends in an agreed way and nothing is left open', () => {
  const net = new BackToBack()
  const random = new Random(4)
  net.delayMs = 20
  net.lose = () => random.below(5) === 0
  const alice = net.phone('alice', ALICE)
  const bob = net.phone('bob', BOB, { behaviour: { incoming: { kind: 'answer', afterMs: 2000 } } })
  for (let i = 0; i < 200; i++) {
    net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5080' })
    net.run(random.below(6000))
    net.order(alice, { verb: 'hangup' })
    net.run(100)
  }
  net.run(200_000)
  assert.equal(alice.pending + bob.pending, 0)
  const ends = new Map<string, number>()
  for (const { callId, state } of alice.calls) {
    const other = bob.calls.find((call) => call.callId === callId)?.state ?? 'unseen'
    ends.set(`${state}/${other}`, (ends.get(`${state}/${other}`) ?? 0) + 1)
  }
  assert.deepEqual([...ends.keys()].sort(), ['cancelled/cancelled', 'ended/ended'])
  assert.equal(alice.deadline, undefined)
})

test('a call that is to be cancelled is not sent again when it is challenged', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE, { password: 'x' })
  let challenge = ''
  net.stub(BOB, (request) => {
    if (request.method === 'INVITE')
      challenge = response(request, '407 Who', 'p', 'Proxy-Authenticate: Digest realm="r", nonce="n"')
    return []
  })
  net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5080' })
  net.order(alice, { verb: 'cancel' })
  net.inject(BOB, ALICE, challenge)
  assert.deepEqual(net.lines(ALICE), ['0 INVITE sip:bob@10.0.0.1:5080', '0 ACK sip:bob@10.0.0.1:5080'])
  assert.deepEqual([alice.calls[0]!.state, alice.calls[0]!.status], ['cancelled', 407])
})

test('the network saying unreachable fails a call at once with 503', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5999' })
  const [local, remote] = [ALICE, 5999].map((port) => ({ address: '10.0.0.1', port }))
  alice.step({ type: 'unreachable', transport: 'udp', local: local!, remote: remote! }, 3)
  assert.deepEqual([alice.calls[0]!.state, alice.calls[0]!.status], ['failed', 503])
  assert.equal(alice.deadline, undefined)
})

test('a re-INVITE answered by hand has its 200 repeated until the ACK', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const bob = net.phone('bob', BOB, { behaviour: { incoming: { kind: 'answer' }, replies: false } })
  net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5080' })
  net.order(alice, { verb: 'hold' })
  let lost = 0
  net.lose = ({ bytes }) => bytes.startsWith('ACK') && lost++ < 1
  net.order(bob, { verb: 'respond', status: 200, body: 'v=0\r\n' })
  net.run(1000)
  assert.deepEqual(net.lines(BOB).slice(-2), ['0 200 OK', '500 200 OK'])
  assert.equal(alice.calls[0]!.hold, 'local')
})
