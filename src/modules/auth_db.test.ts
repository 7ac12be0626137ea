// auth and auth_db by themselves: challenges, credentials right and wrong, nonces old and used, a database that fails.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  askedFor,
  challenged,
  challengesIn,
  credentials,
  hashOf,
  register,
  rows,
  statusOf,
} from './auth/login.js'
import { request, RouteRun } from './route-run.js'

const HEAD = `
loadmodule "sl.so"
loadmodule "auth.so"
loadmodule "auth_db.so"
modparam("auth_db", "db_url", "mysql://ser@db/ser")
`
const ROUTE = `
route {
  if (!www_authorize("example.com", "subscriber")) { www_challenge("example.com", "1"); break; };
  sl_send_reply("200", "Welcome");
}
`
const HA1 = hashOf()('alice:example.com:secret')
const ALICE = { username: 'alice', password: 'secret', realm: 'example.com' }

function authRun(params = '', route = ROUTE): RouteRun {
  return new RouteRun(`${HEAD}${params}${route}`)
}

/** What becomes of a REGISTER with this Authorization, when the database holds alice's HA1. */
function outcome(run: RouteRun, authorization: string, row: Record<string, string> = { ha1: HA1 }): string {
  const sent = run.receive(register([`Authorization: ${authorization}`]))
  return statusOf(run.asked.length > 0 ? run.answer(rows(row)) : sent)
}

test('who brings no credentials is challenged, with qop when the script says so', () => {
  const [sent] = authRun().receive(register())
  assert.match(sent!.bytes, /^SIP\/2\.0 401 Unauthorized\r\n/)
  assert.match(challengesIn(sent)[0]!, /^Digest realm="example.com", nonce="[0-9a-f]{40}", qop="auth"$/)
  const plain = authRun('', 'route { proxy_challenge("foo.bar", "0"); sl_send_reply("200", "Not sent"); }')
  const replies = plain.receive(request('INVITE', 'sip:bob@example.com'))
  assert.equal(replies.length, 1)
  assert.match(replies[0]!.bytes, /^SIP\/2\.0 407 Proxy Authentication Required\r\n/)
  assert.match(challengesIn(replies[0])[0]!, /^Digest realm="foo.bar", nonce="[0-9a-f]{40}"$/)
})

test('right credentials are accepted, with qop, without, and with auth-int', () => {
  for (const qop of [undefined, 'auth', 'auth-int']) {
    const run = authRun()
    const nonce = challenged(run)
    assert.equal(outcome(run, credentials({ ...ALICE, nonce, ...(qop && { qop }) })), '200', String(qop))
  }
})

test('the table is asked for the user and the realm, and for nothing else', () => {
  const run = authRun()
  run.receive(register([`Authorization: ${credentials({ ...ALICE, nonce: challenged(run) })}`]))
  assert.deepEqual(
    run.asked.map(({ question }) => question),
    [
      {
        kind: 'query',
        database: 'mysql://ser@db/ser',
        queries: [
          {
            operation: 'select',
            table: 'subscriber',
            columns: ['ha1'],
            where: [
              { column: 'username', operator: '=', value: 'alice' },
              { column: 'domain', operator: '=', value: 'example.com' },
            ],
            limit: 1,
          },
        ],
      },
    ],
  )
})

test('a wrong password, an unknown user, a NULL hash: challenged again', () => {
  const run = authRun()
  const nonce = challenged(run)
  assert.equal(outcome(run, credentials({ ...ALICE, password: 'guess', nonce })), '401')
  run.receive(register([`Authorization: ${credentials({ ...ALICE, nonce })}`]))
  assert.equal(statusOf(run.answer(rows())), '401')
  run.receive(register([`Authorization: ${credentials({ ...ALICE, nonce })}`]))
  assert.equal(statusOf(run.answer(rows({ ha1: null }))), '401')
})

test('a nonce that is not ours costs the database nothing', () => {
  const run = authRun()
  const nonce = challenged(run)
  const changed = nonce.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
  const later = `ffffffff${nonce.slice(8)}`
  for (const bad of ['', 'x', changed, later, `${nonce}0`, nonce.slice(0, 8)]) {
    assert.equal(outcome(run, credentials({ ...ALICE, nonce: bad })), '401')
    assert.deepEqual(run.asked, [])
  }
})

