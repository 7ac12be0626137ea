// Control commands of tm: SER's texts, requests sent and cancelled by hand.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { brief, headerValues, request, responseTo, RouteRun, type Sent } from '../route-run.js'

const SCRIPT =
  'loadmodule "tm.so"\nroute { if (uri =~ "here") { t_newtran(); t_reply("404", "No"); break; }; t_relay(); }'
const BOB = { address: '10.0.0.2', port: 5060 }
const FIELDS = 'From: <sip:me@10.0.0.9>\nTo: <sip:bob@10.0.0.2>'

/** Gives t_uac_dlg; returns what was sent. */
function uac(run: RouteRun, method: string, headers = FIELDS, body = '', hop = '.'): Sent[] {
  const args = [method, 'sip:bob@10.0.0.2', hop, headers, body]
  return run.give({ type: 'command', command: { verb: 'control', token: 1, name: 't_uac_dlg', args } })
}

test('transactions are counted now and since the start, and how they ended', () => {
  const run = new RouteRun(SCRIPT)
  run.receive(request('OPTIONS', 'sip:here@example.com'))
  run.receive(request('OPTIONS', 'sip:x@10.0.0.2', { branch: 'z9hG4bK2' }))
  assert.equal(
    run.control('t_stats'),
    '200 ok\nCurrent: 2 (1 waiting) Total: 2 (0 local)       \nReplied localy: 1      \n' +
      'Completion status 6xx: 0, 5xx: 0, 4xx: 1, 3xx: 0,2xx: 0      \n',
  )
  const lines = run.control('t_hash').split('\n')
  assert.deepEqual(lines.slice(0, 5), ['200 ok', '\tcurrent\ttotal', '0.\t1\t1', '1.\t1\t1', '2.\t0\t0'])
  assert.equal(lines.length, 65_536 + 3)
  run.until(60_000)
  assert.match(run.control('t_stats'), /^200 ok\nCurrent: 0 \(0 waiting\) Total: 2 /)
})

test('a request is sent with the given header fields, and its reply is the answer', () => {
  const run = new RouteRun(SCRIPT)
  const [sent] = uac(run, 'MESSAGE', `${FIELDS}\nContent-Type: text/plain\nContact: <sip:!!>`, 'hello\nworld')
  assert.match(
    sent!.bytes,
    /^MESSAGE sip:bob@10\.0\.0\.2 SIP\/2\.0\r\nVia: SIP\/2\.0\/UDP 10\.0\.0\.9;branch=z9hG4bK[^\r]+\r\nTo: <sip:bob@10\.0\.0\.2>\r\nFrom: <sip:me@10\.0\.0\.9>;tag=[0-9a-f]{32}-[0-9a-f]{4}\r\nCSeq: 10 MESSAGE\r\nCall-ID: [^\r]+\r\nContent-Type: text\/plain\r\nContact: <sip:10\.0\.0\.9:5060>\r\nUser-Agent: Sipwright\r\nContent-Length: 14\r\n\r\nhello\r\nworld\r\n$/,
  )
  assert.deepEqual(run.answers, [])
  run.receive(responseTo(sent, 202, 'b9'), { from: BOB })
  assert.match(run.answers[0]!, /^202 Said\n\.\n\.\n\.\nVia: [^]*Content-Length: 0\r\n\r\n\n$/)
  assert.match(run.control('t_stats'), /Total: 1 \(1 local\)/)
})

test('it goes to the next hop when one is given, and nobody there is said', () => {
  const run = new RouteRun(SCRIPT)
  assert.deepEqual(
    uac(run, 'OPTIONS', FIELDS, '', 'sip:10.0.0.7:5070').map(({ to }) => to),
    ['10.0.0.7:5070'],
  )
  run.until(60_000)
  assert.deepEqual(run.answers, ['408 Request Timeout\n'])
  uac(run, 'OPTIONS', FIELDS, '', 'sip:nowhere.example')
  while (run.asked.length > 0) run.answer({ kind: 'failure', reason: 'no such name' })
  assert.equal(run.answers[1], '478 Unresolvable destination (478/FIFO/UAC)\n')
})

test('who sent a request by hand hears of its end by the RFC, too, though no caller would', () => {
  const run = new RouteRun(SCRIPT, 'rfc3261')
  uac(run, 'OPTIONS')
  run.until(60_000)
  assert.deepEqual(run.answers, ['408 Request Timeout\n'])
})

