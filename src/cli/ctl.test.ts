// `sipwright ctl` as a user meets it: over the socket of a server, and with its users in a database.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Row } from '../database.js'
import { Databases } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { captured, type Captured } from './captured.js'
import { main } from './main.js'
import { REGISTRAR, serving as served } from './serving.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-ctl-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const SCRIPT = `${REGISTRAR}route {
  if (method == "OPTIONS") { sl_send_reply("200", "Alive"); break; };
  if (lookup("aliases")) { t_relay(); break; };
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); };
}
`

/** Runs "sipwright ctl WORDS": its exit code and what it printed. */
async function ctl(...words: readonly string[]) {
  const terminal = captured()
  const code = await main(['ctl', ...words], terminal)
  return { code, output: terminal.output, errors: terminal.errors }
}

let count = 0

interface Controlled {
  readonly terminal: Captured
  readonly ended: Promise<number>
  readonly path: string
  readonly port: number
  readonly ask: (...words: readonly string[]) => ReturnType<typeof ctl>
}

async function serving(t: TestContext): Promise<Controlled> {
  const file = join(folder, `ser-${++count}.cfg`)
  writeFileSync(file, SCRIPT)
  const path = join(folder, `socket-${count}`)
  const { terminal, ended, isOver, portOf } = await served([file, '-p', '0', '--control', path])
  t.after(async () => {
    if (!isOver()) await ctl('kill', '--control', path)
    assert.equal(await ended, 0)
  })
  return { terminal, ended, path, port: portOf('udp'), ask: (...words) => ctl(...words, '--control', path) }
}

test('control commands, their answers as lines and as JSON', async (t) => {
  const { ask, path } = await serving(t)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(await ask('print', 'hello'), { code: 0, output: 'hello\n', errors: '' })
  assert.match((await ask('version')).output, /^Server: Sipwright \(/)
  assert.deepEqual(JSON.parse((await ask('print', 'grüße', '--json')).output), {
    ...{ code: 200, reason: 'ok', lines: ['grüße'] },
  })
  assert.deepEqual(await ask('debug', '-1'), { code: 0, output: '-1\n', errors: '' })
  assert.deepEqual(await ask('debug', 'loud'), {
    ...{ code: 1, output: '', errors: '400 debug: level -3 .. 9 expected\n' },
  })
  assert.deepEqual(await ask('versoin'), {
    code: 1,
    output: '',
    errors: '500 command \'versoin\' not available\nDid you mean "version"?\n',
  })
  assert.equal((await ask('t_hash')).output.split('\n').length, 65_538)
})

test('bindings and aliases in the words of serctl', async (t) => {
  const { ask, port } = await serving(t)
  assert.deepEqual(await ask('ul', 'show', 'bob'), {
    ...{ code: 1, output: '', errors: '404 Username bob in table location not found\n' },
  })
  assert.deepEqual(await ask('ul', 'add', 'bob', 'sip:bob@127.0.0.1:9'), {
    ...{ code: 0, output: "Added to table\n('bob','sip:bob@127.0.0.1:9') to 'location'\n", errors: '' },
  })
  assert.match((await ask('ul', 'show', 'bob')).output, /^<sip:bob@127\.0\.0\.1:9>;q=1\.00;expires=\d+\n$/)
  await ask('alias', 'add', '4711', 'sip:bob@127.0.0.1')
  assert.equal((await ask('online')).output, '4711\nbob\n')
  assert.match((await ask('ul', 'show')).output, /^===Domain list===\n/)
  assert.equal((await ask('ul', 'rm', 'bob')).output, 'user (location, bob) deleted\n')
  assert.equal((await ask('ul', 'add', 'bob', 'nowhere')).code, 2)
  assert.equal((await ask('ul', 'dance')).code, 2)
  assert.match((await ask('ping', `sip:127.0.0.1:${port}`)).output, /^Alive\n\.\n\.\n\.\nVia: /)
})

test('a command reads its lines from standard input as the FIFO reads them', async (t) => {
  const { port, path } = await serving(t)
  const lines = `MESSAGE\nsip:bob@127.0.0.1:${port}\n.\nFrom: <sip:a@b>\nTo: <sip:c@d>\nContent-Type: text/plain\n.\nhello\n.\n`
  const { code, output } = await ctlWithInput(lines, 't_uac_dlg', '-', '--control', path)
  assert.equal(code, 1)
  assert.match(output, /^\.\n\.\n\.\nVia: /)
})

test('statistics cycle after cycle', async (t) => {
  const { ask } = await serving(t)
  const { output } = await ask('moni', '--cycles', '2', '--period', '1')
  assert.match(output, /^\[cycle #: 1; [^\]]*\]\nServer: [^]*\nTransaction Statistics\nCurrent: 0/)
  assert.match(output, /\n\[cycle #: 2; [^]*\nUsrLoc Stats\nDomain Registered Expired\n/)
  const one = JSON.parse((await ask('moni', '--cycles', '1', '--json')).output) as { readonly cycle: number }
  assert.equal(one.cycle, 1)
})

test('kill ends the server in order, and its socket is gone', async (t) => {
  const { ask, ended, path } = await serving(t)
  assert.deepEqual(await ask('kill'), { code: 0, output: 'killing now...\n', errors: '' })
  assert.equal(await ended, 0)
  assert.equal(existsSync(path), false)
  const { code, errors } = await ask('version')
  assert.equal(code, 2)
  assert.match(errors, /no server listens at/)
})

test('a second server does not take the socket of the first, a killed one leaves nothing in the way', async (t) => {
  const { path } = await serving(t)
  const terminal = captured()
  const file = join(folder, 'second.cfg')
  writeFileSync(file, SCRIPT)
  assert.equal(await main(['serve', file, '-p', '0', '--control', path], terminal), 2)
  assert.match(terminal.errors, /--control: another server listens at/)
  assert.equal(await main(['serve', file, '-p', '0', '--control', file], captured()), 2)
})

test('what is no request is refused, and who sends too much is cut off', async (t) => {
  const { path, ask } = await serving(t)
  const socket = connect(path)
  socket.setEncoding('utf8')
  const heard = once(socket, 'data')
  socket.write('{"command": 7}\n')
  assert.match(String((await heard)[0]), /^\{"code":400,"reason":"a request is /)
  socket.on('error', () => undefined)
  // Not `once` of node:events: a reset is what we hope for.
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write('x'.repeat(600_000))
  await closed
  assert.equal((await ask('print', 'still here')).output, 'still here\n')
})

// ---- users ----

const DB = `sqlite:${folder}/ser.db`

async function rows(table: string, columns: readonly string[]): Promise<readonly Row[]> {
  const databases = new Databases(OPENERS)
  const database = await databases.open(DB)
  const found = await database.run([{ operation: 'select', table, columns, where: [] }])
  await databases.close()
  return found.rows
}

/** The same in a process of its own, with standard input. */
async function ctlWithInput(
  input: string,
  ...words: readonly string[]
): Promise<{ code: number; output: string }> {
  const file = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'main.js')).href)
  const program = `const { main } = await import(${file}); process.exitCode = await main(process.argv.slice(1))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', 'ctl', ...words])
  let output = ''
  child.stdout.on('data', (octets: Buffer) => (output += octets.toString()))
  child.stdin.end(input)
  const [exit] = (await once(child, 'close')) as [number]
  return { code: exit, output }
}

