// Functions and parameters that no other test names: other transports of tm, timers in whole seconds, what the registrar does
// with odd contacts, files of rules, headers around an rpid. Each would fail without the setting.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { challenged, credentials, register, rows, statusOf } from './auth/login.js'
import { headerValues, request, RouteRun } from './route-run.js'

const INVITE = request('INVITE', 'sip:bob@10.0.0.2')
const OPTIONS = request('OPTIONS', 'sip:bob@10.0.0.2')

function loading(...modules: string[]): string {
  return modules.map((name) => `loadmodule "${name}.so"\n`).join('')
}

const TLS = { transport: 'tls', address: '10.0.0.9', port: 5061 } as const

/** Where a route sends an OPTIONS: "udp 10.0.2.2:5070". */
function sentBy(body: string): string[] {
  const run = new RouteRun(`route { ${body} }`, 'ser', {}, [TLS])
  run.receive(OPTIONS)
  return run.sent
    .filter(({ bytes }) => bytes.startsWith('OPTIONS'))
    .map(({ transport, to }) => `${transport} ${to}`)
}

const THERE = '("10.0.2.2", "5070")'
/** What a script calls, and where that sends the request. */
const TRANSPORTS = [
  [`t_newtran(); t_forward_nonack_udp${THERE};`, 'udp'],
  [`t_newtran(); t_forward_nonack_tcp${THERE};`, 'tcp'],
  [`t_newtran(); t_forward_nonack_tls${THERE};`, 'tls'],
  [`t_replicate_udp${THERE};`, 'udp'],
  [`t_replicate_tcp${THERE};`, 'tcp'],
  [`t_replicate_tls${THERE};`, 'tls'],
  [`t_relay_to_tls${THERE};`, 'tls'],
] as const

test('tm: each transport has a function of its own', () => {
  for (const [body, transport] of TRANSPORTS)
    assert.deepEqual(sentBy(body), [`${transport} 10.0.2.2:5070`], body)
  const uri = 't_newtran(); rewritehostport("10.0.3.3:5080"); t_forward_nonack_uri();'
  assert.deepEqual(sentBy(uri), ['udp 10.0.3.3:5080'])
})

test('tm: a request is sent again after retr_timer1p1, 1p2 and 1p3, then every retr_timer2', () => {
  const run = new RouteRun(`
    modparam("tm", "retr_timer1p1", 2)
    modparam("tm", "retr_timer1p2", 3)
    modparam("tm", "retr_timer1p3", 5)
    modparam("tm", "retr_timer2", 6)
    route { t_relay(); }`)
  run.receive(OPTIONS)
  run.until(28_000)
  const at = run.sent.filter(({ bytes }) => bytes.startsWith('OPTIONS')).map((sent) => sent.at / 1000)
  assert.deepEqual(at, [0, 2, 5, 10, 16, 22, 28])
})

test('rr: record_route_strict may stand in no route, as in SER', () => {
  assert.throws(
    () => new RouteRun('route { record_route_strict(); }'),
    /record_route_strict cannot be used in route/,
  )
})

/** Registers contacts one after the other; returns the Contact values of the last 200. */
function registered(params: string, ...contacts: string[]): string[] {
  const run = new RouteRun(`${loading('sl', 'usrloc', 'registrar')}${params}route { save("location"); }`)
  let last: string[] = []
  for (const contact of contacts) {
    const [reply] = run.receive(register([`Contact: ${contact}`]))
    last = reply === undefined ? [] : headerValues(reply, 'Contact').flatMap((value) => value.split(/,\s*/))
  }
  return last
}

test('registrar: contacts without q get default_q; the newest comes first by desc_time_order', () => {
  const two = ['<sip:one@10.0.0.1>;q=0.9', '<sip:two@10.0.0.1>'] as const
  assert.match(registered('modparam("registrar", "default_q", 500)\n', two[1])[0]!, /q=0\.50?/)
  assert.doesNotMatch(registered('', two[1])[0]!, /q=/)
  assert.match(registered('modparam("usrloc", "desc_time_order", 0)\n', ...two)[0]!, /one@/)
  assert.match(registered('modparam("usrloc", "desc_time_order", 1)\n', ...two)[0]!, /two@/)
})

test('permissions: default_allow_file and allow_suffix say where the rules are that allow', () => {
  const files = {
    'own.allow': 'ALL : ALL',
    'x.yes': 'ALL : ALL',
    'own.deny': 'ALL : ALL',
    'x.deny': 'ALL : ALL',
  }
  const answer = (params: string, call: string): string => {
    const script = `${loading('sl', 'permissions')}modparam("permissions", "default_deny_file", "own.deny")
      ${params}
      route { if (${call}) { sl_send_reply("200", "x"); } else { sl_send_reply("403", "x"); }; }`
    return statusOf(new RouteRun(script, 'ser', files).receive(INVITE))
  }
  assert.equal(answer('', 'allow_routing()'), '403')
  assert.equal(answer('modparam("permissions", "default_allow_file", "own.allow")', 'allow_routing()'), '200')
  assert.equal(answer('', 'allow_routing("x")'), '403')
  assert.equal(answer('modparam("permissions", "allow_suffix", ".yes")', 'allow_routing("x")'), '200')
})

test('auth: rpid_prefix and rpid_suffix stand around the rpid of the accepted user', () => {
  const run = new RouteRun(`${loading('mysql', 'sl', 'tm', 'auth', 'auth_db')}
    modparam("auth_db", "calculate_ha1", 1)
    modparam("auth_db", "password_column", "password")
    modparam("auth_db", "use_rpid", 1)
    modparam("auth", "rpid_prefix", "<before:")
    modparam("auth", "rpid_suffix", ":behind>")
    route { if (!www_authorize("example.com", "subscriber")) { www_challenge("example.com", "0"); break; };
      append_rpid_hf(); rewritehostport("10.0.2.2:5060"); t_relay(); }`)
  const login = { username: 'alice', password: 'secret', realm: 'example.com', nonce: challenged(run) }
  run.receive(register([`Authorization: ${credentials(login)}`]))
  const [sent] = run
    .answer(rows({ password: 'secret', rpid: '4711' }))
    .filter(({ bytes }) => bytes.startsWith('REGISTER'))
  assert.deepEqual(headerValues(sent!, 'Remote-Party-ID'), ['<before:4711:behind>'])
})
