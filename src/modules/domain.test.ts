// domain over one engine; the database answers by hand.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ControlAnswer } from '../proxy/module.js'
import { rows, statusOf } from './auth/login.js'
import { domain } from './domain.js'
import { request, RouteRun } from './route-run.js'

function run(condition: string, mode = 0): RouteRun {
  return new RouteRun(
    `loadmodule "sl.so"\nloadmodule "domain.so"\nmodparam("domain", "db_mode", ${mode})
     route { if (${condition}) { sl_send_reply("200", "Ours"); } else { sl_send_reply("403", "Not ours"); }; }`,
  )
}
const INVITE = request('INVITE', 'sip:bob@Served.example')

test('without a cache the table is asked for the host, in lower case', () => {
  const one = run('is_uri_host_local()')
  one.receive(INVITE)
  assert.match(JSON.stringify(one.asked[0]?.question), /"table":"domain".*"value":"served\.example"/)
  assert.equal(statusOf(one.answer(rows({ domain: 'served.example' }))), '200')
  const other = run('is_from_local()')
  other.receive(INVITE)
  assert.equal(statusOf(other.answer(rows())), '403')
})

test('a database that fails makes nobody local', () => {
  const one = run('is_uri_host_local()')
  one.receive(INVITE)
  assert.equal(statusOf(one.answer({ kind: 'failure', reason: 'gone' })), '403')
  assert.ok(one.logs.some((line) => line.includes('domain: table domain cannot be read: gone')))
})

test('with a cache the table is read before the first message, and again when asked', () => {
  const one = run('is_uri_host_local()', 1)
  one.receive(INVITE)
  assert.equal(statusOf(one.answer(rows({ domain: 'SERVED.example' }, { domain: 'a.example' }))), '200')
  assert.equal(one.asked.length, 0)
  const answers: ControlAnswer[] = []
  const control = (name: string): void =>
    domain.controls![name]!.call(one.engine, [], (answer) => void answers.push(answer))
  control('domain_dump')
  assert.deepEqual(answers.pop(), { code: 200, reason: 'OK', lines: ['a.example', 'served.example'] })
  control('domain_reload')
  one.receive(INVITE)
  one.answer({ kind: 'failure', reason: 'gone' })
  assert.deepEqual(answers, [{ code: 400, reason: 'Domain table reload failed' }])
  assert.deepEqual(one.engine.use(domain).names, ['a.example', 'served.example'])
})

test('without a cache there is nothing to read again', () => {
  const one = run('is_uri_host_local()')
  const answers: ControlAnswer[] = []
  domain.controls!.domain_reload!.call(one.engine, [], (answer) => void answers.push(answer))
  assert.deepEqual(answers, [{ code: 400, reason: 'Domain table reload failed' }])
})
