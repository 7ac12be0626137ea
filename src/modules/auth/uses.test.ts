// Counted nonces: each number once, in some disorder, in bounded memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NonceUses } from './uses.js'

const nonce = (expiryS: number, name = '') => expiryS.toString(16).padStart(8, '0') + name

test('a number counts once; its own retransmission is no second use', () => {
  const uses = new NonceUses()
  assert.ok(uses.note(nonce(100), 1, 'one', 0))
  assert.ok(uses.note(nonce(100), 1, 'one', 0))
  assert.ok(!uses.note(nonce(100), 1, 'other', 0))
  assert.ok(uses.note(nonce(100), 2, 'two', 0))
})

test('numbers may overtake each other by 31, not by more', () => {
  const uses = new NonceUses()
  assert.ok(uses.note(nonce(100), 40, 'a', 0))
  assert.ok(uses.note(nonce(100), 9, 'b', 0))
  assert.ok(!uses.note(nonce(100), 9, 'c', 0))
  assert.ok(!uses.note(nonce(100), 8, 'd', 0))
  assert.ok(uses.note(nonce(100), 0xffffffff, 'e', 0))
  assert.ok(!uses.note(nonce(100), 40, 'f', 0))
})

test('in any order no number is taken twice', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 80 })), (counts) => {
      const uses = new NonceUses()
      const taken = counts.filter((count, at) => uses.note(nonce(9), count, String(at), 0))
      assert.equal(new Set(taken).size, taken.length)
    }),
  )
})

test('memory is bounded: expired ones go first, and what was given up is refused, not forgotten', () => {
  const uses = new NonceUses(3)
  for (const name of ['a', 'b', 'c']) uses.note(nonce(100, name), 1, name, 0)
  assert.ok(uses.note(nonce(200, 'd'), 1, 'd', 0))
  assert.equal(uses.size, 3)
  assert.ok(!uses.note(nonce(100, 'a'), 1, 'again', 0), 'a was given up')
  assert.ok(uses.note(nonce(300, 'e'), 1, 'e', 150), 'b and c have expired')
  assert.equal(uses.size, 2)
})