test('an expired nonce is stale, but only for who knows the password', () => {
  const run = authRun('modparam("auth", "nonce_expire", 60)\n')
  const nonce = challenged(run)
  run.now = 60_000
  assert.equal(outcome(run, credentials({ ...ALICE, nonce })), '200', 'its last second')
  run.now = 61_000
  run.receive(register([`Authorization: ${credentials({ ...ALICE, nonce })}`]))
  const [right] = run.answer(rows({ ha1: HA1 }))
  assert.match(challengesIn(right)[0]!, /, stale=true$/)
  run.receive(register([`Authorization: ${credentials({ ...ALICE, password: 'guess', nonce })}`]))
  const [wrong] = run.answer(rows({ ha1: HA1 }))
  assert.doesNotMatch(challengesIn(wrong)[0]!, /stale/)
})

test('credentials of another method, or for other realms only, do not count', () => {
  const run = authRun()
  const nonce = challenged(run)
  assert.equal(outcome(run, credentials({ ...ALICE, nonce, method: 'INVITE' })), '401')
  assert.equal(outcome(run, credentials({ ...ALICE, realm: 'other.org', nonce })), '401')
  assert.equal(outcome(run, 'Basic YWxpY2U6c2VjcmV0'), '401')
  const lines = [
    `Authorization: ${credentials({ ...ALICE, realm: 'other.org', nonce: 'n' })}`,
    'Authorization: Digest realm="broken',
    `Authorization: ${credentials({ ...ALICE, realm: 'EXAMPLE.com', nonce })}`,
  ]
  run.receive(register(lines))
  const ha1 = hashOf()('alice:EXAMPLE.com:secret')
  assert.equal(statusOf(run.answer(rows({ ha1 }))), '200', 'ours is found behind them, in any case')
})

test('malformed and incomplete credentials are refused with 400, and the script ends there', () => {
  const run = authRun()
  const nonce = challenged(run)
  const whole = credentials({ ...ALICE, nonce, qop: 'auth' })
  for (const bad of [
    'Digest',
    'Digest username="alice',
    whole.replace(/username="alice", /, ''),
    whole.replace(/uri="[^"]*", /, ''),
    whole.replace(', nc=00000001', ''),
    whole.replace('nc=00000001', 'nc=1'),
    whole.replace(', cnonce="c0"', ''),
    whole.replace('username="alice"', 'username="alice@other.org"'),
  ]) {
    assert.equal(outcome(run, bad), '400', bad)
    assert.deepEqual(run.asked, [])
  }
})

test('a database that fails is answered 500, with a line in the log', () => {
  const run = authRun()
  run.receive(register([`Authorization: ${credentials({ ...ALICE, nonce: challenged(run) })}`]))
  const replies = run.answer({ kind: 'failure', reason: 'connection refused' })
  assert.deepEqual(
    replies.map(({ bytes }) => bytes.split('\r\n')[0]),
    ['SIP/2.0 500 Server Internal Error'],
  )
  assert.deepEqual(run.logs, ['ERROR: auth_db: table subscriber cannot be read: connection refused'])
})

test('ACK and CANCEL are let through without credentials, and without a question', () => {
  for (const method of ['ACK', 'CANCEL']) {
    const run = authRun('', ROUTE.replace('sl_send_reply("200", "Welcome")', 'forward(10.0.1.1)'))
    const [sent] = run.receive(request(method, 'sip:bob@example.com'))
    assert.equal(sent?.to, '10.0.1.1:5060')
    assert.deepEqual(run.asked, [])
  }
})

test('calculate_ha1 takes passwords, in UTF-8 and with the user name as sent', () => {
  const params =
    'modparam("auth_db", "calculate_ha1", 1)\nmodparam("auth_db", "password_column", "password")\n'
  const run = authRun(params)
  const octets = 'p\u00c3\u00a4ss'
  const nonce = challenged(run)
  assert.equal(
    outcome(run, credentials({ ...ALICE, password: octets, nonce }), { password: 'p\u00e4ss' }),
    '200',
  )
  const whole = { ...ALICE, username: 'alice@example.com', nonce }
  assert.equal(outcome(run, credentials(whole), { password: 'secret' }), '200')
})

