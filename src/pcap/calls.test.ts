// Calls of a capture: what came of them, what they lack, which of them are legs of one; and how values are compared.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { callsOf, legsOf } from './calls.js'
import { messageChanges } from './compare.js'
import type { CapturedMessage } from './message.js'
import { guessServer } from './plan.js'
import { DEFAULT_POLICY, readPolicy, type Policy } from './policy.js'
import { Renames } from './renames.js'
import { sampleRequest, sampleResponse } from './sample-captures.js'
import { Translation } from './translation.js'

const ALICE = { address: '10.0.0.11', port: 5060 }
const MIDDLE = { address: '10.0.0.1', port: 5060 }
const BOB = { address: '10.0.0.12', port: 5060 }

function captured(at: number, source: typeof ALICE, target: typeof ALICE, bytes: Bytes): CapturedMessage {
  return { at, frame: at + 1, transport: 'udp', source, target, bytes, isSip: true }
}

function parsed(bytes: Bytes): Message {
  const message = parseMessage(bytes)
  assert.ok(!(message instanceof Malformed))
  return message
}

test('a call that lacks its final response, its ACK, its BYE or its request says so', () => {
  const invite = captured(0, ALICE, BOB, sampleRequest('INVITE', 'c'))
  const ringing = captured(1, BOB, ALICE, sampleResponse('180 Ringing', 'INVITE', 'c'))
  const ok = captured(2, BOB, ALICE, sampleResponse('200 OK', 'INVITE', 'c'))
  const path = 'from 10.0.0.11:5060 to 10.0.0.12:5060'
  const lacks = (messages: CapturedMessage[]) => callsOf(messages).flatMap(({ missing }) => missing)
  assert.deepEqual(lacks([invite]), [`the response to the INVITE ${path}`])
  assert.deepEqual(lacks([invite, ringing]), [`the final response to the INVITE ${path}`])
  assert.deepEqual(lacks([invite, ringing, ok]), [`the ACK to the 200 ${path}`, 'a BYE'])
  assert.deepEqual(lacks([captured(2, BOB, ALICE, sampleResponse('200 OK', 'BYE', 'c'))]), [
    `the BYE ${path}`,
  ])
  const [call] = callsOf([invite, { ...invite, at: 500 }, ringing, ok])
  assert.deepEqual(
    call!.messages.map(({ retransmission }) => retransmission),
    [false, true, false, false],
  )
  assert.equal(call!.outcome, 'answered')
  assert.equal(
    callsOf([invite, captured(1, BOB, ALICE, sampleResponse('486 Busy Here', 'INVITE', 'c'))])[0]!.outcome,
    'failed: 486 Busy Here',
  )
})

const SDP =
  'v=0\r\no=- 1 1 IN IP4 10.0.0.11\r\ns=-\r\nc=IN IP4 10.0.0.11\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'

function invite(callId: string, more: { header?: string; body?: Bytes; from?: string } = {}): Bytes {
  const text = sampleRequest('INVITE', callId).replace('alice@example', `${more.from ?? 'alice'}@example`)
  return text.replace(
    'Content-Length: 0\r\n\r\n',
    `${more.header ?? ''}Content-Length: ${more.body?.length ?? 0}\r\n\r\n${more.body ?? ''}`,
  )
}

test('legs across a B2BUA: named by a header, by the session, by the users; each says on what it rests', () => {
  const pair = (one: Bytes, other: Bytes, at = 20) =>
    legsOf(callsOf([captured(0, ALICE, MIDDLE, one), captured(at, MIDDLE, BOB, other)])).map(
      ({ because }) => because,
    )
  assert.deepEqual(pair(invite('a'), invite('b', { header: 'X-Call-ID: a@10.0.0.11\r\n', from: 'x' })), [
    'X-Call-ID names the other Call-ID',
  ])
  assert.deepEqual(pair(invite('a', { body: SDP }), invite('b', { body: SDP, from: 'anonymous' })), [
    'a guess: the same session description',
  ])
  assert.deepEqual(pair(invite('a'), invite('b')), ['a guess: From and To users, and the times'])
  assert.deepEqual(pair(invite('a'), invite('b', { from: 'carol' })), [])
  assert.deepEqual(pair(invite('a'), invite('b'), 9000), [])
  // The same caller calls twice: these are two calls.
  const twice = [captured(0, ALICE, MIDDLE, invite('a')), captured(20, ALICE, MIDDLE, invite('b'))]
  assert.deepEqual(legsOf(callsOf(twice)), [])
})

