// A recorded party answers what this run asks of it: the nonce, the branch and the tag of today.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bytes, Send } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { Random } from '../random.js'
import { credentialsOf, digestResponse, readDigest, secretHash } from '../sip/digest.js'
import type { CapturedMessage } from './message.js'
import { planOf } from './plan.js'
import { CapturePlayer } from './player.js'
import { sampleRequest, sampleResponse } from './sample-captures.js'
import { Translation } from './translation.js'

const ALICE = { address: '10.0.0.11', port: 5060 }
const SERVER = { address: '10.0.0.1', port: 5060 }

function capture(
  ...messages: readonly (readonly [at: number, isSent: boolean, bytes: Bytes])[]
): CapturedMessage[] {
  return messages.map(([at, isSent, bytes], index) => ({
    ...{ at, frame: index + 1, transport: 'udp', bytes, isSip: true },
    ...(isSent ? { source: ALICE, target: SERVER } : { source: SERVER, target: ALICE }),
  }))
}

function playing(
  messages: readonly CapturedMessage[],
  password = '',
): { player: CapturePlayer; mark: string } {
  const plan = planOf(messages, [SERVER], 'both')
  const [party] = plan.parties
  const mark = '-r1'
  const player = new CapturePlayer({
    ...{ plan: party!, local: ALICE, placeOf: (address) => address, speed: 1, random: new Random(1) },
    passwords: new Map(password === '' ? [] : [['alice', password]]),
  })
  return { player, mark }
}

function sent(player: CapturePlayer, bytes: Bytes | Translation, now: number): Bytes[] {
  const outputs =
    typeof bytes === 'string'
      ? player.step({ type: 'packet', transport: 'udp', local: ALICE, remote: SERVER, bytes }, now)
      : player.step({ type: 'command', command: { perform: bytes } }, now)
  return [...outputs, ...player.step({ type: 'wake' }, now + 10)].map((output) => (output as Send).bytes)
}

const CHALLENGE = 'WWW-Authenticate: Digest realm="example.com", nonce="NONCE", qop="auth"\r\nContent-Length'
const challenge = (nonce: string, bytes: Bytes): Bytes =>
  bytes.replace('Content-Length', CHALLENGE.replace('NONCE', nonce))
const register = sampleRequest('REGISTER', 'r')
const refused = sampleResponse('401 Unauthorized', 'REGISTER', 'r')
const again = register
  .replace('CSeq: 1', 'CSeq: 2')
  .replace(
    'Content-Length',
    'Authorization: Digest username="alice", realm="example.com", nonce="old", uri="sip:bob@example.com", response="0", qop=auth, nc=00000001, cnonce="c"\r\nContent-Length',
  )

test('a digest answer is made anew for the nonce of the run, with the password that was given', () => {
  const { player, mark } = playing(
    capture([0, true, register], [1, false, challenge('old', refused)], [2, true, again]),
    'wonder',
  )
  const translation = new Translation({
    moved: [],
    mark,
    own: new Set(['ar', 'r@10.0.0.11', 'z9hG4bKrREGISTER']),
  })
  const [first] = sent(player, translation, 1000)
  assert.match(first!, /Call-ID: r@10\.0\.0\.11-r1\r\n/)
  const [second, ...more] = sent(player, translation.toOurs(challenge('today', refused)), 1020)
  assert.deepEqual(more, [])
  const value = /^Authorization: (.*)$/m.exec(second!)![1]!
  const params = readDigest(value.trim())
  assert.ok(params !== undefined && !(params instanceof Malformed))
  const credentials = credentialsOf(params)
  assert.ok(!(credentials instanceof Malformed) && credentials.algorithm !== undefined)
  assert.equal(credentials.nonce, 'today')
  const { algorithm } = credentials
  const right = digestResponse(
    secretHash('MD5', 'alice', 'example.com', 'wonder'),
    { ...credentials, algorithm },
    { method: 'REGISTER', body: '' },
  )
  assert.equal(credentials.response, right)
})

test('without the password the recorded answer is sent as it was', () => {
  const { player } = playing(
    capture([0, true, register], [1, false, challenge('old', refused)], [2, true, again]),
  )
  const translation = new Translation({ moved: [], mark: '', own: new Set() })
  sent(player, translation, 1000)
  assert.deepEqual(sent(player, challenge('today', refused), 1020), [again])
})

test('a response carries the Via of today, an ACK the tag of today; what was never asked is not answered', () => {
  const invite = sampleRequest('INVITE', 'c')
  const recorded = invite.replace('Via:', 'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKold\r\nVia:')
  const ringing = sampleResponse('180 Ringing', 'INVITE', 'c').replace(
    'Via:',
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKold\r\nVia:',
  )
  const { player } = playing(capture([0, false, recorded], [50, true, ringing]))
  const translation = new Translation({ moved: [], mark: '', own: new Set() })
  assert.deepEqual(sent(player, translation, 0), [])
  assert.deepEqual(player.step({ type: 'wake' }, 100_000), [])
  const [answer] = [
    ...sent(player, recorded.replace('z9hG4bKold', 'z9hG4bKnew'), 200),
    ...player.step({ type: 'wake' }, 250).map((output) => (output as Send).bytes),
  ]
  assert.equal(answer, ringing.replace('z9hG4bKold', 'z9hG4bKnew'))

  const ok = sampleResponse('200 OK', 'INVITE', 'c')
  const ack = sampleRequest('ACK', 'c').replace(
    'To: <sip:bob@example.com>',
    'To: <sip:bob@example.com>;tag=bc',
  )
  const caller = playing(capture([0, true, invite], [10, false, ok], [20, true, ack])).player
  assert.deepEqual(sent(caller, translation, 0), [invite])
  const [sentAck] = sent(caller, ok.replace('tag=bc', 'tag=today'), 5)
  assert.equal(sentAck, ack.replace('tag=bc', 'tag=today'))
})
