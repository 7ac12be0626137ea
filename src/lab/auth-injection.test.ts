// What a stranger writes into the headers that authentication reads comes to a database as a value and as nothing else:
// the questions are the same as an honest user's but for their values, and real tables stay as they were.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Row, TableQuery } from '../database.js'
import type { Question } from '../endpoint.js'
import { Databases } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { SCHEMA } from '../host/database/schema.js'
import { credentials, hashOf, nonceIn, statusOf, type Login } from '../modules/auth/login.js'
import { request, RouteRun, type Sent } from '../modules/route-run.js'

const ATTEMPTS = [
  ...[
    `' OR '1'='1`,
    `'; DROP TABLE subscriber; --`,
    `" OR ""="`,
    `\\'; DELETE FROM grp; #`,
    'alice\0',
    '%',
    '_____',
  ],
  ...[
    '$(touch pwned)',
    '`touch pwned`',
    '; touch pwned',
    '| touch pwned',
    '../../etc/passwd',
    '/dev/null',
    '-rf .',
  ],
  ...[
    'a:b',
    'a\\nb',
    'a\\:b',
    'alice ',
    'ALICE',
    '\u00c1lice',
    '\u00ff\u00fe',
    '\x1b[2J',
    '__proto__',
    'constructor',
  ],
  ...[
    'alice@example.com@x',
    '@',
    'x'.repeat(300),
    '%00',
    '%27',
    '*',
    'NULL',
    '0',
    '1e0',
    '{"$gt":""}',
    '\u{f}',
  ],
]

const SCRIPT = (database: string): string => `
  modparam("auth_db|group|uri|uri_db|domain|permissions", "db_url", "${database}")
  modparam("auth_db", "use_rpid", 1)
  modparam("group", "use_domain", 1)
  modparam("uri|uri_db", "use_uri_table", 1)
  route {
    if (!www_authorize("example.com", "subscriber")) {
      if (is_user_in("From", "ld")) log(1, "group");
      if (is_user_in("To", "ld")) log(1, "group");
      if (is_user_in("Request-URI", "ld")) log(1, "group");
      if (does_uri_exist()) log(1, "uri");
      if (is_from_local()) log(1, "domain");
      if (is_uri_host_local()) log(1, "domain");
      if (allow_trusted()) log(1, "trusted");
      www_challenge("example.com", "1");
      break;
    };
    if (check_to()) log(1, "to");
    if (check_from()) log(1, "from");
    if (is_user_in("Credentials", "ld")) log(1, "group");
    append_rpid_hf();
    sl_send_reply("200", "Welcome");
  }`

/** Places of a REGISTER; what ends a place early makes another message of it, and that is an attempt, too. */
const PLACES: Readonly<Record<string, (text: string, nonce: string) => string>> = {
  'the user name': (text, nonce) => authorized({ username: quoted(text), nonce }),
  'the user name, without quotes': (text, nonce) =>
    authorized({ username: 'alice', nonce }).replace('username="alice"', `username=${text}`),
  'the domain of the user name': (text, nonce) => authorized({ username: `alice@${quoted(text)}`, nonce }),
  'the realm': (text, nonce) => authorized({ username: 'alice', realm: quoted(text), nonce }),
  'the nonce': (text) => authorized({ username: 'alice', nonce: quoted(text) }),
  'the uri': (text, nonce) => authorized({ username: 'alice', uri: quoted(text), nonce }),
  'the qop': (text, nonce) => authorized({ username: 'alice', qop: text, nonce }),
  'the count': (text, nonce) => authorized({ username: 'alice', qop: 'auth', nc: text, nonce }),
  'the algorithm': (text, nonce) => authorized({ username: 'alice', algorithm: text, nonce }),
  'the whole header': (text) =>
    request('REGISTER', 'sip:example.com', { headers: [`Authorization: ${text}`] }),
  'To behind right credentials': (text, nonce) =>
    authorized({ username: 'alice', nonce }).replace('sip:bob@example.com', `sip:${text}@example.com`),
  'From behind right credentials': (text, nonce) =>
    authorized({ username: 'alice', nonce }).replace('sip:alice@example.com', `sip:${text}@example.com`),
  'the user of From': (text) => plain().replace('sip:alice@', `sip:${text}@`),
  'the host of From': (text) => plain().replace('sip:alice@example.com', `sip:alice@${text}`),
  'the user of To': (text) => plain().replace('sip:bob@', `sip:${text}@`),
  'the Request-URI': (text) => request('OPTIONS', `sip:${text}@${text}`),
}

