// Transactions: what is absorbed, what is sent again and until when, and how requests find theirs.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, headerValues, request, responseTo, RouteRun, type Sent } from '../route-run.js'
import { tm } from './index.js'

const RELAY = 'route { t_relay(); }'
const REPLY = 'route { if (t_newtran()) { t_reply("486", "Busy"); }; }'
const INVITE = request('INVITE', 'sip:bob@10.0.1.1')
const OPTIONS = request('OPTIONS', 'sip:bob@10.0.1.1')
const BOB = { from: { address: '10.0.1.1', port: 5060 } }

const briefs = (sent: readonly Sent[]): string[] => sent.map(brief)
const times = (sent: readonly Sent[]): number[] => sent.map(({ at }) => at)
const transactions = (run: RouteRun): number => run.engine.use(tm).store.count

function ackOf(reply: Sent, branch = 'z9hG4bKone'): string {
  return request('ACK', 'sip:bob@10.0.1.1', { branch, to: headerValues(reply, 'To')[0]! })
}

test('an INVITE is answered 100 and relayed once, its retransmission gets the last reply again', () => {
  const run = new RouteRun(RELAY)
  assert.deepEqual(briefs(run.receive(INVITE)), ['10.0.0.1 100', '10.0.1.1 INVITE'])
  assert.deepEqual(briefs(run.receive(INVITE)), ['10.0.0.1 100'])
  run.receive(responseTo(run.sent[1], 180), BOB)
  assert.deepEqual(briefs(run.receive(INVITE)), ['10.0.0.1 180'])
})

test('a request that is no INVITE gets no 100, and silence while it waits', () => {
  const run = new RouteRun(RELAY)
  assert.deepEqual(briefs(run.receive(OPTIONS)), ['10.0.1.1 OPTIONS'])
  assert.deepEqual(run.receive(OPTIONS), [])
  run.receive(responseTo(run.sent[0], 200), BOB)
  assert.deepEqual(briefs(run.receive(OPTIONS)), ['10.0.0.1 200'])
})

test('t_newtran stops the script for a retransmission, and t_reply answers once', () => {
  const run = new RouteRun('route { if (t_newtran()) { t_reply("404", "A"); t_reply("405", "B"); }; }')
  assert.deepEqual(briefs(run.receive(OPTIONS)), ['10.0.0.1 404'])
  assert.match(run.logs.join(), /cannot generate a final reply/)
  assert.deepEqual(briefs(run.receive(OPTIONS)), ['10.0.0.1 404'])
})

test('our failure reply to an INVITE is sent again until the ACK', () => {
  const run = new RouteRun(REPLY)
  const [reply] = run.receive(INVITE)
  assert.deepEqual(times(run.until(8000)), [1000, 3000, 7000])
  assert.deepEqual(run.receive(ackOf(reply!)), [])
  assert.deepEqual(run.until(60_000), [])
  assert.equal(transactions(run), 0)
})

test('without an ACK our failure reply is given up when fr_timer has run out', () => {
  const run = new RouteRun(REPLY)
  run.receive(INVITE)
  const again = run.until(100_000)
  assert.equal(Math.max(...times(again)) <= 30_000, true)
  assert.equal(again.length, 8)
  assert.equal(transactions(run), 0)
})

test('our 2xx to an INVITE is sent again until the ACK, which has a branch of its own', () => {
  const run = new RouteRun('route { if (t_newtran()) { t_reply("200", "OK"); }; }')
  const [reply] = run.receive(INVITE)
  assert.deepEqual(times(run.until(4000)), [1000, 3000])
  run.receive(ackOf(reply!, 'z9hG4bKack'))
  assert.deepEqual(run.until(60_000), [])
})

test('over a stream a failure reply is not sent again', () => {
  const run = new RouteRun(REPLY)
  const via = 'SIP/2.0/TCP 10.0.0.1:5060;branch=z9hG4bKone'
  run.receive(request('INVITE', 'sip:bob@10.0.1.1', { via }), { transport: 'tcp', connection: 3 })
  assert.deepEqual(run.until(20_000), [])
})

test('a reply relayed to a caller on a stream goes back on its connection', () => {
  const run = new RouteRun(RELAY)
  const via = 'SIP/2.0/TCP 10.0.0.1:5060;branch=z9hG4bKone'
  const [, sent] = run.receive(request('INVITE', 'sip:bob@10.0.1.1', { via }), {
    transport: 'tcp',
    connection: 3,
  })
  assert.equal(sent?.transport, 'udp')
  const [ringing] = run.receive(responseTo(sent, 180), BOB)
  assert.deepEqual([ringing?.transport, ringing?.connection], ['tcp', 3])
})

