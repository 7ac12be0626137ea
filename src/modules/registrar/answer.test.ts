// What a registrar answers by the RFC, and as SER does.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileName } from '../../proxy/profile.js'
import { brief, headerValues, request, RouteRun } from '../route-run.js'

const SCRIPT = 'route { if (!t_newtran()) break; save("location"); }'

function register(contact: string, headers: readonly string[] = [], cseq = 1): string {
  const parts = { headers: [`Contact: ${contact}`, ...headers], cseq, branch: `z9hG4bK${cseq}` }
  return request('REGISTER', 'sip:example.com', parts)
}

test('what Require names is refused, or overlooked (ser)', () => {
  const answers = (profile: ProfileName) =>
    new RouteRun(SCRIPT, profile).receive(register('<sip:a@10.0.1.1>', ['Require: foo', 'Require: bar']))
  const [refused] = answers('rfc3261')
  assert.equal(brief(refused!), '10.0.0.1 420')
  assert.deepEqual(headerValues(refused!, 'Unsupported'), ['foo, bar'])
  assert.deepEqual(answers('ser').map(brief), ['10.0.0.1 200'])
})

test('a repetition that a transaction absorbs gets the same answer again, or none (ser)', () => {
  const twice = (profile: ProfileName) => {
    const run = new RouteRun(SCRIPT, profile)
    const [first] = run.receive(register('<sip:a@10.0.1.1>'))
    return run.receive(register('<sip:a@10.0.1.1>')).map(({ bytes }) => bytes === first!.bytes)
  }
  assert.deepEqual([twice('rfc3261'), twice('ser')], [[true], []])
})

test('name and unknown parameters of a contact come back, or not (ser)', () => {
  const contact = '"A \\"B\\"" <sip:a@10.0.1.1>;foo;+sip.instance="<urn:x>";expires=60;q=0.5'
  const listed = (profile: ProfileName) =>
    headerValues(new RouteRun(SCRIPT, profile).receive(register(contact))[0]!, 'Contact')
  assert.deepEqual(listed('rfc3261'), [
    '"A \\"B\\"" <sip:a@10.0.1.1>;q=0.5;expires=60;foo;+sip.instance="<urn:x>"',
  ])
  assert.deepEqual(listed('ser'), ['<sip:a@10.0.1.1>;q=0.5;expires=60'])
})

test('a contact in other words takes the place of the same one', () => {
  const run = new RouteRun(SCRIPT, 'rfc3261')
  run.receive(register('<sip:a@10.0.1.1>;expires=60'))
  const [reply] = run.receive(register('<sip:a@10.0.1.1;x>;expires=60', [], 2))
  assert.deepEqual(headerValues(reply!, 'Contact'), ['<sip:a@10.0.1.1;x>;expires=60'])
})

test('an expiry beyond 32 bits cannot be read, and counts as an hour', () => {
  const [reply] = new RouteRun(SCRIPT).receive(register('<sip:a@10.0.1.1>;expires=280297596632815'))
  assert.deepEqual(headerValues(reply!, 'Contact'), ['<sip:a@10.0.1.1>;expires=3600'])
})

test('no answer to a REGISTER has a Record-Route, but for those of ser', () => {
  const recorded = (profile: ProfileName) => {
    const [reply] = new RouteRun(SCRIPT, profile).receive(
      register('*', ['Record-Route: <sip:p;lr>', 'Expires: 0']),
    )
    return headerValues(reply!, 'Record-Route')
  }
  assert.deepEqual([recorded('rfc3261'), recorded('ser')], [[], ['<sip:p;lr>']])
})