test('users are added, changed and taken away; values are only values', async () => {
  assert.equal(await main(['db', 'create', DB], captured()), 0)
  const evil = `x';DROP`
  const added = await ctl('add', 'alice@example.com', 'wonder', "a'b@example.com", '--db', DB)
  assert.deepEqual(added, { code: 0, output: 'new user added\n', errors: '' })
  assert.equal((await ctl('add', `${evil}@example.com`, 'a', '--db', DB)).code, 0)
  assert.deepEqual(await ctl('add', 'alice', 'x', '--domain', 'example.com', '--db', DB), {
    ...{ code: 1, output: '', errors: 'user already exists\n' },
  })
  const columns = ['username', 'domain', 'password', 'ha1', 'email_address']
  assert.deepEqual((await rows('subscriber', columns))[0], {
    username: 'alice',
    domain: 'example.com',
    password: 'wonder',
    ha1: '2ea68a710b96a2d11cb42c2b3758287a',
    email_address: "a'b@example.com",
  })
  assert.equal((await ctl('passwd', 'alice@example.com', 'other', '--hash-only', '--db', DB)).code, 0)
  const [alice] = await rows('subscriber', ['password', 'ha1'])
  assert.equal(alice?.password, '')
  assert.notEqual(alice.ha1, '2ea68a710b96a2d11cb42c2b3758287a')
  assert.deepEqual(await ctl('passwd', 'nobody@example.com', 'x', '--db', DB), {
    ...{ code: 1, output: '', errors: 'non-existent user\n' },
  })
  const gone = await ctl('rm', `${evil}@example.com`, '--db', DB, '--control', join(folder, 'nowhere'))
  assert.equal(gone.code, 0, gone.errors)
  assert.deepEqual(
    (await rows('subscriber', ['username'])).map(({ username }) => username),
    ['alice'],
  )
})