test('requests are sent again 1, 2, 4 and 4 seconds later as SER does it, and at 0.5 s doubling by the RFC', () => {
  const ser = new RouteRun(RELAY)
  ser.receive(INVITE)
  assert.deepEqual(times(ser.until(16_000)), [1000, 3000, 7000, 11_000, 15_000])
  const rfc = new RouteRun(RELAY, 'rfc3261')
  const headers = ['Max-Forwards: 70']
  rfc.receive(request('INVITE', 'sip:bob@10.0.1.1', { headers }))
  assert.deepEqual(times(rfc.until(31_900)), [500, 1500, 3500, 7500, 15_500, 31_500])
  const options = new RouteRun(RELAY, 'rfc3261')
  options.receive(request('OPTIONS', 'sip:bob@10.0.1.1', { headers }))
  const repeated = options.until(16_000).filter((sent) => brief(sent) === '10.0.1.1 OPTIONS')
  assert.deepEqual(times(repeated), [500, 1500, 3500, 7500, 11_500, 15_500])
})

test('a provisional response stops the retransmission of an INVITE and slows that of others', () => {
  const invite = new RouteRun(RELAY)
  const [, sent] = invite.receive(INVITE)
  invite.receive(responseTo(sent, 180), BOB)
  assert.deepEqual(invite.until(29_000), [])
  const options = new RouteRun(RELAY)
  const [asked] = options.receive(OPTIONS)
  options.receive(responseTo(asked, 180), BOB)
  assert.deepEqual(times(options.until(9000)), [4000, 8000])
})

test('by the RFC the interval under way runs out before that of T2 begins', () => {
  const run = new RouteRun(RELAY, 'rfc3261')
  const [asked] = run.receive(request('OPTIONS', 'sip:bob@10.0.1.1', { headers: ['Max-Forwards: 70'] }))
  run.receive(responseTo(asked, 100), BOB)
  const repeated = run.until(9000).filter((sent) => brief(sent) === '10.0.1.1 OPTIONS')
  assert.deepEqual(times(repeated), [500, 4500, 8500])
})

test('nobody answers: 408 when fr_timer has run out, 30 s for SER and 32 s by the RFC', () => {
  for (const [profile, at] of [
    ['ser', 30_000],
    ['rfc3261', 32_000],
  ] as const) {
    const run = new RouteRun(RELAY, profile)
    run.receive(request('INVITE', 'sip:bob@10.0.1.1', { headers: ['Max-Forwards: 70'] }))
    const finals = run.until(at + 400).filter((sent) => brief(sent) === '10.0.0.1 408')
    assert.deepEqual(times(finals), [at])
  }
})

test('by the RFC a request that is no INVITE gets a 100 when it takes long, and no 408', () => {
  const run = new RouteRun(RELAY, 'rfc3261')
  const [asked] = run.receive(request('OPTIONS', 'sip:bob@10.0.1.1', { headers: ['Max-Forwards: 70'] }))
  run.receive(responseTo(asked, 183), BOB)
  const upstream = run.until(100_000).filter((sent) => sent.to.startsWith('10.0.0.1'))
  assert.deepEqual(
    upstream.map((sent) => [sent.at, brief(sent)]),
    [[3500, '10.0.0.1 100']],
  )
  assert.equal(run.engine.use(tm).store.count, 0)
})

test('by the RFC stray responses go nowhere, those of stateless forwards do', () => {
  for (const [branch, goes] of [
    ['z9hG4bK1.abc.0', false],
    [`z9hG4bK${'0123456789abcdef'.repeat(2)}`, true],
  ] as const) {
    const run = new RouteRun(RELAY, 'rfc3261')
    const vias = `Via: SIP/2.0/UDP 10.0.0.9;branch=${branch}\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa\r\n`
    const rest =
      'From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n'
    assert.equal(run.receive(`SIP/2.0 200 OK\r\n${vias}${rest}`, BOB).length, goes ? 1 : 0)
  }
})

