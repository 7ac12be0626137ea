// Two phones back to back (no proxy): whole calls, judged by what went over the wire and by what the phones show.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Header } from '../sip/names.js'
import { BackToBack } from './back-to-back.js'
import type { Phone } from './phone.js'

const ALICE = 5070
const BOB = 5080
const BOB_URI = 'sip:bob@10.0.0.1:5080'

interface Pair {
  net: BackToBack
  alice: Phone
  bob: Phone
}

function pair(): Pair {
  const net = new BackToBack()
  return { net, alice: net.phone('alice', ALICE), bob: net.phone('bob', BOB) }
}

function call({ net, alice }: Pair): void {
  net.order(alice, { verb: 'call', target: BOB_URI })
}

function establish(both: Pair): void {
  call(both)
  both.net.order(both.bob, { verb: 'answer' })
}

const states = (...phones: Phone[]) => phones.map((phone) => phone.calls.at(-1)?.state)

test('a request goes to the first Route that it is given, not to its URI', () => {
  const { net, alice, bob } = pair()
  net.order(alice, { verb: 'call', target: 'sip:far@192.0.2.1', routes: ['<sip:10.0.0.1:5080;lr>'] })
  assert.deepEqual(states(bob), ['ringing'])
  assert.equal(net.lines()[0], '0 INVITE sip:far@192.0.2.1')
})

test('a whole call: INVITE, 180, 200, ACK, BYE, 200, and nothing more', () => {
  const both = pair()
  const { net, alice, bob } = both
  call(both)
  assert.deepEqual(states(alice, bob), ['ringing', 'ringing'])
  assert.equal(bob.calls[0]!.ringing, true)
  assert.equal(alice.calls[0]!.ringback, 1)
  net.run(1000)
  net.order(bob, { verb: 'answer' })
  assert.deepEqual(states(alice, bob), ['established', 'established'])
  net.run(5000)
  net.order(alice, { verb: 'hangup' })
  assert.deepEqual(states(alice, bob), ['ended', 'ended'])
  net.run(100_000)
  assert.deepEqual(net.lines(), [
    `0 INVITE ${BOB_URI}`,
    '0 180 Ringing',
    '1000 200 OK',
    `1000 ACK ${BOB_URI}`,
    `6000 BYE ${BOB_URI}`,
    '6000 200 OK',
  ])
  assert.equal(alice.pending + bob.pending, 0)
  assert.deepEqual([alice.calls[0]!.endedBy, bob.calls[0]!.endedBy], ['local', 'remote'])
  assert.equal(alice.calls[0]!.byeStatus, 200)
  assert.equal(alice.deadline, undefined)
  assert.equal(bob.deadline, undefined)
})

test('the messages of a call carry matching tags, Call-ID and rising CSeq numbers', () => {
  const both = pair()
  establish(both)
  both.net.order(both.bob, { verb: 'hangup' })
  const [callA, callB] = [both.alice.calls[0]!, both.bob.calls[0]!]
  assert.equal(callA.callId, callB.callId)
  assert.equal(callA.localTag, callB.remoteTag)
  assert.equal(callA.remoteTag, callB.localTag)
  const sent = both.alice.sent.filter(({ message }) => message.isRequest).map(({ message }) => message)
  assert.deepEqual(
    sent.map((message) => message.header(Header.CSEQ)),
    ['1 INVITE', '1 ACK'],
  )
  assert.notEqual(
    branchOf(sent[0]!.text),
    branchOf(sent[1]!.text),
    'the ACK of a 2xx has a branch of its own',
  )
  assert.equal(both.bob.sent.at(-1)!.message.header(Header.CSEQ), '1 BYE')
})

const branchOf = (text: string) => /branch=([^;\r]+)/.exec(text)![1]

test('offer and answer name a port of its own for each call', () => {
  const both = pair()
  establish(both)
  establish(both)
  const ports = (phone: Phone) => phone.calls.map(({ sdpLocal }) => /m=audio (\d+)/.exec(sdpLocal!)![1])
  assert.deepEqual(ports(both.alice), ['10000', '10002'])
  assert.deepEqual(ports(both.bob), ['10000', '10002'])
  assert.equal(both.alice.calls[0]!.sdpRemote, both.bob.calls[0]!.sdpLocal)
})

