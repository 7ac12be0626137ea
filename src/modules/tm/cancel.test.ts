// CANCEL in both profiles, and names that must be looked up before anything can be sent.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileName } from '../../proxy/profile.js'
import { brief, headerValues, request, responseTo, RouteRun, type Sent } from '../route-run.js'
import { tm } from './index.js'

const RELAY = 'route { t_relay(); }'
const FORK = 'route { if (method == "INVITE") { append_branch("sip:two@10.0.1.2"); }; t_relay(); }'
const headers = ['Max-Forwards: 70']
const INVITE = request('INVITE', 'sip:one@10.0.1.1', { headers })
const CANCEL = request('CANCEL', 'sip:one@10.0.1.1', { headers })

const briefs = (sent: readonly Sent[]): string[] => sent.map(brief)

function calling(script: string, profile: ProfileName = 'ser') {
  const run = new RouteRun(script, profile)
  const sent = run.receive(INVITE).filter(({ bytes }) => bytes.startsWith('INVITE'))
  const answer = (branch: Sent | undefined, status: number): Sent[] => run.receive(responseTo(branch, status))
  return { run, one: sent[0], two: sent[1], answer }
}

test('CANCEL is answered at once and goes to who rings; 487 comes when all have answered', () => {
  const { run, one, two, answer } = calling(FORK)
  answer(one, 180)
  answer(two, 180)
  const sent = run.receive(CANCEL)
  assert.deepEqual(briefs(sent), ['10.0.0.1 200', '10.0.1.1 CANCEL', '10.0.1.2 CANCEL'])
  assert.match(sent[0]!.bytes, /^SIP\/2\.0 200 canceling\r\n/)
  assert.deepEqual(briefs(answer(one, 487)), ['10.0.1.1 ACK'])
  assert.deepEqual(briefs(answer(two, 487)), ['10.0.1.2 ACK', '10.0.0.1 487'])
})

test('the CANCEL that goes on is the one that came in SER, and a new one by the RFC; the branch is the same', () => {
  for (const [profile, vias] of [
    ['ser', 2],
    ['rfc3261', 1],
  ] as const) {
    const { run, one, answer } = calling(RELAY, profile)
    answer(one, 180)
    const cancel = run.receive(CANCEL).find(({ bytes }) => bytes.startsWith('CANCEL'))
    const via = headerValues(cancel!, 'Via')
    assert.equal(via.length, vias, profile)
    assert.equal(via[0], headerValues(one!, 'Via')[0])
    assert.match(cancel!.bytes, /^CANCEL sip:one@10\.0\.1\.1 SIP\/2\.0\r\n/)
  }
})

test('a CANCEL that is sent again gets the same 200, and its branch no second CANCEL', () => {
  const { run, one, answer } = calling(RELAY)
  answer(one, 180)
  run.receive(CANCEL)
  assert.deepEqual(briefs(run.receive(CANCEL)), ['10.0.0.1 200'])
})

test('our CANCEL is sent again until it is answered, and its answer is not relayed', () => {
  const { run, one, answer } = calling(RELAY)
  answer(one, 180)
  const cancel = run.receive(CANCEL).find(({ bytes }) => bytes.startsWith('CANCEL'))
  assert.deepEqual(briefs(run.until(3000)), ['10.0.1.1 CANCEL', '10.0.1.1 CANCEL'])
  assert.deepEqual(answer(cancel, 200), [])
  assert.deepEqual(run.until(20_000), [])
})

test('SER answers 487 itself while nobody has answered: no CANCEL ever, but a late 200 is relayed', () => {
  const { run, one, answer } = calling(RELAY)
  const sent = run.receive(CANCEL)
  assert.deepEqual(briefs(sent), ['10.0.0.1 200', '10.0.0.1 487'])
  assert.match(sent[0]!.bytes, /^SIP\/2\.0 200 ok -- no more pending branches\r\n/)
  assert.deepEqual(answer(one, 180), [])
  assert.deepEqual(briefs(answer(one, 200)), ['10.0.0.1 200'])
})

test('the RFC waits for a provisional response and cancels then', () => {
  const { run, one, answer } = calling(RELAY, 'rfc3261')
  assert.deepEqual(briefs(run.receive(CANCEL)), ['10.0.0.1 200'])
  assert.ok(briefs(answer(one, 180)).includes('10.0.1.1 CANCEL'))
  assert.deepEqual(briefs(answer(one, 487)), ['10.0.1.1 ACK', '10.0.0.1 487'])
})

test('a cancelled branch that stays silent is given up 32 s later by the RFC', () => {
  const { run, one, answer } = calling(RELAY, 'rfc3261')
  answer(one, 180)
  run.receive(CANCEL)
  assert.ok(!briefs(run.until(31_999)).some((line) => /10\.0\.0\.1 4/.test(line)))
  assert.ok(briefs(run.until(32_000)).some((line) => /10\.0\.0\.1 4(?:08|87)/.test(line)))
})