test('groups are granted and revoked', async () => {
  const granted = await ctl('acl', 'grant', 'alice@example.com', 'ld', 'int', '--db', DB, '--json')
  const said = JSON.parse(granted.output) as { readonly rows: readonly Row[] }
  assert.deepEqual(said.rows.map(({ grp }) => grp).sort(), ['int', 'ld'])
  assert.equal((await ctl('acl', 'grant', 'nobody@example.com', 'ld', '--db', DB)).code, 1)
  assert.equal((await ctl('acl', 'grant', 'alice@example.com', 'a b', '--db', DB)).code, 2)
  await ctl('acl', 'revoke', 'alice@example.com', 'ld', '--db', DB)
  assert.match((await ctl('acl', 'show', '--db', DB)).output, /^alice\texample\.com\tint\t\d{4}-[^\n]*\n$/)
  await ctl('rm', 'alice@example.com', '--db', DB, '--control', join(folder, 'nowhere'))
  assert.equal((await ctl('acl', 'show', '--db', DB)).output, '')
})

test('a Remote-Party-ID is given and taken away', async () => {
  await ctl('add', 'carol@example.com', 'secret', '--db', DB)
  const given = await ctl('rpid', 'add', 'carol@example.com', 'sip:4711@example.com', '--db', DB)
  assert.equal(given.output, 'carol\texample.com\tsip:4711@example.com\n')
  assert.equal((await ctl('rpid', 'rm', 'carol@example.com', '--db', DB)).output, 'carol\texample.com\t\n')
  assert.equal((await ctl('rpid', 'show', 'nobody@example.com', '--db', DB)).code, 1)
  for (const words of [['add', 'carol@example.com'], ['dance', 'carol@example.com'], []])
    assert.equal((await ctl('rpid', ...words, '--db', DB)).code, 2)
})

test('who is taken away is not registered any more', async (t) => {
  const { ask } = await serving(t)
  await ask('ul', 'add', 'carol', 'sip:carol@127.0.0.1:9')
  const { output } = await ask('rm', 'carol@example.com', '--db', DB)
  assert.equal(output, 'user removed; user (location, carol@example.com) deleted\n')
  assert.equal((await ask('ul', 'show', 'carol')).code, 1)
})

test('a password from standard input is on no list of processes', async () => {
  assert.equal((await ctlWithInput('wonder\n', 'add', 'alice@example.com', '-', '--db', DB)).code, 0)
  const [alice] = await rows('subscriber', ['ha1'])
  assert.equal(alice?.ha1, '2ea68a710b96a2d11cb42c2b3758287a')
  assert.equal((await ctlWithInput('', 'passwd', 'alice@example.com', '-', '--db', DB)).code, 2)
})

test('what is missing is said', async () => {
  assert.match((await ctl()).errors, /say what to do/)
  assert.match((await ctl('add', 'alice', 'x', '--db', DB)).errors, /of which domain is alice\?/)
  assert.match((await ctl('add', 'a b@c', 'x', '--db', DB)).errors, /cannot be a user name/)
  assert.match((await ctl('add', 'a@c', 'x'.repeat(40), '--db', DB)).errors, /at most|--hash-only/)
  assert.match((await ctl('acl', 'show')).errors, /--db URL or SIPWRIGHT_DB/)
  assert.match((await ctl('acl', 'show', '--db', 'nonsense')).errors, /names no database/)
})
