// Max-Forwards: counted down, lowered to the limit, added when absent.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileName } from '../proxy/profile.js'
import { ScriptErrors } from '../errors.js'
import { loadScript } from './index.js'
import { headerValues, request, runRoute } from './route-run.js'

const SCRIPT = `route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; };
  forward(10.0.1.1, 5060); }`

/** What becomes of a Max-Forwards value: the value sent on, or the status of the refusal. */
function after(value: string | undefined, profile: ProfileName, script = SCRIPT): string {
  const headers = value === undefined ? [] : [`Max-Forwards: ${value}`]
  const { sent } = runRoute(script, request('OPTIONS', 'sip:bob@10.0.1.1', { headers }), { profile })
  assert.equal(sent.length, 1)
  const values = headerValues(sent[0]!, 'Max-Forwards')
  if (sent[0]!.bytes.startsWith('SIP/2.0 ')) return sent[0]!.bytes.slice(8, 11)
  assert.equal(values.length, 1, 'one header, never two')
  return values[0]!
}

const ROWS: readonly (readonly [value: string | undefined, ser: string, rfc3261: string])[] = [
  [undefined, '10', '10'],
  ['70', '16', '69'],
  ['17', '16', '16'],
  ['11', '10', '10'],
  ['256', '16', '400'],
  ['2', '1', '1'],
  ['1', '', '0'],
  ['0', '483', '483'],
]

for (const [value, ser, rfc3261] of ROWS)
  test(`Max-Forwards ${value ?? 'absent'} becomes "${ser}" as SER does it and "${rfc3261}" by the RFC`, () => {
    assert.equal(after(value, 'ser'), ser)
    assert.equal(after(value, 'rfc3261'), rfc3261)
  })

test('what is no number is forwarded as it is, an empty value has run out', () => {
  assert.equal(after('abc', 'ser'), 'abc')
  assert.equal(after('-1', 'ser'), '-1')
  assert.equal(after('', 'ser'), '483')
})

test('max_limit sets the highest value that leaves', () => {
  assert.equal(after('70', 'ser', `modparam("maxfwd", "max_limit", 30)\n${SCRIPT}`), '30')
  assert.equal(after('20', 'ser', `modparam("maxfwd", "max_limit", 30)\n${SCRIPT}`), '19')
})

test('without the function Max-Forwards is left alone as SER does, and counted down by the RFC', () => {
  const script = 'route { forward(10.0.1.1, 5060); }'
  assert.equal(after('70', 'ser', script), '70')
  assert.equal(after('70', 'rfc3261', script), '69')
})

test('an initial value that is no octet is refused when the script is loaded', () => {
  for (const hops of ['256', 'x', '-1'])
    assert.throws(
      () => loadScript(`route { mf_process_maxfwd_header("${hops}"); }`, 'a.cfg', { preload: true }),
      ScriptErrors,
    )
})
