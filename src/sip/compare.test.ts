// Which URIs are the same (RFC 3261 §19.1.4).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Malformed } from '../errors.js'
import { sameUri } from './compare.js'
import { parseUri } from './uri.js'

const PAIRS: readonly (readonly [string, string, boolean])[] = [
  ['sip:%61lice@atlanta.com', 'SIP:alice@AtLanTa.CoM;Transport=tcp', false],
  ['sip:%61lice@atlanta.com;transport=TCP', 'SIP:alice@AtLanTa.CoM;Transport=tcp', true],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5', true],
  ['sip:alice@atlanta.com', 'sip:ALICE@atlanta.com', false],
  ['sip:a;b@h.example', 'sip:a%3Bb@h.example', false],
  ['sip:a%3bb@h.example', 'sip:a%3Bb@h.example', true],
  ['sip:a@[2001:db8::1]', 'sip:a@[2001:DB8:0:0::1]', true],
  ['sip:a@[2001:db8::1]', 'sip:a@[2001:db8:0:0:0:0:0:0001]', true],
  ['sip:a@[::ffff:192.0.2.1]', 'sip:a@[::ffff:c000:201]', true],
  ['sip:a@[2001:db8::1]', 'sip:a@[2001:db8::2]', false],
  ['sip:a@[2001:db8::1]', 'sip:a@[2001:db8::1]:5060', false],
]

for (const [one, two, same] of PAIRS)
  test(`${one} is ${same ? '' : 'not '}${two}`, () => {
    const [first, second] = [parseUri(one), parseUri(two)]
    assert.ok(!(first instanceof Malformed) && !(second instanceof Malformed))
    assert.equal(sameUri(first, second), same)
    assert.equal(sameUri(second, first), same)
  })
