// uri and uri_db over one engine: what the Request-URI says and becomes, and whose parameters count.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { statusOf } from './auth/login.js'
import { request, RouteRun, runRoute } from './route-run.js'

/** "yes", "no", or the Request-URI that was forwarded. */
function answer(condition: string, uri: string): string {
  const run = runRoute(
    `loadmodule "sl.so"\nloadmodule "uri.so"
     route { if (${condition}) { sl_send_reply("200", "Yes"); } else { sl_send_reply("403", "No"); }; }`,
    request('INVITE', uri),
  )
  return statusOf(run.sent) === '200' ? 'yes' : 'no'
}

function forwarded(change: string, uri: string, from?: string): string {
  const whole = request('INVITE', uri)
  const message = from === undefined ? whole : whole.replace('<sip:alice@example.com>', from)
  const run = runRoute(`loadmodule "uri.so"\nroute { ${change} forward(10.0.1.1); }`, message)
  return run.sent[0]?.bytes.split(' ', 2)[1] ?? ''
}

test('uri_param finds a parameter by its name, and by its value', () => {
  const uri = 'sip:bob@example.com;lr;user=phone;Maddr=1.2.3.4?subject=x;a=b'
  for (const [condition, expected] of [
    ['uri_param("lr")', 'yes'],
    ['uri_param("user")', 'no'],
    ['uri_param("user", "phone")', 'yes'],
    ['uri_param("user", "ip")', 'no'],
    ['uri_param("maddr", "1.2.3.4")', 'yes'],
    ['uri_param("a", "b")', 'no'],
    ['uri_param("r")', 'no'],
  ] as const)
    assert.equal(answer(condition, uri), expected, condition)
  assert.equal(answer('uri_param("lr")', 'tel:+4930123;lr'), 'no')
})

test('add_uri_param stands behind the parameters and before the headers', () => {
  assert.equal(forwarded('add_uri_param("nat=yes");', 'sip:bob@h'), 'sip:bob@h;nat=yes')
  assert.equal(forwarded('add_uri_param("n");', 'sip:bob@h;lr?a=b'), 'sip:bob@h;lr;n?a=b')
  assert.equal(forwarded('add_uri_param("");', 'sip:bob@h'), 'sip:bob@h')
})

test('tel2sip makes a number an address at the host of From, and leaves others alone', () => {
  const change = 'if (!tel2sip()) { rewriteuri("sip:failed@h"); };'
  assert.equal(forwarded(change, 'tel:+49-30-123;ext=4'), 'sip:+49-30-123;ext=4@example.com;user=phone')
  assert.equal(forwarded(change, 'sip:bob@h'), 'sip:bob@h')
  assert.equal(forwarded(change, 'tel:123', '<tel:456>'), 'sip:failed@h')
  assert.equal(forwarded(change, 'tel:'), 'sip:failed@h')
})

test('where both uri and uri_db are loaded, in any order, the parameters of uri_db count', () => {
  for (const names of [
    ['uri', 'uri_db'],
    ['uri_db', 'uri'],
  ]) {
    const run = new RouteRun(
      `${names.map((name) => `loadmodule "${name}.so"\n`).join('')}
       modparam("uri_db", "db_url", "mysql://right/ser")
       modparam("uri_db", "subscriber_table", "people")
       route { does_uri_exist(); }`,
    )
    run.receive(request('INVITE', 'sip:bob@Example.com'))
    const { question } = run.asked[0]!
    assert.deepEqual(question, {
      kind: 'query',
      database: 'mysql://right/ser',
      queries: [
        {
          ...{ operation: 'select', table: 'people', columns: ['username'], limit: 1 },
          where: [
            { column: 'username', operator: '=', value: 'bob' },
            { column: 'domain', operator: '=', value: 'example.com' },
          ],
        },
      ],
    })
  }
})

test('has_totag sees the tag of To', () => {
  const route =
    'loadmodule "sl.so"\nloadmodule "uri.so"\nroute { if (has_totag()) sl_send_reply("200", "Yes"); }'
  assert.equal(statusOf(runRoute(route, request('BYE', 'sip:b@h', { to: '<sip:b@h>;tag=1' })).sent), '200')
  assert.equal(statusOf(runRoute(route, request('BYE', 'sip:b@h')).sent), '')
})

test('does_uri_exist asks for the domain of subscribers, unless use_domain is 0', () => {
  const domainAsked = (module: string, params: string): boolean => {
    const run = new RouteRun(
      `loadmodule "mysql.so"\nloadmodule "${module}.so"\n${params}route { does_uri_exist(); }`,
    )
    run.receive(request('INVITE', 'sip:bob@example.com'))
    return JSON.stringify(run.asked[0]?.question).includes('"domain"')
  }
  for (const module of ['uri', 'uri_db']) assert.equal(domainAsked(module, ''), true)
  assert.equal(domainAsked('uri', 'modparam("uri", "use_domain", 0)\n'), false)
  assert.equal(domainAsked('uri_db', 'modparam("uri_db", "use_domain", 0)\n'), false)
})
