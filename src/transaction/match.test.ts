// Transaction: match.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { clientKey, responseKey, serverKey } from './match.js'

function message(firstLine: string, ...headers: string[]): Message {
  const parsed = parseMessage([firstLine, ...headers, '', ''].join('\r\n'))
  assert.ok(!(parsed instanceof Malformed))
  return parsed
}

const VIA = 'Via: SIP/2.0/UDP host.example:5060;branch=z9hG4bK77'
const REST = ['From: <sip:a@x>;tag=1', 'To: <sip:b@x>', 'Call-ID: c1', 'CSeq: 7 INVITE']

test('with the cookie the key is branch, sent-by and method, so ACK finds its INVITE', () => {
  const invite = message('INVITE sip:b@x SIP/2.0', VIA, ...REST)
  const ack = message('ACK sip:other SIP/2.0', VIA, 'Call-ID: c1', 'CSeq: 7 ACK')
  assert.equal(serverKey(invite), serverKey(ack))
  const bye = message('BYE sip:b@x SIP/2.0', VIA, ...REST)
  assert.notEqual(serverKey(invite), serverKey(bye))
})

test('the same branch from another sender is another transaction', () => {
  const one = message('INVITE sip:b@x SIP/2.0', VIA, ...REST)
  const two = message(
    'INVITE sip:b@x SIP/2.0',
    VIA.replace('host.example:5060', 'other.example:5060'),
    ...REST,
  )
  assert.notEqual(serverKey(one), serverKey(two))
  const upper = message('INVITE sip:b@x SIP/2.0', VIA.replace('host.example:5060', 'HOST.example'), ...REST)
  assert.equal(serverKey(one), serverKey(upper))
})

test('a CANCEL asks for its INVITE by the key with the method INVITE', () => {
  const invite = message('INVITE sip:b@x SIP/2.0', VIA, ...REST)
  const cancel = message('CANCEL sip:b@x SIP/2.0', VIA, ...REST.slice(0, 3), 'CSeq: 7 CANCEL')
  assert.notEqual(serverKey(cancel), serverKey(invite))
  assert.equal(serverKey(cancel, 'INVITE'), serverKey(invite))
})

test('without the cookie the fields that a retransmission repeats decide, and the To tag of an ACK does not', () => {
  const old = VIA.replace('z9hG4bK77', '77')
  const invite = message('INVITE sip:b@x SIP/2.0', old, ...REST)
  const ack = message(
    'ACK sip:b@x SIP/2.0',
    old,
    REST[0]!,
    'To: <sip:b@x>;tag=9',
    'Call-ID: c1',
    'CSeq: 7 ACK',
  )
  const next = message('INVITE sip:b@x SIP/2.0', old, ...REST.slice(0, 3), 'CSeq: 8 INVITE')
  assert.equal(serverKey(invite), serverKey(ack))
  assert.notEqual(serverKey(invite), serverKey(next))
})

test('a response finds its client transaction by branch and CSeq method', () => {
  const response = message('SIP/2.0 200 OK', VIA, ...REST)
  assert.equal(responseKey(response), clientKey('z9hG4bK77', 'INVITE'))
  assert.notEqual(responseKey(response), clientKey('z9hG4bK77', 'CANCEL'))
})

test('no key is made up when Via or CSeq cannot be read', () => {
  assert.equal(serverKey(message('INVITE sip:b@x SIP/2.0', 'Via: what', ...REST)), undefined)
  assert.equal(serverKey(message('INVITE sip:b@x SIP/2.0', ...REST)), undefined)
  assert.equal(serverKey(message('INVITE sip:b@x SIP/2.0', 'Via: SIP/2.0/UDP h', 'CSeq: x')), undefined)
  assert.equal(responseKey(message('SIP/2.0 200 OK', VIA, 'CSeq: 1')), undefined)
  assert.equal(responseKey(message('SIP/2.0 200 OK', 'Via: SIP/2.0/UDP h', 'CSeq: 1 BYE')), undefined)
})
