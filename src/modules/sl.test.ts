// Stateless replies: what they hold, where they go, and the ACK that ends with them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptErrors } from '../errors.js'
import { loadScript } from './index.js'
import { brief, headerValues, request, RouteRun, runRoute } from './route-run.js'
import { sl } from './sl.js'

const NOT_FOUND = 'route { sl_send_reply("404", "Not Found"); }'
const OPTIONS = request('OPTIONS', 'sip:bob@example.com')

test('a stateless reply repeats the fields of the request and says who made it', () => {
  const [reply] = runRoute(NOT_FOUND, OPTIONS).sent
  assert.match(
    reply!.bytes,
    new RegExp(
      '^SIP/2\\.0 404 Not Found\\r\\nVia: SIP/2\\.0/UDP 10\\.0\\.0\\.1:5060;branch=z9hG4bKone\\r\\n' +
        'From: <sip:alice@example\\.com>;tag=a1\\r\\nTo: <sip:bob@example\\.com>;tag=[0-9a-f]{32}\\.[0-9a-f]{4}\\r\\n' +
        'Call-ID: call-1\\r\\nCSeq: 1 OPTIONS\\r\\nServer: Sipwright\\r\\nContent-Length: 0\\r\\n' +
        'Warning: 392 10\\.0\\.0\\.9:5060 "Noisy feedback tells:  pid=1 [^\\r\\n]* via_cnt==1"\\r\\n\\r\\n$',
    ),
  )
})

test('the same request gets the same To tag, another one another', () => {
  const run = new RouteRun(NOT_FOUND)
  const tag = (text: string): string => headerValues(run.receive(text)[0]!, 'To')[0]!
  assert.equal(tag(OPTIONS), tag(OPTIONS))
  assert.notEqual(tag(OPTIONS), tag(request('OPTIONS', 'sip:bob@example.com', { branch: 'z9hG4bKtwo' })))
})

test('a To that has a tag keeps it, and a provisional 100 gets none', () => {
  const tagged = request('BYE', 'sip:bob@example.com', { to: '<sip:bob@example.com>;tag=own' })
  assert.deepEqual(headerValues(runRoute(NOT_FOUND, tagged).sent[0]!, 'To'), [
    '<sip:bob@example.com>;tag=own',
  ])
  const [trying] = runRoute('route { sl_send_reply("100", "Trying"); }', OPTIONS).sent
  assert.deepEqual(headerValues(trying!, 'To'), ['<sip:bob@example.com>'])
})

test('an ACK is never answered', () => {
  assert.deepEqual(runRoute(NOT_FOUND, request('ACK', 'sip:bob@example.com')).sent, [])
})

test('the ACK of a stateless reply ends here for two seconds, then reaches the script', () => {
  const run = new RouteRun(`route {
    if (method == "ACK") { forward(10.0.1.1, 5060); break; };
    sl_send_reply("404", "Not Found"); }`)
  const [reply] = run.receive(request('INVITE', 'sip:bob@example.com'))
  const ack = request('ACK', 'sip:bob@example.com', { to: headerValues(reply!, 'To')[0]! })
  run.until(2000)
  assert.deepEqual(run.receive(ack), [])
  const foreign = request('ACK', 'sip:bob@example.com', { to: '<sip:bob@example.com>;tag=other' })
  assert.deepEqual(run.receive(foreign).map(brief), ['10.0.1.1 ACK'], 'with another tag it is not ours')
  run.until(2001)
  assert.deepEqual(run.receive(ack).map(brief), ['10.0.1.1 ACK'])
})

test('nothing stops the script after a reply: a second one is sent too', () => {
  const { sent } = runRoute('route { sl_send_reply("180", "A"); sl_send_reply("404", "B"); }', OPTIONS)
  assert.deepEqual(sent.map(brief), ['10.0.0.1 180', '10.0.0.1 404'])
})

test('a redirection carries the destination set, in brackets where the RFC wants them', () => {
  const script = `route { rewriteuri("sip:a@x.org"); append_branch("sip:b@y.org"); sl_send_reply("302", "M"); }`
  const contact = (profile: 'ser' | 'rfc3261'): string[] =>
    headerValues(
      runRoute(script, request('INVITE', 'sip:c@example.com', { headers: ['Max-Forwards: 70'] }), { profile })
        .sent[0]!,
      'Contact',
    )
  assert.deepEqual(contact('ser'), ['sip:a@x.org, sip:b@y.org'])
  assert.deepEqual(contact('rfc3261'), ['<sip:a@x.org>, <sip:b@y.org>'])
})

test('a request whose headers cannot be read is not answered, and counted as a failure', () => {
  const run = runRoute(
    NOT_FOUND,
    request('OPTIONS', 'sip:x@example.com', { headers: ['Content-Length: -1'] }),
  )
  assert.deepEqual(run.sent, [])
  assert.equal(run.engine.use(sl).failures, 1)
  run.receive(OPTIONS)
  run.receive(OPTIONS)
  assert.deepEqual([...run.engine.use(sl).sent], [[404, 2]])
})

test('sl_reply_error says which action failed, or that nobody knows', () => {
  const status = (script: string, uri = 'sip:bob@example.com'): string =>
    runRoute(script, request('OPTIONS', uri)).sent[0]!.bytes.split('\r\n')[0]!
  assert.equal(
    status('route { sl_reply_error(); }'),
    "SIP/2.0 500 I'm terribly sorry, server error occurred (1/SL)",
  )
  assert.equal(
    status('route { if (!t_relay()) { sl_reply_error(); }; }', '<sip:bob@example.com>'),
    'SIP/2.0 479 Regretfully, we were not able to process the URI (479/SL)',
  )
})

test('a reply goes to the source address, to the port of Via or with rport of the source', () => {
  const to = (via: string): string =>
    runRoute(NOT_FOUND, request('OPTIONS', 'sip:bob@example.com', { via }), {
      from: { address: '10.0.0.2', port: 6000 },
    }).sent[0]!.to
  assert.equal(to('SIP/2.0/UDP 10.0.0.1:5099;branch=z9hG4bKv'), '10.0.0.2:5099')
  assert.equal(to('SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKv'), '10.0.0.2:5060')
  assert.equal(to('SIP/2.0/UDP 10.0.0.1:5099;rport;branch=z9hG4bKv'), '10.0.0.2:6000')
})

test('over a stream the reply goes back on the connection of the request', () => {
  const via = 'SIP/2.0/TCP 10.0.0.1:5099;branch=z9hG4bKv'
  const stream = { transport: 'tcp', connection: 7, from: { address: '10.0.0.1', port: 40000 } } as const
  const [reply] = runRoute(NOT_FOUND, request('OPTIONS', 'sip:bob@example.com', { via }), stream).sent
  assert.deepEqual([reply?.transport, reply?.connection, reply?.to], ['tcp', 7, '10.0.0.1:40000'])
})

test('a status that is no number is refused when the script is loaded', () => {
  assert.throws(
    () => loadScript('route { sl_send_reply("abc", "x"); }', 'a.cfg', { preload: true }),
    ScriptErrors,
  )
})
