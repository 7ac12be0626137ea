// NATs of the virtual network: who is seen where, who is let in, and for how long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Nats } from './nat.js'

const INSIDE = { address: '192.168.0.2', port: 5060 }
const PUBLIC = '203.0.113.1'
const SERVER = { address: '10.0.0.1', port: 5060 }

function hidden(): Nats {
  const nats = new Nats()
  nats.hide('192.168.0.2', PUBLIC, 30_000)
  return nats
}

test('who is inside is seen at one port of the NAT, wherever he sends to', () => {
  const nats = hidden()
  const first = nats.source(INSIDE, SERVER, 0)
  assert.deepEqual(first, { address: PUBLIC, port: 40_000 })
  assert.deepEqual(nats.source(INSIDE, { address: '10.0.0.9', port: 1 }, 5), first)
  assert.deepEqual(nats.source({ ...INSIDE, port: 5070 }, SERVER, 5), { address: PUBLIC, port: 40_001 })
})

test('others are seen as they are', () => {
  assert.equal(hidden().source(SERVER, INSIDE, 0), SERVER)
  assert.equal(hidden().target(SERVER, INSIDE, 0), SERVER)
})

test('the address inside leads nowhere, and neither does a port that nobody has', () => {
  assert.equal(hidden().target(INSIDE, SERVER, 0), 'nowhere')
  assert.equal(hidden().target({ address: PUBLIC, port: 40_000 }, SERVER, 0), 'nowhere')
})

test('only who was sent to can answer', () => {
  const nats = hidden()
  const outside = nats.source(INSIDE, SERVER, 0)
  assert.deepEqual(nats.target(outside, SERVER, 10), INSIDE)
  assert.equal(nats.target(outside, { ...SERVER, port: 5061 }, 10), 'nowhere')
})

test('what nothing passes through is forgotten; what passes in either direction keeps it open', () => {
  const nats = hidden()
  const outside = nats.source(INSIDE, SERVER, 0)
  assert.deepEqual(nats.target(outside, SERVER, 30_000), INSIDE)
  assert.deepEqual(nats.target(outside, SERVER, 60_000), INSIDE)
  assert.equal(nats.target(outside, SERVER, 90_001), 'nowhere')
  assert.notDeepEqual(nats.source(INSIDE, SERVER, 90_001), outside)
})