test('a user name with its domain is judged by HA1B', () => {
  const run = authRun()
  const username = 'alice@example.com'
  const ha1b = hashOf()(`${username}:example.com:secret`)
  run.receive(register([`Authorization: ${credentials({ ...ALICE, username, nonce: challenged(run) })}`]))
  const { columns, where } = askedFor(run)
  assert.deepEqual(columns, ['ha1b'])
  assert.deepEqual(where[0], { column: 'username', operator: '=', value: 'alice' })
  assert.equal(statusOf(run.answer(rows({ ha1b }))), '200')
})

test('columns and the domain are as the script says', () => {
  const run = authRun(`modparam("auth_db", "user_column", "login")
    modparam("auth_db", "password_column", "hash")
    modparam("auth_db", "use_domain", 0)\n`)
  run.receive(register([`Authorization: ${credentials({ ...ALICE, nonce: challenged(run) })}`]))
  assert.deepEqual(askedFor(run).where, [{ column: 'login', operator: '=', value: 'alice' }])
  assert.equal(statusOf(run.answer(rows({ hash: HA1 }))), '200')
})

test('an empty realm is the host of To for a REGISTER, of From for others, without the prefix', () => {
  const params = 'modparam("auth", "realm_prefix", "sip.")\n'
  const run = authRun(
    params,
    'route { if (method=="REGISTER") www_challenge("", "0"); proxy_challenge("", "0"); }',
  )
  const realmOf = (message: string) => /realm="([^"]*)"/.exec(challengesIn(run.receive(message)[0])[0]!)?.[1]
  assert.equal(realmOf(register([], { to: '<sip:alice@sip.home.net>' })), 'home.net')
  assert.equal(realmOf(request('INVITE', 'sip:bob@else.where')), 'example.com')
  const bad = run.receive(register([], { to: '<tel:+49301234>' }))
  assert.equal(statusOf(bad), '400')
})

test('several algorithms: a challenge each, in the order of preference; what is not offered is not accepted', () => {
  const params = `modparam("auth", "algorithm", "SHA-512-256, SHA-256")
    modparam("auth_db", "calculate_ha1", 1)
    modparam("auth_db", "password_column", "password")\n`
  const run = authRun(params)
  const [sent] = run.receive(register())
  assert.deepEqual(
    challengesIn(sent).map((text) => /algorithm=(\S+)/.exec(text)?.[1]),
    ['SHA-512-256', 'SHA-256'],
  )
  const nonce = challenged(run)
  for (const [algorithm, status] of [
    ['SHA-256', '200'],
    ['SHA-512-256', '200'],
    ['SHA-256-sess', '200'],
    ['MD5', '401'],
    ['SHA-1', '401'],
  ] as const) {
    const authorization = credentials({ ...ALICE, nonce, algorithm, qop: 'auth' })
    assert.equal(outcome(run, authorization, { password: 'secret' }), status, algorithm)
  }
  const labelled = credentials({ ...ALICE, nonce }) + ', algorithm=SHA-256'
  assert.equal(
    outcome(run, labelled, { password: 'secret' }),
    '401',
    'an MD5 response that says it is SHA-256',
  )
})

test('SHA-256 from a column of its own; without one the script does not start', () => {
  const params = 'modparam("auth", "algorithm", "SHA-256")\n'
  assert.throws(() => authRun(params), /auth_db: SHA-256 needs calculate_ha1 or a column of its own/)
  const run = authRun(`${params}modparam("auth_db", "password_column_sha256", "ha1_sha256")\n`)
  const authorization = credentials({ ...ALICE, nonce: challenged(run), algorithm: 'SHA-256' })
  const ha1_sha256 = hashOf('SHA-256')('alice:example.com:secret')
  assert.equal(outcome(run, authorization, { ha1_sha256 }), '200')
  assert.equal(outcome(run, authorization, { ha1_sha256: HA1 }), '401')
  assert.match(run.logs.join(), /column ha1_sha256 holds no SHA-256 hash/)
})