test('fr_timer of the script counts, and no CANCEL goes to who has said nothing', () => {
  const run = new RouteRun(`modparam("tm", "fr_timer", 2)\n${RELAY}`)
  run.receive(INVITE)
  assert.deepEqual(briefs(run.until(2000)), ['10.0.1.1 INVITE', '10.0.0.1 408'])
})

test('who rings too long is cancelled and the caller gets 408; each provisional starts the time anew', () => {
  const run = new RouteRun(`modparam("tm", "fr_inv_timer", 4)\n${RELAY}`)
  const [, sent] = run.receive(INVITE)
  run.receive(responseTo(sent, 180), BOB)
  run.until(3000)
  run.receive(responseTo(sent, 180), BOB)
  assert.deepEqual(run.until(6999), [])
  assert.deepEqual(briefs(run.until(7000)).sort(), ['10.0.0.1 408', '10.0.1.1 CANCEL'])
})

test('the transaction is forgotten wt_timer after its end', () => {
  const run = new RouteRun(`modparam("tm", "wt_timer", 3)\n${RELAY}`)
  const [sent] = run.receive(OPTIONS)
  run.receive(responseTo(sent, 200), BOB)
  run.until(2999)
  assert.equal(transactions(run), 1)
  run.until(3000)
  assert.equal(transactions(run), 0)
})

test('the ACK of a failure is made here with the To of the response, that of the caller ends here', () => {
  const run = new RouteRun(RELAY)
  const [, sent] = run.receive(INVITE)
  const [ack, busy] = run.receive(responseTo(sent, 486), BOB)
  assert.deepEqual([brief(ack!), brief(busy!)].sort(), ['10.0.0.1 486', '10.0.1.1 ACK'])
  assert.deepEqual(headerValues(ack!, 'To'), ['<sip:bob@example.com>;tag=b1'])
  assert.deepEqual(headerValues(ack!, 'Via'), headerValues(sent!, 'Via').slice(0, 1))
  assert.deepEqual(run.receive(ackOf(busy!)), [])
})

test('the ACK of a 2xx goes through the script to its Request-URI, each copy of it', () => {
  const run = new RouteRun(RELAY)
  const [, sent] = run.receive(INVITE)
  const [ok] = run.receive(responseTo(sent, 200), BOB)
  for (let copy = 0; copy < 2; copy++)
    assert.deepEqual(briefs(run.receive(ackOf(ok!, 'z9hG4bKack'))), ['10.0.1.1 ACK'])
})

test('a 2xx that comes late, or again, is relayed; another late final is not', () => {
  const run = new RouteRun(RELAY)
  const [, sent] = run.receive(INVITE)
  assert.deepEqual(briefs(run.receive(responseTo(sent, 200), BOB)), ['10.0.0.1 200'])
  assert.deepEqual(briefs(run.receive(responseTo(sent, 200), BOB)), ['10.0.0.1 200'])
  assert.deepEqual(briefs(run.receive(responseTo(sent, 486), BOB)).includes('10.0.0.1 486'), false)
  run.until(9000)
  assert.equal(transactions(run), 0)
  assert.deepEqual(briefs(run.receive(responseTo(sent, 200), BOB)), ['10.0.0.1 200'], 'statelessly by then')
})

test('a 2xx after a timeout is still relayed', () => {
  const run = new RouteRun(`modparam("tm", "fr_timer", 2)\n${RELAY}`)
  const [, sent] = run.receive(INVITE)
  run.until(2500)
  assert.deepEqual(briefs(run.receive(responseTo(sent, 200), BOB)), ['10.0.0.1 200'])
})

test('a response with a forged branch or another method is for no transaction', () => {
  const run = new RouteRun(RELAY)
  const [, sent] = run.receive(INVITE)
  const forged = responseTo(sent, 200).replace(/branch=z9hG4bK[0-9a-f]+\.[0-9a-f]+/, 'branch=z9hG4bK0.1')
  run.receive(forged, BOB)
  run.receive(responseTo(sent, 200).replace('1 INVITE', '1 BYE'), BOB)
  assert.equal(transactions(run), 1)
  assert.deepEqual(briefs(run.until(1000)), ['10.0.1.1 INVITE'], 'it still waits for its response')
})

