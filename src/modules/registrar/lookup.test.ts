// Whom lookup() finds, and what a redirection says of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileName } from '../../proxy/profile.js'
import { brief, headerValues, request, RouteRun, type Sent } from '../route-run.js'

const SCRIPT = `route {
  if (method == "REGISTER") { save("location"); break; };
  if (lookup("location")) { sl_send_reply("302", "There"); } else { sl_send_reply("404", "Nobody"); }; }`

function redirected(profile: ProfileName, contacts: string): Sent {
  const run = new RouteRun(SCRIPT, profile)
  run.receive(request('REGISTER', 'sip:example.com', { headers: [`Contact: ${contacts}`] }))
  run.now = 5000
  return run.receive(request('INVITE', 'sip:bob@example.com'))[0]!
}

test('nobody is sent where he comes from, but for ser', () => {
  assert.equal(brief(redirected('rfc3261', '<sip:bob@EXAMPLE.com>')), '10.0.0.1 404')
  assert.equal(brief(redirected('ser', '<sip:bob@example.com>')), '10.0.0.1 302')
  const left = redirected('rfc3261', '<sip:bob@example.com>;expires=60, <sip:b@10.0.1.1>;expires=60')
  assert.deepEqual(headerValues(left, 'Contact'), ['<sip:b@10.0.1.1>;expires=55'])
})

test('a redirection says how good its contacts are and for how long; ser how good the further ones are', () => {
  const contacts = '<sip:b@10.0.1.1>;q=0.8;expires=60, <sip:b@10.0.1.2>;q=0.5;expires=90'
  assert.deepEqual(headerValues(redirected('rfc3261', contacts), 'Contact'), [
    '<sip:b@10.0.1.1>;q=0.8;expires=55, <sip:b@10.0.1.2>;q=0.5;expires=85',
  ])
  assert.deepEqual(headerValues(redirected('ser', contacts), 'Contact'), [
    'sip:b@10.0.1.1, <sip:b@10.0.1.2>;q=0.5',
  ])
})

test('who asks by a sips address finds sips contacts only, but for ser', () => {
  const found = (profile: ProfileName): string => {
    const run = new RouteRun(SCRIPT, profile)
    run.receive(request('REGISTER', 'sip:example.com', { headers: ['Contact: <sip:b@10.0.1.1>'] }))
    return brief(run.receive(request('INVITE', 'sips:bob@example.com'))[0]!)
  }
  assert.deepEqual([found('rfc3261'), found('ser')], ['10.0.0.1 404', '10.0.0.1 302'])
})
