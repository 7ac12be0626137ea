// Replies of our own: what of a request they repeat.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, headerValues, request, responseTo, RouteRun } from '../modules/route-run.js'
import type { ProfileName } from './profile.js'

const INVITE = request('INVITE', 'sip:bob@10.0.0.2', { headers: ['Timestamp: 54', 'Max-Forwards: 70'] })

test('a 100 repeats Timestamp, or not (ser)', () => {
  const stamps = (profile: ProfileName) => {
    const [trying] = new RouteRun('route { t_relay(); }', profile).receive(INVITE)
    return headerValues(trying!, 'Timestamp')
  }
  assert.deepEqual([stamps('rfc3261'), stamps('ser')], [['54'], []])
})

test('the Retry-After of a 503 that becomes a 500 is kept', () => {
  const run = new RouteRun('route { t_relay(); }', 'rfc3261')
  const [, relayed] = run.receive(INVITE)
  const answer = run
    .receive(responseTo(relayed, 503, 'b1', ['Retry-After: 30']))
    .find((sent) => brief(sent) === '10.0.0.1 500')
  assert.deepEqual(headerValues(answer!, 'Retry-After'), ['30'])
})