test('a call without an offer gets one in the 200 and is answered in the ACK', () => {
  const { net, alice, bob } = pair()
  net.order(alice, { verb: 'call', target: BOB_URI, body: null })
  net.order(bob, { verb: 'answer' })
  assert.match(bob.calls[0]!.sdpLocal!, /m=audio 10000 /)
  assert.equal(alice.calls[0]!.sdpRemote, bob.calls[0]!.sdpLocal)
  assert.equal(bob.calls[0]!.sdpRemote, alice.calls[0]!.sdpLocal)
  assert.match(bob.received.at(-1)!.text, /^ACK [\s\S]*\r\nContent-Type: application\/sdp\r\n[\s\S]*m=audio/)
})

test('183 with a session description is early media', () => {
  const both = pair()
  call(both)
  both.net.order(both.bob, { verb: 'progress', status: 183 })
  const seen = both.alice.calls[0]!
  assert.deepEqual([seen.state, seen.earlyMedia, seen.provisionals], ['early', true, [180, 183]])
  assert.equal(seen.sdpRemote, both.bob.calls[0]!.sdpLocal)
})

test('a rejected call fails with the status, and the ACK ends the transaction', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', incoming: { kind: 'reject', status: 486 } })
  call(both)
  assert.deepEqual(states(both.alice, both.bob), ['failed', 'failed'])
  assert.deepEqual([both.alice.calls[0]!.status, both.alice.calls[0]!.reason], [486, 'Busy Here'])
  both.net.run(60_000)
  assert.deepEqual(both.net.lines(), [`0 INVITE ${BOB_URI}`, '0 486 Busy Here', `0 ACK ${BOB_URI}`])
  assert.equal(branchOf(both.net.wire[0]!.bytes), branchOf(both.net.wire[2]!.bytes))
})

test('a redirected call shows the contacts, best q first', () => {
  const both = pair()
  call(both)
  const contacts = [
    { uri: 'sip:low@10.0.0.9', q: 0.2 },
    { uri: 'sip:high@10.0.0.9', q: 0.9 },
  ]
  both.net.order(both.bob, { verb: 'redirect', status: 302, contacts })
  assert.equal(both.alice.calls[0]!.status, 302)
  assert.deepEqual(both.alice.calls[0]!.contacts, ['sip:high@10.0.0.9', 'sip:low@10.0.0.9'])
})

test('a phone that follows redirections calls the contact with the same Call-ID and the next CSeq', () => {
  const both = pair()
  const carol = both.net.phone('carol', 5090, { behaviour: { incoming: { kind: 'answer' } } })
  both.net.order(both.alice, { verb: 'behave', followsRedirects: true })
  both.net.order(both.bob, {
    verb: 'behave',
    incoming: { kind: 'redirect', status: 302, contacts: [{ uri: 'sip:carol@10.0.0.1:5090' }] },
  })
  call(both)
  assert.deepEqual(states(both.alice, carol), ['established', 'established'])
  assert.equal(carol.received[0]!.message.header(Header.CSEQ), '2 INVITE')
  assert.equal(carol.calls[0]!.callId, both.bob.calls[0]!.callId)
})

test('a cancelled call: 200 to the CANCEL, 487 to the INVITE, ACK', () => {
  const both = pair()
  call(both)
  both.net.order(both.alice, { verb: 'cancel' })
  assert.deepEqual(states(both.alice, both.bob), ['cancelled', 'cancelled'])
  assert.equal(both.bob.calls[0]!.ringing, false)
  assert.deepEqual(both.net.lines().slice(2), [
    `0 CANCEL ${BOB_URI}`,
    '0 200 OK',
    '0 487 Request Terminated',
    `0 ACK ${BOB_URI}`,
  ])
  assert.equal(branchOf(both.net.wire[2]!.bytes), branchOf(both.net.wire[0]!.bytes))
  const tags = both.net.wire.slice(3, 5).map(({ bytes }) => /\r\nTo: [^\r]*;tag=(\w+)/.exec(bytes)![1])
  assert.equal(tags[0], tags[1], 'the CANCEL is answered with the To tag of the INVITE')
})