test('an INVITE is acknowledged along its routes, once for each copy of the 2xx', () => {
  const run = new RouteRun(SCRIPT)
  const [invite] = uac(run, 'INVITE', `${FIELDS};tag=kept\nCall-ID: mine\nCSeq: 7 INVITE`)
  const fields = ['Record-Route: <sip:10.0.0.5;lr>, <sip:10.0.0.4;lr>', 'Contact: <sip:bob@10.0.0.22>']
  const ok = responseTo(invite, 200, 'b9', fields)
  const acks = [...run.receive(ok, { from: BOB }), ...run.receive(ok, { from: BOB })]
  assert.deepEqual(acks.map(brief), ['10.0.0.4 ACK', '10.0.0.4 ACK'])
  assert.match(acks[0]!.bytes, /^ACK sip:bob@10\.0\.0\.22 SIP\/2\.0\r\n/)
  assert.deepEqual(headerValues(acks[0]!, 'Route'), ['<sip:10.0.0.4;lr>', '<sip:10.0.0.5;lr>'])
  assert.deepEqual(headerValues(acks[0]!, 'CSeq'), ['7 ACK'])
  assert.deepEqual(headerValues(acks[0]!, 'Call-ID'), ['mine'])
  assert.equal(run.answers.length, 1)
  assert.match(
    run.answers[0]!,
    /^200 Said\nsip:bob@10\.0\.0\.22\nsip:10\.0\.0\.4;lr\nRoute: <sip:10\.0\.0\.4;lr>, <sip:10\.0\.0\.5;lr>\nVia: /,
  )
})

test('an INVITE that is refused is acknowledged hop by hop', () => {
  const run = new RouteRun(SCRIPT)
  const [invite] = uac(run, 'INVITE')
  assert.deepEqual(run.receive(responseTo(invite, 486), { from: BOB }).map(brief), ['10.0.0.2 ACK'])
  assert.match(run.answers[0]!, /^486 Said\n\.\n\.\n\.\n/)
})

test('an INVITE is cancelled, also before anybody rings', () => {
  const run = new RouteRun(SCRIPT)
  const [invite] = uac(run, 'INVITE', `${FIELDS}\nCall-ID: mine\nCSeq: 7 INVITE`)
  assert.equal(run.control('t_uac_cancel', 'mine', '7'), '200 fifo_uac_cancel succeeded\n')
  assert.deepEqual(run.receive(responseTo(invite, 180), { from: BOB }).map(brief), ['10.0.0.2 CANCEL'])
  assert.equal(run.control('t_uac_cancel', 'mine', '8'), '481 fifo_uac_cancel: no such transaction')
  assert.equal(run.control('t_uac_cancel'), '400 fifo_uac_cancel: callid expected')
  assert.equal(run.control('t_uac_cancel', 'mine'), '400 fifo_uac_cancel: cseq expected')
})

test('what is wrong with a request is said as SER says it', () => {
  const base = ['MESSAGE', 'sip:bob@10.0.0.2', '.', FIELDS, '']
  const wrong: readonly (readonly [number, string, string])[] = [
    [0, '', 'method expected'],
    [0, 'MES SAGE', 'method expected'],
    [1, '', 'ruri expected'],
    [1, 'bob', 'ruri invalid'],
    [1, 'sip:a@b SIP/2.0', 'ruri invalid'],
    [2, '', 'next hop address expected'],
    [2, 'there', 'next hop uri invalid'],
    [3, '', 'HFs expected'],
    [3, 'no header', 'HFs unparseable'],
    [3, `${FIELDS}\nX: a\rY: b`, 'HFs unparseable'],
    [3, `X: ${'x'.repeat(1100)}`, 'HFs expected'],
    [4, 'hello', 'Content-Type missing'],
    [4, 'x'.repeat(1100), 'body expected'],
    [3, `${FIELDS}\nContent-Length: 3`, 'Content-Length disallowed'],
    [3, 'From: <sip:a@b>', 'To missing'],
    [3, 'To: <sip:a@b>', 'From missing'],
    [3, 'To: <sip:a@b>\nFrom: <', 'Error in From'],
    [3, `${FIELDS}\nCSeq: x MESSAGE`, 'non-nummerical CSeq'],
    [3, `${FIELDS}\nCSeq: 1 INVITE`, 'CSeq method mismatch'],
  ]
  for (const [at, value, reason] of wrong)
    assert.equal(
      new RouteRun(SCRIPT).control('t_uac_dlg', ...base.with(at, value)),
      `400 fifo_uac: ${reason}\n`,
      JSON.stringify(value),
    )
})
