// What the network says never becomes a command, a query, a path or a line of a log: every attempt, in every place of a
// message that reaches a shell, a database or the log, against a real shell, a real SQLite file and real text tables.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import type { Answer, Question } from '../endpoint.js'
import { Databases } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { SCHEMA } from '../host/database/schema.js'
import { Exec } from '../host/exec.js'
import { request, RouteRun } from '../modules/route-run.js'

const ATTEMPTS = [
  `'; touch pwned; '`,
  '"; touch pwned; "',
  '$(touch pwned)',
  '`touch pwned`',
  '| touch pwned',
  '& touch pwned &',
  '> pwned',
  '\ntouch pwned\n',
  '\r\ntouch pwned\r\n',
  '() { :;}; touch pwned',
  '-rf .',
  '../../../pwned',
  '/etc/passwd',
  'a\0b; touch pwned',
  `'); DROP TABLE acc; --`,
  `" OR ""="`,
  `' OR '1'='1`,
  `1; DELETE FROM acc WHERE 'a'='a`,
  `\\'; DROP TABLE acc; #`,
  '%s%n%x%d',
  '\x1b[2J\x1b]0;title\x07',
  'a:b\nc:d\\n',
  '\u00ff\u00fe\u0080',
  '__proto__',
  'constructor',
]

/** Where in a message it stands. What cannot stand there ends the line, and the rest is a header of its own. */
const PLACES: Record<string, (attempt: string) => string> = {
  'the user of the Request-URI': (text) =>
    request('OPTIONS', `sip:${text.replace(/[\s\0]/g, '')}@example.com`),
  'the display name of From': (text) =>
    base().replace('From: ', `From: "${text.replace(/["\\]/g, '\\$&')}" `),
  'the URI of From': (text) => base().replace('<sip:alice@', `<sip:${text}@`),
  'the tag of From': (text) => base().replace('tag=a1', `tag=${text}`),
  'the URI of To': (text) => request('OPTIONS', 'sip:bob@example.com', { to: `<sip:${text}@example.com>` }),
  'the Call-ID': (text) => request('OPTIONS', 'sip:bob@example.com', { callId: text }),
  'the User-Agent': (text) => request('OPTIONS', 'sip:bob@example.com', { headers: [`User-Agent: ${text}`] }),
  'the name of a header': (text) => request('OPTIONS', 'sip:bob@example.com', { headers: [`${text}: x`] }),
  'the Contact': (text) =>
    request('OPTIONS', 'sip:bob@example.com', { headers: [`Contact: <sip:${text}@h>`] }),
  'the body': (text) =>
    request('OPTIONS', 'sip:bob@example.com', { headers: ['Content-Type: text/plain'], body: text }),
}

/** Every further header goes to commands whole, in their environment and on their standard input. */
const HEADERS = [
  ...[
    'Record-Route',
    'Path',
    'Expires',
    'Require',
    'Supported',
    'Allow',
    'Event',
    'Date',
    'Subject',
    'Server',
  ],
  ...['Organization', 'Warning', 'Reason', 'Authorization', 'Proxy-Authorization', 'P-Asserted-Identity'],
  ...['Remote-Party-ID', 'Refer-To', 'X-Unknown'],
]
PLACES['every header that routing does not need'] = (text) =>
  request('OPTIONS', 'sip:bob@example.com', { headers: HEADERS.map((name) => `${name}: ${text}`) })
for (const name of ['Via', 'Route', 'CSeq', 'Max-Forwards', 'Content-Type'])
  PLACES[`a further ${name}`] = (text) =>
    request('OPTIONS', 'sip:bob@example.com', { headers: [`${name}: ${text}`] })

/** What a registration leaves in the table of bindings. */
const REGISTERED: Readonly<Record<string, (attempt: string) => string>> = {
  Contact: (text) => registration({ headers: [`Contact: <sip:${text}@h>`] }),
  'Contact parameter': (text) => registration({ headers: [`Contact: <sip:a@h>;received="${text}";${text}`] }),
  'User-Agent': (text) => registration({ headers: ['Contact: <sip:a@h>', `User-Agent: ${text}`] }),
  Path: (text) => registration({ headers: ['Contact: <sip:a@h>', `Path: <sip:${text}@h;lr>`] }),
  'Call-ID': (text) => registration({ headers: ['Contact: <sip:a@h>'], callId: text }),
  To: (text) => registration({ headers: ['Contact: <sip:a@h>'], to: `<sip:${text}@example.com>` }),
}
for (const [name, build] of Object.entries(REGISTERED)) PLACES[`the ${name} of a registration`] = build