test('with nonce_count every nonce is another one, and a captured request cannot be changed and sent again', () => {
  const run = authRun('modparam("auth", "nonce_count", 1)\n')
  const nonce = challenged(run)
  assert.notEqual(nonce, challenged(run))
  const authorization = credentials({ ...ALICE, nonce, qop: 'auth' })
  const first = register([`Authorization: ${authorization}`])
  const accepted = () => (run.receive(first), statusOf(run.answer(rows({ ha1: HA1 }))))
  assert.equal(accepted(), '200')
  assert.equal(accepted(), '200', 'a retransmission is no second use')
  assert.equal(outcome(run, authorization), '401', 'another request with the same credentials')
  assert.equal(outcome(run, credentials({ ...ALICE, nonce, qop: 'auth', nc: '00000002' })), '200')
  assert.equal(outcome(run, credentials({ ...ALICE, nonce })), '401', 'without a count it serves once')
})

test('consume_credentials takes out the accepted header and no other', () => {
  const route = `route {
    if (!proxy_authorize("example.com", "subscriber")) { proxy_challenge("example.com", "0"); break; };
    consume_credentials();
    forward(10.0.1.1);
  }`
  const run = authRun('', route)
  const uri = 'sip:bob@example.com'
  const { receive } = run
  const nonce = /nonce="([^"]*)/.exec(receive.call(run, request('INVITE', uri))[0]!.bytes)![1]!
  const foreign =
    'Proxy-Authorization: Digest username="a", realm="next.hop", nonce="n", uri="u", response="r"'
  const own = `Proxy-Authorization: ${credentials({ ...ALICE, nonce, method: 'INVITE', uri })}`
  run.receive(request('INVITE', uri, { headers: [foreign, own, 'Subject: x'] }))
  const [sent] = run.answer(rows({ ha1: HA1 }))
  assert.ok(sent!.bytes.includes(`\r\n${foreign}\r\nSubject: x\r\n`))
  assert.ok(!sent!.bytes.includes('realm="example.com"'))
})

test('the rpid of the accepted user is added, and judged', () => {
  const route = `route {
    if (!www_authorize("example.com", "subscriber")) { www_challenge("example.com", "0"); break; };
    append_rpid_hf();
    append_rpid_hf("<tel:", ">");
    if (is_rpid_user_e164()) { append_hf("X-E164: yes\\r\\n"); };
    forward(10.0.1.1);
  }`
  const forwarded = (rpid: string | null) => {
    const params = 'modparam("auth_db", "use_rpid", 1)\nloadmodule "textops.so"\n'
    const run = authRun(params, route)
    run.receive(register([`Authorization: ${credentials({ ...ALICE, nonce: challenged(run) })}`]))
    const sent = run.answer(rows({ ha1: HA1, rpid }))[0]!.bytes
    return sent.split('\r\n').filter((line) => /^(?:Remote|X-)/.test(line))
  }
  assert.deepEqual(forwarded('sip:+4930123@example.com'), [
    'Remote-Party-ID: sip:+4930123@example.com;party=calling;id-type=subscriber;screen=yes',
    'Remote-Party-ID: <tel:sip:+4930123@example.com>',
    'X-E164: yes',
  ])
  assert.equal(forwarded('sip:+1@example.com').length, 2, 'a digit is no number')
  assert.deepEqual(forwarded(null), [])
  assert.deepEqual(forwarded('sip:+4930123@example.com>\r\nX-Evil: 1'), [])
})

test('parameters and arguments that make no sense are refused at load', () => {
  assert.throws(() => authRun('modparam("auth", "algorithm", "ROT13")\n'), /not "ROT13"/)
  assert.throws(() => authRun('modparam("auth", "qop", "auth-xyz")\n'), /not "auth-xyz"/)
  assert.throws(() => authRun('modparam("auth", "nonce_expire", 0)\n'), /at least 1 second/)
  assert.throws(() => authRun('modparam("auth_db", "user_column", "a; DROP")\n'), /bad table or column name/)
  assert.throws(() => authRun('', 'route { www_challenge("r", "2"); }'), /qop is 0 or 1/)
  assert.throws(() => authRun('', 'route { www_authorize("r", "x; --"); }'), /bad table or column name/)
})

test('in profile rfc3261 a challenge without qop is not sent', () => {
  const run = new RouteRun(`${HEAD}route { www_challenge("example.com", "0"); }`, 'rfc3261')
  assert.match(challengesIn(run.receive(register(['Max-Forwards: 9']))[0])[0]!, /, qop="auth"$/)
})