test('one rings and one is silent: CANCEL goes to the ringing one only', () => {
  const { run, one, answer } = calling(FORK)
  answer(one, 180)
  assert.deepEqual(briefs(run.receive(CANCEL)), ['10.0.0.1 200', '10.0.1.1 CANCEL'])
  assert.ok(briefs(answer(one, 487)).includes('10.0.0.1 487'))
})

test('after the final response CANCEL changes nothing', () => {
  const { run, one, answer } = calling(RELAY)
  answer(one, 200)
  assert.deepEqual(briefs(run.receive(CANCEL)), ['10.0.0.1 200'])
})

test('a CANCEL for no INVITE is forwarded like any request', () => {
  assert.deepEqual(briefs(new RouteRun(RELAY).receive(CANCEL)), ['10.0.1.1 CANCEL'])
})

test('a cancelled call gets no further branches from its failure route', () => {
  const { run, one, answer } = calling(`route { t_on_failure("1"); t_relay(); }
    failure_route[1] { append_branch("sip:n@10.0.1.2"); t_relay(); }`)
  answer(one, 180)
  run.receive(CANCEL)
  assert.deepEqual(briefs(answer(one, 487)), ['10.0.1.1 ACK', '10.0.0.1 487'])
})

// ---- names ----

const NAMED = request('INVITE', 'sip:bob@there.org:5070', { headers })
const FOUND = { kind: 'addresses', addresses: ['10.0.1.7'] } as const
const NOTHING = { kind: 'failure', reason: 'NXDOMAIN' } as const

test('t_relay waits for a name and goes on when the answer comes', () => {
  const run = new RouteRun('route { t_relay(); setflag(1); }')
  assert.deepEqual(briefs(run.receive(NAMED)), ['10.0.0.1 100'])
  assert.deepEqual(
    run.asked.map(({ question }) => question),
    [{ kind: 'resolve', record: 'A', name: 'there.org' }],
  )
  run.now = 700
  const [sent] = run.answer(FOUND)
  assert.equal(sent?.to, '10.0.1.7:5070')
  assert.deepEqual(briefs(run.receive(responseTo(sent, 200))), ['10.0.0.1 200'])
})

test('while a name is looked up the request again is absorbed, not sent twice', () => {
  const run = new RouteRun(RELAY)
  run.receive(NAMED)
  assert.deepEqual(briefs(run.receive(NAMED)), ['10.0.0.1 100'])
  assert.equal(run.asked.length, 1)
  assert.equal(run.answer(FOUND).length, 1)
})

test('a name without an address is answered 478', () => {
  const run = new RouteRun(RELAY)
  run.receive(NAMED)
  run.answer(NOTHING)
  const [reply] = run.answer(NOTHING)
  assert.match(reply!.bytes, /^SIP\/2\.0 478 Unresolvable destination \(478\/TM\)\r\n/)
})

test('without a port SRV is asked first, its best target is taken', () => {
  const run = new RouteRun(RELAY)
  run.receive(request('OPTIONS', 'sip:bob@there.org'))
  assert.deepEqual(run.asked[0]?.question, { kind: 'resolve', record: 'SRV', name: '_sip._udp.there.org' })
  const target = (priority: number, port: number) => ({ priority, weight: 1, port, target: '10.0.1.7' })
  const [sent] = run.answer({ kind: 'services', services: [target(20, 5080), target(10, 5090)] })
  assert.equal(sent?.to, '10.0.1.7:5090')
})

for (const profile of ['ser', 'rfc3261'] as const)
  test(`CANCEL while a name is looked up ends the call with 487, nothing is sent later (${profile})`, () => {
    const run = new RouteRun(RELAY, profile)
    run.receive(NAMED)
    const cancel = request('CANCEL', 'sip:bob@there.org:5070', { headers })
    const sent = run.receive(cancel)
    assert.deepEqual(briefs(sent), ['10.0.0.1 200', '10.0.0.1 487'])
    assert.deepEqual(run.answer(FOUND), [])
    const to = headerValues(sent[1]!, 'To')[0]!
    run.receive(request('ACK', 'sip:bob@there.org:5070', { headers, to }))
    assert.deepEqual(run.until(90_000), [])
    assert.equal(run.engine.use(tm).store.count, 0)
  })

test('an answer that nobody waits for any more is nothing', () => {
  const run = new RouteRun(RELAY)
  run.receive(NAMED)
  run.answer(FOUND)
  assert.deepEqual(run.give({ type: 'answer', id: 1, answer: FOUND }), [])
  assert.deepEqual(run.give({ type: 'answer', id: 99, answer: FOUND }), [])
})
