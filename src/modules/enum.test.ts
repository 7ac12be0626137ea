// enum_query and its kin: what is asked of the name service, and what is made of its answer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, NaptrRecord } from '../endpoint.js'
import { request, RouteRun } from './route-run.js'

const FORM = { order: 100, preference: 10, flags: 'u', service: 'E2U+sip', replacement: '.' }

const pointers = (...records: readonly Partial<NaptrRecord>[]): Answer => ({
  kind: 'pointers',
  pointers: records.map((record) => ({ ...FORM, regexp: '!^.*$!sip:found@example.com!', ...record })),
})

function start(call: string, uri = 'sip:+4930123@example.com', headers = ''): RouteRun {
  const run = new RouteRun(
    `${headers}route { if (${call}) sl_send_reply("300", "yes"); else sl_send_reply("404", "no"); }`,
  )
  run.receive(request('INVITE', uri))
  return run
}

/** The name that was asked for. */
function nameIn(run: RouteRun): string | undefined {
  const question = run.asked[0]?.question
  return question?.kind === 'resolve' && question.record === 'NAPTR' ? question.name : undefined
}

/** Contact of the 300, or "404". */
function found(answer: Answer, call = 'enum_query()', headers = ''): string | undefined {
  const run = start(call, undefined, headers)
  const [sent] = run.answer(answer)
  return /^Contact: (.*)\r$/m.exec(sent!.bytes)?.[1] ?? sent!.bytes.slice(8, 11)
}

test('the digits are asked for in reverse order below the suffix', () => {
  assert.equal(nameIn(start('enum_query()')), '3.2.1.0.3.9.4.e164.arpa')
  assert.equal(nameIn(start('enum_query("e164.example.")')), '3.2.1.0.3.9.4.e164.example')
  const own = 'modparam("enum", "domain_suffix", "own.example")\n'
  assert.equal(nameIn(start('enum_query()', undefined, own)), '3.2.1.0.3.9.4.own.example')
})

test('only telephone numbers are asked for', () => {
  for (const user of [
    '4930123',
    '+4',
    '+1234567890123456',
    '+49 30',
    '+49-30',
    '+',
    'bob',
    '+49%2030',
    '+49.evil.example.',
  ])
    assert.equal(start('enum_query()', `sip:${user}@example.com`).asked.length, 0, user)
  assert.equal(start('enum_query()', 'sip:example.com').asked.length, 0)
})

test('the number becomes what the record makes of it', () => {
  assert.equal(found(pointers({})), 'sip:found@example.com')
  assert.equal(
    found(pointers({ regexp: '!^\\+49(.*)$!sip:\\1@berlin.example!' })),
    'sip:30123@berlin.example',
  )
  assert.equal(found(pointers({ regexp: '/x|^.(4)(9)/sip:\\2\\1a\\/b@c/i' })), 'sip:94a/b@c')
  assert.equal(
    found(pointers({ regexp: '!^.*$!tel:+49!' }), undefined, 'modparam("enum", "tel_uri_params", ";npdi")\n'),
    'tel:+49;npdi',
  )
})

test('records for something else do not count', () => {
  const other = [
    { flags: '' },
    { flags: 's' },
    { service: 'E2U+mailto' },
    { service: 'sip' },
    { service: 'E2U+voice:sip' },
    { regexp: '!^\\+1!sip:us@example.com!' },
    { regexp: '' },
    { regexp: '!a!b' },
    { regexp: '!(!b!' },
    { regexp: '!^.*$!b!x' },
    { regexp: `!^.*$!sip:${'a'.repeat(250)}!` },
  ]
  for (const record of other) assert.equal(found(pointers(record)), '404', JSON.stringify(record))
  assert.equal(found(pointers(...other, {})), 'sip:found@example.com')
})

test('what would break the message it is put into is not taken', () => {
  for (const uri of ['sip:a b@c', 'sip:a\r\nVia: x', 'sip:ä@c', 'no uri', '//x', 'sip:', 'sip:a\0b'])
    assert.equal(found(pointers({ regexp: `!^.*$!${uri}!` })), '404', JSON.stringify(uri))
})

test('services may be spelled as in RFC 2916, and stand together', () => {
  for (const service of ['sip+E2U', 'e2u+SIP', 'E2U+email:mailto+sip'])
    assert.equal(found(pointers({ service })), 'sip:found@example.com', service)
})

test('a service of its own is asked for by the second argument', () => {
  const record = { service: 'E2U+voice:sip', regexp: '!^.*$!sip:voice@example.com!' }
  assert.equal(found(pointers({}, record), 'enum_query("e164.arpa", "voice")'), 'sip:voice@example.com')
})

test('the lowest order counts, and in it the preference ranks', () => {
  const to = (name: string) => ({ regexp: `!^.*$!sip:${name}@example.com!` })
  const answer = pointers(
    { order: 200, preference: 1, ...to('late') },
    { preference: 30, ...to('third') },
    { preference: 20, ...to('second') },
    { preference: 20, ...to('equal') },
    to('first'),
    { order: 50, service: 'E2U+other', ...to('other') },
  )
  assert.equal(
    found(answer)?.replaceAll('@example.com', ''),
    'sip:first, <sip:second>;q=0.99, <sip:equal>;q=0.99, <sip:third>;q=0.98',
  )
})

test('a name that is not there is false', () => {
  assert.equal(found({ kind: 'failure', reason: 'NXDOMAIN' }), '404')
  assert.equal(found({ kind: 'addresses', addresses: ['10.0.0.1'] }), '404')
})

test('the number of the caller is looked at, too', () => {
  const from = (user: string, call: string): RouteRun => {
    const run = new RouteRun(`route { if (${call}) log(1, "yes"); else log(1, "no"); }`)
    run.receive(request('INVITE', 'sip:bob@example.com').replace('sip:alice@', `sip:${user}@`))
    return run
  }
  assert.deepEqual(from('+49301', 'is_from_user_e164()').logs, ['yes'])
  assert.deepEqual(from('alice', 'is_from_user_e164()').logs, ['no'])
  assert.deepEqual(from('alice', 'is_from_user_enum()').logs, ['no'])
  const known = from('+49301', 'is_from_user_enum("own.example")')
  assert.equal(nameIn(known), '1.0.3.9.4.own.example')
  known.answer(pointers({}))
  assert.deepEqual(known.logs, ['yes'])
  const unknown = from('+49301', 'is_from_user_enum()')
  unknown.answer(pointers({ flags: 's' }))
  assert.deepEqual(unknown.logs, ['no'])
})