test('CANCEL waits for a provisional response', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', incoming: { kind: 'manual' } })
  call(both)
  both.net.order(both.alice, { verb: 'cancel' })
  assert.deepEqual(both.net.lines(), [`0 INVITE ${BOB_URI}`])
  both.net.run(100)
  both.net.order(both.bob, { verb: 'progress', status: 100 })
  assert.deepEqual(both.net.lines().slice(1, 3), ['100 100 Trying', `100 CANCEL ${BOB_URI}`])
  assert.deepEqual(states(both.alice, both.bob), ['cancelled', 'cancelled'])
})

test('a call answered although it was to be cancelled is acknowledged and hung up', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', incoming: { kind: 'answer', ring: false, afterMs: 50 } })
  call(both)
  both.net.order(both.alice, { verb: 'cancel' })
  both.net.run(100)
  assert.deepEqual(
    both.net.lines(ALICE).map((line) => line.split(' ')[1]),
    ['INVITE', 'ACK', 'BYE'],
  )
  assert.deepEqual(states(both.alice, both.bob), ['ended', 'ended'])
})

test('64*T1 after a CANCEL the call counts as cancelled even without a final response', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', replies: false })
  call(both)
  both.net.order(both.alice, { verb: 'cancel' })
  both.net.run(31_999)
  assert.deepEqual(states(both.alice), ['ringing'])
  both.net.run(1)
  assert.deepEqual(states(both.alice), ['cancelled'])
})

test('hanging up before the answer cancels; hanging up an incoming call declines it', () => {
  const both = pair()
  call(both)
  both.net.order(both.alice, { verb: 'hangup' })
  assert.deepEqual(states(both.alice, both.bob), ['cancelled', 'cancelled'])
  call(both)
  both.net.order(both.bob, { verb: 'hangup' })
  assert.deepEqual([both.alice.calls[1]!.state, both.alice.calls[1]!.status], ['failed', 603])
})

test('an INVITE into the void is sent at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s and fails with 408 at 32 s', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', silent: true })
  call(both)
  both.net.run(31_999)
  assert.deepEqual(states(both.alice), ['calling'])
  both.net.run(100_000)
  const times = both.net.wire.map(({ at }) => at)
  assert.deepEqual(times, [0, 500, 1500, 3500, 7500, 15_500, 31_500])
  assert.deepEqual([both.alice.calls[0]!.state, both.alice.calls[0]!.status], ['failed', 408])
  assert.equal(both.alice.calls[0]!.ended, 32_000)
  assert.equal(both.bob.received.length, 7)
})

test('another request into the void is sent at 0, 0.5, 1.5, 3.5, 7.5, 11.5 ... s until 32 s', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', silent: true })
  both.net.order(both.alice, { verb: 'request', method: 'OPTIONS', target: BOB_URI })
  both.net.run(100_000)
  const times = both.net.wire.map(({ at }) => at)
  assert.deepEqual(times, [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
  assert.equal(both.alice.requests[0]!.status, 408)
})

test('a phone told not to retransmit sends an INVITE once', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', silent: true })
  both.net.order(both.alice, { verb: 'behave', retransmits: false })
  call(both)
  both.net.run(100_000)
  assert.equal(both.net.wire.length, 1)
  assert.equal(both.alice.calls[0]!.status, 408)
})

test('a retransmitted INVITE is answered with the last provisional response again', () => {
  const both = pair()
  let lost = 0
  both.net.lose = ({ bytes }) => bytes.startsWith('SIP/2.0 180') && lost++ < 2
  call(both)
  both.net.run(3000)
  assert.deepEqual(both.net.lines(BOB), ['0 180 Ringing', '500 180 Ringing', '1500 180 Ringing'])
  assert.equal(both.bob.calls.length, 1)
})

