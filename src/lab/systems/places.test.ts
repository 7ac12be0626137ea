// Where the addresses of scenarios are in a run with programs of their own.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { around, onLoopback, type Places } from './places.js'

const LOOPBACK: readonly (readonly [string, string])[] = [
  ['10.0.0.11', '127.88.0.11'],
  ['sip:bob@10.0.0.12:5060;transport=tcp', 'sip:bob@127.88.0.12:5060;transport=tcp'],
  ['udp:10.1.2.3:5060, tcp:10.200.2.3', 'udp:127.89.2.3:5060, tcp:127.32.2.3'],
  ['the phone at 10.0.0.11.', 'the phone at 127.88.0.11.'],
  ['110.0.0.1 10.0.0.1.5 1.10.0.0.1 192.0.2.1', '110.0.0.1 10.0.0.1.5 1.10.0.0.1 192.0.2.1'],
]

test('scenario addresses on loopback, wherever a text names them', () => {
  for (const [text, placed] of LOOPBACK) assert.equal(onLoopback(text), placed)
})

test('what has been placed stays where it is', () => {
  for (const [, placed] of LOOPBACK) assert.equal(onLoopback(placed), placed)
})

const AWAY: Places = around({ address: '192.0.2.7', port: 5070 }, '192.0.2.9')
const NEAR: Places = around({ address: '127.0.0.5', port: 5070 }, undefined)

test('around a server that runs, the proxy is the server and everybody else has a port of this machine', () => {
  assert.equal(AWAY('udp:10.0.0.1:5060'), 'udp:192.0.2.7:5070')
  assert.equal(AWAY('10.0.0.1'), '192.0.2.7:5070')
  assert.equal(AWAY('sip:bob@10.0.0.12:5060'), 'sip:bob@192.0.2.9:20012')
  assert.equal(AWAY('10.0.1.12'), '192.0.2.9:20268')
  assert.equal(NEAR('10.0.0.1'), '127.0.0.5:5070')
  assert.equal(NEAR('10.0.0.11'), '127.88.0.11')
  assert.equal(around({ address: '2001:db8::1', port: 5060 }, undefined)('10.0.0.1'), '[2001:db8::1]:5060')
})