test('without the cookie of RFC 3261 requests find their transaction by their header fields', () => {
  const run = new RouteRun(RELAY)
  const via = 'SIP/2.0/UDP 10.0.0.1:5060'
  const old = (method: string, callId = 'old'): string => request(method, 'sip:bob@10.0.1.1', { via, callId })
  const [, sent] = run.receive(old('INVITE'))
  run.receive(responseTo(sent, 180), BOB)
  assert.deepEqual(briefs(run.receive(old('INVITE'))), ['10.0.0.1 180'])
  assert.deepEqual(briefs(run.receive(old('INVITE', 'other'))), ['10.0.0.1 100', '10.0.1.1 INVITE'])
  assert.deepEqual(briefs(run.receive(old('CANCEL'))).sort(), ['10.0.0.1 200', '10.0.1.1 CANCEL'])
  const [ack, cancelled] = run.receive(responseTo(sent, 487), BOB)
  assert.deepEqual([brief(ack!), brief(cancelled!)], ['10.0.1.1 ACK', '10.0.0.1 487'])
  const to = headerValues(cancelled!, 'To')[0]!
  assert.deepEqual(run.receive(request('ACK', 'sip:bob@10.0.1.1', { via, callId: 'old', to })), [])
})

test('ruri_matching and via1_matching take fields into that comparison', () => {
  const via = 'SIP/2.0/UDP 10.0.0.1:5060'
  const again = (lines: string, changed: { uri?: string; via?: string }): number => {
    const run = new RouteRun(`${lines}\nroute { t_relay(); }`)
    run.receive(request('OPTIONS', 'sip:bob@10.0.1.1', { via }))
    return run.receive(request('OPTIONS', changed.uri ?? 'sip:bob@10.0.1.1', { via: changed.via ?? via }))
      .length
  }
  const uri = 'sip:eve@10.0.1.1'
  assert.equal(again('', { uri }), 1, 'another request')
  assert.equal(again('modparam("tm", "ruri_matching", 0)', { uri }), 0, 'the same request')
  assert.equal(again('', { via: `${via};x=1` }), 1)
  assert.equal(again('modparam("tm", "via1_matching", 0)', { via: `${via};x=1` }), 0)
})

test('t_lookup_request tells a known request from a new one, t_retransmit_reply answers it', () => {
  const run = new RouteRun(`route {
    if (t_lookup_request()) { t_retransmit_reply(); break; };
    t_newtran(); t_reply("404", "Nobody"); }`)
  assert.deepEqual(briefs(run.receive(OPTIONS)), ['10.0.0.1 404'])
  assert.deepEqual(briefs(run.receive(OPTIONS)), ['10.0.0.1 404'])
  assert.deepEqual(run.logs, [])
})

test('t_release ends a transaction, a forgotten one is noticed', () => {
  const run = new RouteRun('route { t_newtran(); t_release(); }')
  run.receive(OPTIONS)
  assert.deepEqual(run.logs, [])
  run.until(5000)
  assert.equal(transactions(run), 0)
  const careless = new RouteRun('route { t_newtran(); }')
  careless.receive(OPTIONS)
  assert.deepEqual(careless.logs, ["WARNING: script writer didn't release transaction"])
  careless.until(5000)
  assert.equal(transactions(careless), 0)
})

test('t_relay in a transaction that exists already is false; t_forward_nonack is for that', () => {
  const twice = new RouteRun('route { t_newtran(); if (!t_relay()) { t_reply("500", "Twice"); }; }')
  assert.deepEqual(briefs(twice.receive(OPTIONS)), ['10.0.0.1 500'])
  const run = new RouteRun('route { t_newtran(); t_forward_nonack("10.0.2.2", "5070"); }')
  assert.deepEqual(
    run.receive(OPTIONS).map(({ to }) => to),
    ['10.0.2.2:5070'],
  )
})

test('t_replicate sends a copy whose replies nobody sees, and errors are not answered', () => {
  const run = new RouteRun('route { t_replicate("10.0.2.2", "5070"); }')
  const [copy, ...others] = run.receive(OPTIONS)
  assert.deepEqual([copy?.to, others.length], ['10.0.2.2:5070', 0])
  assert.deepEqual(run.receive(responseTo(copy, 200)), [])
  assert.deepEqual(run.until(60_000), [])
  assert.equal(transactions(run), 0)
})

