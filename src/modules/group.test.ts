// group over one engine, and what uri knows of accepted credentials; the database answers by hand.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { challenged, credentials, register, rows, statusOf } from './auth/login.js'
import { request, RouteRun } from './route-run.js'

const HEAD = ['sl', 'auth', 'auth_db', 'group', 'uri', 'uri_db']
  .map((name) => `loadmodule "${name}.so"\n`)
  .join('')
const CHECKED = `if (!www_authorize("example.com", "subscriber")) { www_challenge("example.com", "0"); break; };`

function run(condition: string, params = ''): RouteRun {
  return new RouteRun(
    `${HEAD}modparam("auth_db", "calculate_ha1", 1)\nmodparam("auth_db", "password_column", "password")\n${params}
     route { if (method == "REGISTER") { ${CHECKED} };
       if (${condition}) { sl_send_reply("200", "Yes"); } else { sl_send_reply("403", "No"); }; }`,
  )
}

/** Registers alice with right credentials, up to the first question that is not about her password. */
function registered(one: RouteRun, to = 'sip:alice@example.com') {
  const login = { username: 'alice', password: 'secret', realm: 'example.com', nonce: challenged(one) }
  const sent = register([`Authorization: ${credentials(login)}`]).replace(/^To: <[^>]*>/m, `To: <${to}>`)
  one.receive(sent)
  return one.answer(rows({ password: 'secret' }))
}

test('a user is in a group when the table says so, and not when it fails', () => {
  const asked = run('is_user_in("Request-URI", "ld")')
  asked.receive(request('INVITE', 'sip:bob@example.com'))
  const [{ question } = { question: undefined }] = asked.asked
  assert.deepEqual(question, {
    kind: 'query',
    database: 'sql://serro:47serro11@localhost/ser',
    queries: [
      {
        ...{ operation: 'select', table: 'grp', columns: ['grp'], limit: 1 },
        where: [
          { column: 'username', operator: '=', value: 'bob' },
          { column: 'grp', operator: '=', value: 'ld' },
        ],
      },
    ],
  })
  assert.equal(statusOf(asked.answer(rows({ grp: 'ld' }))), '200')
  for (const answer of [rows(), { kind: 'failure', reason: 'gone' } as const]) {
    const other = run('is_user_in("Request-URI", "ld")')
    other.receive(request('INVITE', 'sip:bob@example.com'))
    assert.equal(statusOf(other.answer(answer)), '403')
  }
})

test('credentials count only when they were accepted, and a wrong word is a load error', () => {
  const none = run('is_user_in("Credentials", "ld")')
  assert.equal(statusOf(none.receive(request('INVITE', 'sip:bob@example.com'))), '403')
  assert.equal(none.asked.length, 0)
  const accepted = run('is_user_in("credentials", "ld")', 'modparam("group", "use_domain", 1)\n')
  registered(accepted)
  assert.deepEqual(JSON.stringify(accepted.asked[0]?.question).match(/"value":"[^"]*"/g), [
    ...['"value":"alice"', '"value":"example.com"', '"value":"ld"'],
  ])
  assert.equal(statusOf(accepted.answer(rows({ grp: 'ld' }))), '200')
  assert.throws(() => run('is_user_in("Contact", "ld")'), /Unsupported User Field/)
})

test('nobody registers another name than his own', () => {
  assert.equal(statusOf(registered(run('check_to()'))), '200')
  assert.equal(statusOf(registered(run('check_to()'), 'sip:ALICE@example.com')), '200')
  assert.equal(statusOf(registered(run('check_to()'), 'sip:bob@example.com')), '403')
  assert.equal(statusOf(run('check_from()').receive(request('INVITE', 'sip:bob@example.com'))), '403')
})

test('a name written with escapes is the name that registrar takes it for', () => {
  assert.equal(statusOf(registered(run('check_to()'), 'sip:al%69ce@example.com')), '200')
  assert.equal(statusOf(registered(run('check_to()'), 'sip:%62ob@example.com')), '403')
  const asked = run('is_user_in("To", "ld")')
  asked.receive(request('INVITE', 'sip:x@example.com', { to: '<sip:%62ob@Example.COM>' }))
  assert.match(JSON.stringify(asked.asked[0]?.question), /"value":"bob"/)
})

test('with the table of addresses a user may have several, in his realm', () => {
  const params = 'modparam("uri", "use_uri_table", 1)\nmodparam("uri_db", "use_uri_table", 1)\n'
  const several = run('check_to()', params)
  registered(several, 'sip:sales@example.com')
  assert.match(JSON.stringify(several.asked[0]?.question), /"table":"uri".*"alice".*"example.com".*"sales"/)
  assert.equal(statusOf(several.answer(rows({ username: 'alice' }))), '200')
  assert.equal(statusOf(registered(run('check_to()', params), 'sip:sales@elsewhere.example')), '403')
})

test('is_user has case, has_totag and does_uri_exist say what they say', () => {
  assert.equal(statusOf(registered(run('is_user("alice")'))), '200')
  assert.equal(statusOf(registered(run('is_user("Alice")'))), '403')
  assert.equal(statusOf(run('has_totag()').receive(request('INVITE', 'sip:bob@example.com'))), '403')
  const exists = run('does_uri_exist()')
  exists.receive(request('INVITE', `sip:bob'; DROP TABLE x@example.com`.replaceAll(' ', '%20')))
  assert.match(JSON.stringify(exists.asked[0]?.question), /"value":"bob'; DROP TABLE x"/)
  assert.equal(statusOf(exists.answer(rows())), '403')
})