test('the server is the address that passes requests on, also across a B2BUA', () => {
  const through = [captured(0, ALICE, MIDDLE, invite('a')), captured(1, MIDDLE, BOB, invite('a'))]
  assert.deepEqual(guessServer(through), MIDDLE)
  assert.deepEqual(
    guessServer([captured(0, ALICE, MIDDLE, invite('a')), captured(1, MIDDLE, BOB, invite('b'))]),
    MIDDLE,
  )
  assert.deepEqual(guessServer([captured(0, ALICE, BOB, invite('a'))]), BOB)
  assert.equal(guessServer([]), undefined)
})

const policy = readPolicy(DEFAULT_POLICY) as Policy
const changed = (one: Bytes, two: Bytes, with_: Policy = policy) =>
  messageChanges(parsed(one), parsed(two), with_, new Renames()).map(({ what }) => what)
const request = invite('a', { header: 'Supported: timer,  replaces\r\nSubject: hello\r\n' })

test('values that RFC 3261 holds equal are equal: names, order of parameters, folding, blanks, compact forms', () => {
  assert.deepEqual(changed(request, request.replace('Supported: timer,  replaces', 'k: timer, replaces')), [])
  assert.deepEqual(
    changed(request, request.replace('Contact: <sip:alice@10.0.0.11>', 'm: <sip:alice@10.0.0.11>;expires=9')),
    [],
  )
  assert.deepEqual(
    changed(request, request.replace('From: <sip:alice@example.com>', 'f:  <sip:alice@EXAMPLE.com>')),
    [],
  )
  assert.deepEqual(changed(request, request.replace('Subject: hello', 'Subject:\r\n hello')), [])
  assert.deepEqual(changed(request, request.replace('Max-Forwards: 70', 'Max-Forwards: 12')), [])
  assert.deepEqual(
    changed(request, request.replace('sip:bob@example.com SIP', 'sip:bob@EXAMPLE.COM SIP')),
    [],
  )
})

test('what is not equal is told by its header', () => {
  assert.deepEqual(changed(request, request.replace('Subject: hello', 'Subject: HELLO')), ['Subject'])
  assert.deepEqual(
    changed(request, request.replace('Supported: timer,  replaces', 'Supported: replaces, timer')),
    ['Supported'],
  )
  assert.deepEqual(changed(request, request.replace('sip:bob@example.com SIP', 'sip:BOB@example.com SIP')), [
    'first line',
  ])
  assert.deepEqual(changed(request, request.replace('Subject: hello\r\n', 'P-New: 1\r\n')), [
    'Subject',
    'P-New',
  ])
  assert.deepEqual(changed(request, `${request}x`), ['body'])
  const text = readPolicy('*: text') as Policy
  assert.deepEqual(changed(request, request.replace('timer,  replaces', 'timer, replaces'), text), [
    'Supported',
  ])
})

test('a made-up name may differ, but must mean the same everywhere', () => {
  const renames = new Renames()
  const change = (one: Bytes, two: Bytes) =>
    messageChanges(parsed(one), parsed(two), policy, renames).map(({ what }) => what)
  const other = request.replace('tag=aa', 'tag=zz')
  assert.deepEqual(change(request, other), [])
  assert.deepEqual(change(request, other), [])
  assert.deepEqual(change(request, request), ['From'])
})

test('a text is said with other addresses and marked names, and back', () => {
  const translation = new Translation({
    moved: [
      { recorded: MIDDLE, ours: { address: '127.0.0.1', port: 5555 } },
      { recorded: ALICE, ours: { address: '127.0.0.1', port: 4444 } },
    ],
    mark: '-r1',
    own: new Set(['aa', 'z9hG4bKaINVITE', 'a@10.0.0.11']),
  })
  const text = invite('a', { body: SDP })
  const ours = translation.toOurs(text)
  assert.match(ours, /Via: SIP\/2\.0\/UDP 127\.0\.0\.1:4444;branch=z9hG4bKaINVITE-r1/)
  assert.match(ours, /;tag=aa-r1/)
  assert.match(ours, /Contact: <sip:alice@127\.0\.0\.1:4444>/)
  assert.ok(ours.endsWith(SDP))
  assert.equal(parsed(translation.toRecorded(ours)).fromTag, 'aa')
  const bare = (bytes: Bytes): Bytes => bytes.replace(/10\.0\.0\.11:5060/g, '10.0.0.11')
  assert.equal(bare(translation.toRecorded(ours)), bare(text))
})