function registration(parts: Parameters<typeof request>[2]): string {
  return request('REGISTER', 'sip:example.com', parts)
}

const base = (): string => request('OPTIONS', 'sip:bob@example.com')

const folder = mkdtempSync(`${tmpdir()}/sipwright-injection-`)
const databases = new Databases(OPENERS, { folder })
const commands = new Exec(folder)
after(async () => {
  await databases.close()
  rmSync(folder, { recursive: true })
})

const DBTEXT = `dbtext:${folder}/text`
const SQLITE = `sqlite:${folder}/ser.db`

const COMMANDS = `
    exec_msg("while read -r line; do :; done; set > /dev/null");
    exec_dset("printf 'sip:routed@example.com\\n' #");
    exec_dset("printf '%s\\n'");`

const script = (database: string, commandLines: string): string => `modparam("acc", "db_url", "${database}")
  modparam("acc", "log_fmt", "cdfimorstup01FTUSnDX")
  modparam("msilo", "db_url", "${database}")
  modparam("usrloc", "db_url", "${database}")
  modparam("usrloc", "db_mode", 1)
  modparam("registrar", "use_path", 1)
  route {
    if (method == "REGISTER") { save("location"); } else {
      log(1, "asked");${commandLines}
    };
    acc_db_request("seen", "acc");
    acc_log_request("seen");
    xlog("L_ERR", "%ci %ct %fu %ft %tu %tt %ru %ua %mb");
    if (method == "OPTIONS") m_store("2");
    log(1, "done");
  }`

async function answer(question: Question): Promise<Answer> {
  if (question.kind === 'exec') return commands.answer(question)
  if (question.kind === 'query') return databases.answer(question)
  return { kind: 'failure', reason: 'nobody answers' }
}

/** Runs the script over a message; returns what it logged. */
async function serve(database: string, commandLines: string, text: string): Promise<readonly string[]> {
  const run = new RouteRun(script(database, commandLines))
  run.receive(text)
  for (let question = run.asked[0]?.question; question !== undefined; question = run.asked[0]?.question)
    run.answer(await answer(question))
  return run.logs
}

async function rowsOf(database: string, table: string): Promise<number> {
  const { columns } = SCHEMA.find(({ name }) => name === table)!
  const query = { operation: 'select', table, columns: [columns[0]!.name], where: [] } as const
  return (await (await databases.open(database)).run([query])).rows.length
}

for (const [kind, database, commandLines] of [
  ['SQLite and a shell', SQLITE, COMMANDS],
  ['text tables', DBTEXT, ''],
] as const)
  test(`nothing outside changes, with ${kind}`, { timeout: 300_000 }, async () => {
    mkdirSync(`${folder}/text`, { recursive: true })
    const opened = await databases.open(database)
    await opened.create(SCHEMA)
    await opened.run([
      { operation: 'insert', table: 'subscriber', row: { username: 'alice', domain: 'd', phplib_id: 'p' } },
    ])
    writeFileSync(`${folder}/kept`, 'kept')
    const before = readdirSync(folder).filter((file) => !file.startsWith('ser.db'))
    let accounted = 0
    for (const [place, build] of Object.entries(PLACES)) {
      const logs = await Promise.all(ATTEMPTS.map((attempt) => serve(database, commandLines, build(attempt))))
      accounted += logs.filter((lines) => lines.includes('done')).length
      for (const line of logs.flat())
        assert.ok(!/[\x00-\x1f\x7f]/.test(line), `${place}: ${JSON.stringify(line)}`)
    }
    assert.deepEqual(
      readdirSync(folder).filter((file) => !file.startsWith('ser.db')),
      before,
    )
    assert.equal(readFileSync(`${folder}/kept`, 'utf8'), 'kept')
    assert.ok(
      accounted > (ATTEMPTS.length * Object.keys(PLACES).length) / 2,
      `${accounted} messages were served`,
    )
    assert.equal(await rowsOf(database, 'acc'), accounted)
    assert.equal(await rowsOf(database, 'subscriber'), 1)
    assert.ok((await rowsOf(database, 'location')) > ATTEMPTS.length, 'registrations are written')
  })