const plain = (): string => request('OPTIONS', 'sip:carol@example.com')
const quoted = (text: string): string => text.replace(/["\\]/g, '\\$&')

function authorized(login: Partial<Login> & Pick<Login, 'username' | 'nonce'>): string {
  const value = credentials({ password: 'secret', realm: 'example.com', ...login })
  return request('REGISTER', 'sip:example.com', { headers: [`Authorization: ${value}`] })
}

const HA1 = hashOf()('alice:example.com:secret')
const ROWS: readonly (readonly [table: string, row: Row])[] = [
  ['subscriber', { username: 'alice', domain: 'example.com', ha1: HA1, ha1b: HA1, phplib_id: 'p' }],
  ['grp', { username: 'alice', domain: 'example.com', grp: 'ld' }],
  ['uri', { username: 'alice', domain: 'example.com', uri_user: 'bob' }],
  ['domain', { domain: 'example.com' }],
]

type Query = Extract<Question, { kind: 'query' }>

/** A question without the values of its conditions. */
function shapeOf({ database, queries }: Query): string {
  const bare = queries.map((query: TableQuery) =>
    query.operation === 'select'
      ? { ...query, where: query.where.map((one) => ({ ...one, value: '' })) }
      : query,
  )
  return JSON.stringify([database, bare])
}

interface Served {
  readonly shapes: Set<string>
  readonly sent: Sent[]
  readonly logs: string[]
}

/** One message after a challenge of its own; the database answers. */
async function serve(database: string, build: (nonce: string) => string): Promise<Served> {
  const run = new RouteRun(SCRIPT(database))
  const shapes = new Set<string>()
  const drain = async (): Promise<void> => {
    for (let asked = run.asked[0]; asked !== undefined; asked = run.asked[0]) {
      assert.equal(asked.question.kind, 'query')
      shapes.add(shapeOf(asked.question as Query))
      run.answer(await databases.answer(asked.question as Query))
    }
  }
  run.receive(plain())
  await drain()
  const nonce = nonceIn(run.sent[0])
  run.sent.length = 0
  run.receive(build(nonce))
  await drain()
  return { shapes, sent: run.sent, logs: run.logs }
}

const folder = mkdtempSync(`${tmpdir()}/sipwright-auth-injection-`)
const databases = new Databases(OPENERS, { folder })
after(async () => {
  await databases.close()
  rmSync(folder, { recursive: true })
})

async function contents(database: string): Promise<string> {
  const opened = await databases.open(database)
  const tables = await Promise.all(
    ROWS.map(async ([table, row]) => {
      const query = { operation: 'select', table, columns: Object.keys(row), where: [] } as const
      return [table, (await opened.run([query])).rows]
    }),
  )
  return JSON.stringify(tables)
}

for (const [kind, database] of [
  ['SQLite', `sqlite:${folder}/ser.db`],
  ['text tables', `dbtext:${folder}/text`],
] as const)
  test(`nothing but values changes, and no table, with ${kind}`, { timeout: 300_000 }, async () => {
    mkdirSync(`${folder}/text`, { recursive: true })
    const opened = await databases.open(database)
    await opened.create(SCHEMA)
    await opened.run(ROWS.map(([table, row]) => ({ operation: 'insert', table, row })))
    const before = [await contents(database), readdirSync(folder).join()]
    const honest = await serve(database, (nonce) => authorized({ username: 'alice', nonce }))
    assert.equal(statusOf(honest.sent), '200')
    for (const [place, build] of Object.entries(PLACES))
      for (const attempt of ATTEMPTS) {
        const { shapes, sent, logs } = await serve(database, (nonce) => build(attempt, nonce))
        const what = `${place}: ${JSON.stringify(attempt)}`
        for (const shape of shapes)
          assert.ok(honest.shapes.has(shape) || shape.includes('ha1b'), `${what}: ${shape}`)
        assert.ok(sent.length <= 1, what)
        if (sent.length === 1) assert.ok(['200', '400', '401'].includes(statusOf(sent)), what)
        // A blank behind a name without quotes is none of its letters.
        const isOther = place.includes('user name') && !/without quotes.*"alice "/.test(what)
        if (isOther) assert.notEqual(statusOf(sent), '200', what)
        for (const line of logs) assert.ok(!/[\x00-\x1f\x7f]/.test(line), `${what}: ${JSON.stringify(line)}`)
      }
    assert.deepEqual([await contents(database), readdirSync(folder).join()], before)
  })

test('no Authorization header throws, gets more than one answer, or is accepted by chance', () => {
  const run = new RouteRun(SCRIPT('mysql://db/ser'))
  const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
  const whole = credentials({
    username: 'alice',
    password: 'secret',
    realm: 'example.com',
    nonce: 'n',
    qop: 'auth',
  })
  const pieces = fc.oneof(
    { arbitrary: fc.string({ unit: octet }), weight: 1 },
    { arbitrary: fc.constantFrom(...whole.split(/(?<=[ ,="])/)), weight: 4 },
    { arbitrary: fc.constantFrom('"', '\\', ';', ',,', '\r\n ', '\r\n\t', 'Digest ', 'Basic '), weight: 2 },
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), fc.boolean(), (parts, isDigest) => {
      const value = (isDigest ? 'Digest ' : '') + parts.join('')
      run.asked.length = 0
      const sent = run.receive(
        request('REGISTER', 'sip:example.com', { headers: [`Authorization: ${value}`] }),
      )
      const answers = run.asked.length > 0 ? run.answer({ kind: 'failure', reason: 'gone' }) : sent
      assert.ok(answers.length <= 1)
      assert.ok(['', '400', '401', '500'].includes(statusOf(answers)), answers[0]?.bytes)
    }),
    { numRuns: 3000 },
  )
})

test('64 kB of credentials are refused at once', () => {
  const run = new RouteRun(SCRIPT('mysql://db/ser'))
  for (const part of ['a', '"', '\\', ',', 'a=b,', '\\"', 'username="', '\r\n ']) {
    const value = `Digest username="${part.repeat(64_000 / part.length)}`
    const [sent] = run.receive(
      request('REGISTER', 'sip:example.com', { headers: [`Authorization: ${value}`] }),
    )
    assert.equal(sent?.bytes.split(' ')[1], '400', JSON.stringify(part))
    assert.equal(run.asked.length, 0)
  }
})