test('a failure without a Via below ours goes no further, but is acknowledged and ends its branch (RFC 3261 §16.7-3)', () => {
  const run = new RouteRun('route { t_relay(); }', 'rfc3261')
  run.receive(INVITE)
  const invite = run.sent.find(({ bytes }) => bytes.startsWith('INVITE '))
  const withoutOurs = (status: number): string => {
    let seen = 0
    return responseTo(invite, status).replace(/^Via: .*\r\n/gm, (via) => (seen++ === 0 ? via : ''))
  }
  assert.deepEqual(briefs(run.receive(withoutOurs(180), BOB)), [])
  const after = run.receive(withoutOurs(486), BOB)
  assert.deepEqual(briefs(after), ['10.0.1.1 ACK', '10.0.0.1 486'])
  assert.doesNotMatch(after[1]!.bytes, /Said/)
})

test('requests that lack a field of the transaction tuple are refused', () => {
  const run = new RouteRun('route { if (!t_relay()) { sl_reply_error(); }; }')
  const [reply] = run.receive(OPTIONS.replace(/Call-ID: .*\r\n/, ''))
  assert.match(reply!.bytes, /^SIP\/2\.0 400 Transaction tuple incomplete \(9\/SL\)\r\n/)
  assert.equal(transactions(run), 0)
})

/** To a host over a transport of its own, whatever the Request-URI says. */
const ELSEWHERE = [
  't_relay_to_udp("10.0.2.2", "5070");',
  't_relay_to_tcp("10.0.2.2", "5070");',
  't_relay_to_tls("10.0.2.2", "5070");',
  't_newtran(); t_forward_nonack_udp("10.0.2.2", "5070");',
  't_newtran(); t_forward_nonack_tcp("10.0.2.2", "5070");',
  't_newtran(); t_forward_nonack_tls("10.0.2.2", "5070");',
  't_replicate_udp("10.0.2.2", "5070");',
  't_replicate_tcp("10.0.2.2", "5070");',
  't_replicate_tls("10.0.2.2", "5070");',
]

for (const script of ELSEWHERE) {
  const [, name = '', transport = ''] = /(t_\w+_(udp|tcp|tls))\(/.exec(script)!
  test(`${name} goes there over ${transport.toUpperCase()}, with the Request-URI as it was`, () => {
    const run = new RouteRun(`route { ${script} }`, 'ser', undefined, [
      { transport: 'tls', address: '10.0.0.10', port: 5061 },
    ])
    const [sent, ...others] = run.receive(OPTIONS)
    assert.deepEqual([sent?.to, sent?.transport, others.length], ['10.0.2.2:5070', transport, 0])
    assert.match(sent!.bytes, /^OPTIONS sip:bob@10\.0\.1\.1 SIP/)
    assert.match(headerValues(sent!, 'Via')[0]!, new RegExp(`^SIP/2\\.0/${transport.toUpperCase()} `))
  })
}

/** Bob rings until the timer fires; what is sent then. */
function unanswered(params: string, script = RELAY): { run: RouteRun; later: string[] } {
  const run = new RouteRun(`${params}modparam("tm", "fr_inv_timer", 20)\n${script}`)
  run.receive(INVITE)
  const invite = run.sent.find(({ bytes }) => bytes.startsWith('INVITE '))
  run.receive(responseTo(invite, 180), BOB)
  return { run, later: briefs(run.until(25_000)) }
}

const SILENT = 'modparam("tm", "noisy_ctimer", 0)\n'

test('a call that nobody answers is ended with 408 and CANCEL; with noisy_ctimer 0 it ends without a word', () => {
  for (const params of ['', 'modparam("tm", "noisy_ctimer", 1)\n'])
    assert.deepEqual(unanswered(params).later.slice(0, 2), ['10.0.1.1 CANCEL', '10.0.0.1 408'])
  const { run, later } = unanswered(SILENT)
  assert.deepEqual(later, [])
  run.until(60_000)
  assert.equal(transactions(run), 0)
})

test('noisy_ctimer 0 is not silent where more hangs on it: nothing was heard, a failure route, accounting', () => {
  const silent = new RouteRun(`${SILENT}${RELAY}`)
  silent.receive(INVITE)
  assert.ok(briefs(silent.until(40_000)).includes('10.0.0.1 408'))
  const route = 'route { t_on_failure("1"); t_relay(); } failure_route[1] { t_reply("480", "Nobody"); }'
  assert.ok(unanswered(SILENT, route).later.includes('10.0.0.1 480'))
  const accounted = `modparam("acc", "log_flag", 1)\n`
  const counted = unanswered(SILENT + accounted, 'route { setflag(1); t_relay(); }')
  assert.ok(counted.later.includes('10.0.0.1 408'))
})
