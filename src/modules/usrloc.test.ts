// The table of bindings: its order, its limits, and what expires when.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, RouteRun } from './route-run.js'
import { CONTACT_NATED, CONTACT_PERMANENT, CONTACTS_MAX, Table, usrloc, type Contact } from './usrloc.js'

function contact(uri: string, q?: number, expiresAt = 1000): Contact {
  return { uri, q, expiresAt, callId: 'c', cseq: 1, flags: 0, userAgent: '' }
}

const uris = (table: Table): string[] => table.bindings('bob').map(({ uri }) => uri)

test('contacts stand by falling q, later after earlier among equals, without q last', () => {
  const table = new Table('location', false)
  for (const [uri, q] of [
    ['none', undefined],
    ['half', 500],
    ['one', 1000],
    ['half again', 500],
    ['zero', 0],
  ] as const)
    table.insert('bob', contact(uri, q))
  assert.deepEqual(uris(table), ['one', 'half', 'half again', 'zero', 'none'])
})

test('with the newest first q does not count, and an updated contact comes to the top', () => {
  const table = new Table('location', true)
  const [old, young] = [contact('old', 1000), contact('young', 1)]
  table.insert('bob', old)
  table.insert('bob', young)
  assert.deepEqual(uris(table), ['young', 'old'])
  table.touched('bob', old)
  assert.deepEqual(uris(table), ['old', 'young'])
})

test('an update does not sort anew where q counts', () => {
  const table = new Table('location', false)
  const [one, two] = [contact('one', 900), contact('two', 100)]
  table.insert('bob', one)
  table.insert('bob', two)
  two.q = 1000
  table.touched('bob', two)
  assert.deepEqual(uris(table), ['one', 'two'])
})

test('an address of record holds so many contacts and no more', () => {
  const table = new Table('location', false)
  for (let n = 0; n < CONTACTS_MAX; n++) assert.equal(table.insert('bob', contact(`sip:${n}`)), true)
  assert.equal(table.insert('bob', contact('sip:more')), false)
  assert.equal(table.bindings('bob').length, CONTACTS_MAX)
  assert.equal(table.insert('eve', contact('sip:eve')), true, 'others are not concerned')
})

test('what has expired does not count, what is permanent always does', () => {
  const table = new Table('location', false)
  table.insert('bob', contact('short', 900, 1000))
  table.insert('bob', { ...contact('for ever', 500, 0), flags: CONTACT_PERMANENT })
  table.insert('bob', { ...contact('behind a NAT', 100, 1000), flags: CONTACT_NATED })
  assert.equal(table.usable('bob', 999).length, 3)
  assert.deepEqual(
    table.usable('bob', 1000).map(({ uri }) => uri),
    ['for ever'],
  )
  assert.equal(uris(table).length, 3, 'still there until the next sweep')
  table.expire(1000)
  assert.deepEqual(uris(table), ['for ever'])
})

test('the last binding takes its address of record with it', () => {
  const table = new Table('location', false)
  const [one, two] = [contact('one'), contact('two')]
  table.insert('bob', one)
  table.insert('bob', two)
  table.remove('bob', one)
  table.remove('bob', one)
  assert.deepEqual([uris(table), table.size], [['two'], 1])
  table.remove('bob', two)
  assert.equal(table.size, 0)
  table.insert('bob', one)
  table.expire(5000)
  assert.equal(table.size, 0)
})

test('expired bindings are swept every timer_interval, and the engine sleeps while there are none', () => {
  const run = new RouteRun(`modparam("usrloc", "timer_interval", 10)
    route { save("location"); }`)
  assert.equal(run.engine.deadline, undefined)
  const headers = ['Contact: <sip:bob@10.0.1.1>', 'Expires: 65']
  run.receive(request('REGISTER', 'sip:example.com', { headers }))
  const table = run.engine.use(usrloc).table('location')
  run.until(66_000)
  assert.equal(table.usable('bob', run.now).length, 0)
  assert.equal(table.size, 1, 'not swept yet')
  run.until(70_000)
  assert.equal(table.size, 0)
  assert.equal(run.engine.deadline, undefined)
})

test('a sweep without end and database modes that cannot be are told', () => {
  assert.throws(() => new RouteRun('modparam("usrloc", "timer_interval", 0)\nroute { break; }'), /at least 1/)
  const run = new RouteRun('modparam("usrloc", "db_mode", 1)\nroute { break; }')
  run.receive(request('OPTIONS', 'sip:bob@example.com'))
  assert.match(run.logs.join(), /db_mode 1 needs a db_url/)
  const three = 'modparam("usrloc", "db_mode", 3)\nroute { break; }'
  assert.throws(() => new RouteRun(three), /db_mode is 0 \(memory only\), 1/)
})
