// Transaction: values.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RFC_TIMERS, retransmissionMs, timerValues } from './values.js'

test('over UDP the timers have the values of RFC 3261 table 4', () => {
  assert.deepEqual(timerValues(RFC_TIMERS, false), {
    timeoutMs: 32_000,
    lingerInviteClientMs: 32_000,
    lingerInviteServerMs: 5_000,
    lingerServerMs: 32_000,
    lingerClientMs: 5_000,
    lingerAcceptedMs: 32_000,
  })
})

test('over a stream nothing lingers but an accepted INVITE', () => {
  const values = timerValues(RFC_TIMERS, true)
  assert.equal(values.lingerInviteClientMs + values.lingerInviteServerMs, 0)
  assert.equal(values.lingerServerMs + values.lingerClientMs, 0)
  assert.equal(values.lingerAcceptedMs, 32_000)
})

test('retransmission intervals double, for other requests than INVITE up to T2', () => {
  const intervals = (capped: boolean) =>
    [0, 1, 2, 3, 4, 5].map((n) => retransmissionMs(RFC_TIMERS, n, capped))
  assert.deepEqual(intervals(false), [500, 1000, 2000, 4000, 8000, 16000])
  assert.deepEqual(intervals(true), [500, 1000, 2000, 4000, 4000, 4000])
})
