// nathelper: who is behind a NAT, what is put right, and keep-alives.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, invite, OUTSIDE, SDP } from './nathelper/nated-call.js'
import { headerValues, request, responseTo, RouteRun, runRoute, type Sent } from './route-run.js'

/** What a relayed INVITE is like after these lines of a script. */
function relayed(script: string, text = invite()): Sent | undefined {
  const run = runRoute(`route { ${script} t_relay(); }`, text, { from: OUTSIDE })
  return run.sent.find(({ bytes }) => bytes.startsWith('INVITE'))
}

// ---- nat_uac_test ----

function isNated(tests: number, text: string, from = OUTSIDE): boolean {
  const script = `route { if (nat_uac_test("${tests}")) log(1, "yes"); }`
  return runRoute(script, text, { from }).logs.includes('yes')
}

test('a private Contact shows who is behind a NAT', () => {
  const at = (contact: string) =>
    isNated(1, request('OPTIONS', 'sip:x@y', { headers: [`Contact: ${contact}`] }))
  for (const host of ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1'])
    assert.equal(at(`<sip:a@${host}:5060>`), true, host)
  for (const host of [
    '11.0.0.1',
    '172.32.0.1',
    '172.15.0.1',
    '192.169.0.1',
    'ten.example',
    '[fd00::1]',
    '10.1.2.999',
  ])
    assert.equal(at(`<sip:a@${host}>`), false, host)
  for (const contact of ['*', 'garbage <', '"x'] as const) assert.equal(at(contact), false, contact)
  assert.equal(isNated(1, request('OPTIONS', 'sip:x@y')), false)
})

test('a source that is not in the Via shows it, and so do a private Via, a private stream and another port', () => {
  const via = (host: string) => request('OPTIONS', 'sip:x@y', { via: `SIP/2.0/UDP ${host};branch=z9hG4bKa` })
  assert.equal(isNated(2, via('198.51.100.7:40000')), false)
  assert.equal(isNated(2, via('198.51.100.8:40000')), true)
  assert.equal(isNated(2, via('phone.example')), true)
  assert.equal(isNated(2, via('[2001:DB8:0::1]'), { address: '2001:db8::1', port: 5060 }), false)
  assert.equal(isNated(4, via('192.168.7.7')), true)
  assert.equal(isNated(4, via('198.51.100.7')), false)
  assert.equal(isNated(8, invite()), true)
  assert.equal(isNated(8, invite(SDP.replaceAll('192.168.', '203.0.'))), false)
  assert.equal(isNated(8, invite(SDP.replace('IP4 192.168.1.2\r\nt=', 'IP4 203.0.113.2\r\nt='))), true)
  assert.equal(isNated(16, via('198.51.100.7:40000')), false)
  assert.equal(isNated(16, via('198.51.100.7')), true)
})

test('tests add up, and what is no sum of them is a mistake of the script', () => {
  const text = request('OPTIONS', 'sip:x@y', { via: 'SIP/2.0/UDP 198.51.100.8:40000;branch=z9hG4bKa' })
  assert.deepEqual(
    [isNated(3, text), isNated(19, text), isNated(4, text), isNated(0, text)],
    [true, true, false, false],
  )
  for (const bad of ['', '32', 'x', '-1', '1.5'])
    assert.throws(() => new RouteRun(`route { nat_uac_test("${bad}"); }`), /bad number/, bad)
})

// ---- fix_nated_contact, fix_nated_sdp ----

test('the Contact gets the source of the message, and nothing else of it changes', () => {
  assert.deepEqual(headerValues(relayed('fix_nated_contact();')!, 'Contact'), [
    '"sip:alice@192.168.1.2" <sip:alice@198.51.100.7:40000;x=y?h=1>;q=0.5',
  ])
  const bare = request('INVITE', 'sip:bob@10.0.0.2', { headers: ['m: sip:192.168.1.2;q=1, <sip:b@c>'] })
  assert.deepEqual(headerValues(relayed('fix_nated_contact();', bare)!, 'm'), [
    'sip:198.51.100.7:40000;q=1, <sip:b@c>',
  ])
})

test('without a Contact it is false; with one for TCP the route ends', () => {
  const result = (headers: string[]) =>
    runRoute(
      'route { if (fix_nated_contact()) log(1, "true"); else log(1, "false"); log(1, "on"); }',
      request('OPTIONS', 'sip:x@y', { headers }),
    ).logs
  assert.deepEqual(result([]), ['false', 'on'])
  assert.deepEqual(result(['Contact: *']), ['false', 'on'])
  assert.deepEqual(result(['Contact: <sip:a@b;transport=TCP>']), [])
  assert.deepEqual(result(['Contact: <sip:a@b;transport=udp>']), ['true', 'on'])
})

test('a REGISTER is saved as the script rewrote it', () => {
  const script = 'route { fix_nated_contact(); save("location"); }'
  const [sent] = runRoute(
    script,
    request('REGISTER', 'sip:example.com', { headers: ['Contact: <sip:b@192.168.0.9>'] }),
    {
      from: OUTSIDE,
    },
  ).sent
  assert.deepEqual(headerValues(sent!, 'Contact'), ['<sip:b@198.51.100.7:40000>;expires=3600'])
})

test('the description gets the source, a direction, a mark and an origin, and Content-Length fits', () => {
  const fixed = (what: number) => bodyOf(relayed(`fix_nated_sdp("${what}");`))
  assert.equal(fixed(1), `${SDP}a=direction:active\r\n`)
  assert.equal(
    fixed(2),
    SDP.replace('c=IN IP4 192.168.1.2', 'c=IN IP4 198.51.100.7').replace(
      'c=IN IP4 192.168.1.3',
      'c=IN IP4 198.51.100.7',
    ),
  )
  assert.equal(fixed(4), `${SDP}a=nortpproxy:yes\r\n`)
  assert.equal(fixed(8), SDP.replace('o=alice 1 1 IN IP4 192.168.1.2', 'o=alice 1 1 IN IP4 198.51.100.7'))
  const all = relayed('fix_nated_sdp("15");')!
  assert.deepEqual(headerValues(all, 'Content-Length'), [String(bodyOf(all).length)])
})

test('a stream on hold stays on hold', () => {
  const held = 'v=0\r\no=- 1 1 IN IP4 192.168.1.2\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nm=audio 1 RTP/AVP 0\r\n'
  assert.equal(bodyOf(relayed('fix_nated_sdp("2");', invite(held))), held)
})

test('a body that is no session description is left alone', () => {
  const plain = invite(SDP, { headers: ['Content-Type: text/plain'] })
  const run = runRoute('route { if (!fix_nated_sdp("15")) log(1, "false"); t_relay(); }', plain)
  assert.deepEqual(run.logs, ['false'])
  assert.equal(bodyOf(run.sent.find(({ bytes }) => bytes.startsWith('INVITE'))), SDP)
})

// ---- received ----

test('add_rcv_param says to each Contact where the request came from', () => {
  const text = request('REGISTER', 'sip:10.0.0.2', {
    headers: ['Contact: <sip:a@b>;q=1, sip:c@d', 'Contact: <sip:e@f>'],
  })
  const [sent] = runRoute('route { add_rcv_param(); t_relay(); }', text, { from: OUTSIDE }).sent
  const received = ';received="sip:198.51.100.7:40000"'
  assert.deepEqual(headerValues(sent!, 'Contact'), [
    `<sip:a@b>;q=1${received}, sip:c@d${received}`,
    `<sip:e@f>${received}`,
  ])
})

const REGISTRAR = `modparam("nathelper", "natping_interval", 20)
  route {
    if (method == "REGISTER") { if (uri == "sip:nat.example") fix_nated_register(); save("location"); break; };
    lookup("location"); t_on_failure("1"); t_relay();
  }
  failure_route[1] { append_branch("sip:voicemail@10.0.0.50"); t_relay(); }`

function registered(...contacts: readonly { readonly contact: string; readonly nated: boolean }[]): RouteRun {
  const run = new RouteRun(REGISTRAR)
  contacts.forEach(({ contact, nated }, index) =>
    run.receive(
      request('REGISTER', nated ? 'sip:nat.example' : 'sip:example.com', {
        headers: [`Contact: ${contact}`],
        callId: `r${index}`,
      }),
      { from: OUTSIDE },
    ),
  )
  return run
}

const inviteTargets = (run: RouteRun): string[] =>
  run.sent
    .filter(({ bytes }) => bytes.startsWith('INVITE'))
    .map(({ to, bytes }) => `${to} ${bytes.split(' ')[1]}`)

test('what fix_nated_register noted is where the contact is reached, and the phone is told', () => {
  const run = registered(
    { contact: '<sip:bob@192.168.0.9>;q=1', nated: true },
    { contact: '<sip:bob@10.0.0.8>', nated: false },
  )
  assert.match(
    run.sent[0]!.bytes,
    /^Contact: <sip:bob@192.168.0.9>;q=1;expires=3600;received="sip:198.51.100.7:40000"\r$/m,
  )
  run.receive(request('INVITE', 'sip:bob@example.com'))
  assert.deepEqual(inviteTargets(run), [
    '198.51.100.7:40000 sip:bob@192.168.0.9',
    '10.0.0.8:5060 sip:bob@10.0.0.8',
  ])
})

test('a failure route does not send to where the contact was', () => {
  const run = registered({ contact: '<sip:bob@192.168.0.9>', nated: true })
  run.receive(request('INVITE', 'sip:bob@example.com'))
  const tried = run.sent.find(({ bytes }) => bytes.startsWith('INVITE'))
  run.receive(responseTo(tried, 486), { from: OUTSIDE })
  assert.deepEqual(inviteTargets(run).slice(1), ['10.0.0.50:5060 sip:voicemail@10.0.0.50'])
})

test('another proxy may say where a contact is reached, as far as it is a URI', () => {
  const bindings = (received: string) => {
    const run = registered({ contact: `<sip:bob@192.168.0.9>;received=${received}`, nated: false })
    run.receive(request('INVITE', 'sip:bob@example.com'))
    return inviteTargets(run).map((line) => line.split(' ')[0])
  }
  assert.deepEqual(bindings('"sip:203.0.113.1:9"'), ['203.0.113.1:9'])
  assert.deepEqual(bindings('"sip:a\\"b@203.0.113.1"'), ['192.168.0.9:5060'])
  assert.deepEqual(bindings('"nonsense"'), ['192.168.0.9:5060'])
})

test('registered contacts get four octets 0 now and then, where they are reached', () => {
  const run = registered(
    { contact: '<sip:bob@192.168.0.9>;expires=100', nated: true },
    { contact: '<sip:bob@10.0.0.8:5070>;expires=100', nated: false },
    { contact: '<sip:bob@10.0.0.7;transport=tcp>', nated: false },
    { contact: '<sip:bob@phone.example:5080>;expires=70', nated: false },
  )
  const pings = run.until(20_000).filter(({ bytes }) => bytes === '\0\0\0\0')
  assert.deepEqual(
    pings.map(({ to, transport }) => `${to} ${transport}`),
    ['198.51.100.7:40000 udp', '10.0.0.8:5070 udp'],
  )
  assert.deepEqual(
    run.answer({ kind: 'addresses', addresses: ['10.0.0.4'] }).map(({ to }) => to),
    ['10.0.0.4:5080'],
  )
  assert.equal(run.until(40_000).length, 2)
})

test('ping_nated_only spares the others, and keep-alives need bindings', () => {
  const run = new RouteRun(`modparam("nathelper", "natping_interval", 20)
    modparam("nathelper", "ping_nated_only", 1)
    route { if (uri == "sip:nat.example") setflag(4); save("location"); }`)
  assert.equal(run.engine.deadline, undefined)
  run.receive(request('REGISTER', 'sip:nat.example', { headers: ['Contact: <sip:a@10.0.0.8>'] }))
  run.receive(request('REGISTER', 'sip:example.com', { headers: ['Contact: <sip:a@10.0.0.9>'], callId: '2' }))
  assert.deepEqual(
    run.until(20_000).map(({ to }) => to),
    ['10.0.0.8:5060'],
  )
  const bare = 'loadmodule "nathelper.so"\nmodparam("nathelper", "natping_interval", 20)\nroute { break; }'
  assert.throws(() => new RouteRun(bare), /natping_interval needs usrloc/)
})