test('a 2xx is sent again until its ACK arrives, and each copy is acknowledged', () => {
  const both = pair()
  let lost = 0
  both.net.lose = ({ bytes }) => bytes.startsWith('ACK') && lost++ < 3
  establish(both)
  assert.deepEqual(states(both.alice, both.bob), ['established', 'answered'])
  both.net.run(60_000)
  assert.deepEqual(both.net.lines(BOB).slice(1), ['0 200 OK', '500 200 OK', '1500 200 OK', '3500 200 OK'])
  assert.equal(both.net.lines(ALICE).filter((line) => line.includes('ACK')).length, 4)
  const acks = both.net.wire.filter(({ bytes }) => bytes.startsWith('ACK'))
  assert.equal(new Set(acks.map(({ bytes }) => bytes)).size, 1, 'the very same ACK each time')
  assert.deepEqual(states(both.alice, both.bob), ['established', 'established'])
})

test('without any ACK the 2xx is repeated up to 32 s, then the callee hangs up', () => {
  const both = pair()
  both.net.order(both.alice, { verb: 'behave', acknowledges: false })
  establish(both)
  both.net.run(100_000)
  const answers = both.net.wire.filter(
    ({ from, bytes }) => from === BOB && /^SIP\/2.0 200[\s\S]*INVITE/.test(bytes),
  )
  assert.deepEqual(
    answers.map(({ at }) => at),
    [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
  )
  assert.equal(both.net.lines(BOB).at(-1), `32000 BYE sip:alice@10.0.0.1:${ALICE}`)
  assert.deepEqual([both.bob.calls[0]!.state, both.bob.calls[0]!.reason], ['ended', 'no ACK'])
})

test('a phone that does not acknowledge by itself does so when ordered', () => {
  const both = pair()
  both.net.order(both.alice, { verb: 'behave', acknowledges: false })
  establish(both)
  assert.deepEqual(states(both.alice, both.bob), ['answered', 'answered'])
  both.net.order(both.alice, { verb: 'acknowledge' })
  assert.deepEqual(states(both.alice, both.bob), ['established', 'established'])
})

test('a non-2xx final response is repeated until its ACK arrives', () => {
  const both = pair()
  let lost = 0
  both.net.order(both.bob, { verb: 'behave', incoming: { kind: 'reject', status: 404 } })
  both.net.lose = ({ bytes }) => bytes.startsWith('ACK') && lost++ < 3
  call(both)
  both.net.run(60_000)
  assert.deepEqual(both.net.lines(BOB), [
    '0 404 Not Found',
    '500 404 Not Found',
    '1500 404 Not Found',
    '3500 404 Not Found',
  ])
  assert.equal(both.bob.pending, 0)
})

test('the callee that hangs up before the ACK waits for it', () => {
  const both = pair()
  both.net.order(both.alice, { verb: 'behave', acknowledges: false })
  establish(both)
  both.net.order(both.bob, { verb: 'hangup' })
  assert.equal(both.net.lines(BOB).at(-1), '0 200 OK')
  both.net.order(both.alice, { verb: 'acknowledge' })
  assert.deepEqual(states(both.alice, both.bob), ['ended', 'ended'])
  assert.equal(both.net.lines(BOB).at(-1), `0 BYE sip:alice@10.0.0.1:${ALICE}`)
})

test('answering after a while, and ringing without an answer', () => {
  const both = pair()
  both.net.order(both.bob, { verb: 'behave', incoming: { kind: 'answer', afterMs: 3000 } })
  call(both)
  both.net.run(2999)
  assert.deepEqual(states(both.alice), ['ringing'])
  both.net.run(1)
  assert.deepEqual(states(both.alice, both.bob), ['established', 'established'])
  assert.equal(both.alice.calls[0]!.established, 3000)
})

test('both hang up at once: both BYEs are answered with 200', () => {
  const both = pair()
  establish(both)
  both.net.delayMs = 100
  both.net.order(both.alice, { verb: 'hangup' })
  both.net.order(both.bob, { verb: 'hangup' })
  both.net.run(1000)
  assert.deepEqual([both.alice.calls[0]!.byeStatus, both.bob.calls[0]!.byeStatus], [200, 200])
})
