// The control FIFO of `serve`, as a client in the shell meets it.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Captured } from './captured.js'
import { REGISTRAR, serving as served } from './serving.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-control-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const run = promisify(execFile)
const CLIENT = 'src/cli/testdata/fifo-client.sh'

const SCRIPT = `
fifo="FOLDER/fifo"
fifo_mode=0600
fifo_dir="FOLDER/replies"
${REGISTRAR}route {
  if (method == "OPTIONS") { sl_send_reply("200", "Alive"); break; };
  if (lookup("aliases")) { t_relay(); break; };
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); };
}
`

interface Control {
  readonly terminal: Captured
  readonly ended: Promise<number>
  /** What the client prints. */
  readonly client: (...args: string[]) => Promise<string>
  readonly fifo: string
  readonly port: number
}

let count = 0

async function serving(t: TestContext, script = SCRIPT): Promise<Control> {
  const own = join(folder, String(++count))
  mkdirSync(join(own, 'replies'), { recursive: true })
  const file = join(own, 'ser.cfg')
  writeFileSync(file, script.replaceAll('FOLDER', own))
  const { terminal, ended, isOver, portOf } = await served([file, '-p', '0', '--control', 'none'])
  t.after(async () => {
    if (!isOver()) process.emit('SIGTERM')
    await ended
  })
  const env = { ...process.env, FIFO: join(own, 'fifo'), REPLIES: join(own, 'replies') }
  return {
    ...{ terminal, ended, fifo: env.FIFO },
    client: async (...args) => (await run('sh', [CLIENT, ...args], { env, timeout: 10_000 })).stdout,
    port: portOf('udp'),
  }
}

test('the commands of the core', async (t) => {
  const { client, fifo } = await serving(t)
  assert.equal(statSync(fifo).mode & 0o777, 0o600)
  assert.match(await client('version'), /^200 ok\nServer: Sipwright \([^\n]+\)\n$/)
  assert.match(await client('uptime'), /^200 ok\nNow: [^\n]+\nUp Since: [^\n]+\nUp time: \d+ \[sec\]\n$/)
  assert.match(await client('ps'), new RegExp(`^200 ok\n0\t${process.pid}\tattendant\n`))
  assert.match(await client('which'), /^200 ok\nprint\nuptime\n(?:[a-z_]+\n)*sl_stats\n/)
  assert.equal(await client('pwd'), `200 ok\n${process.cwd()}\n`)
  assert.equal(await client('arg'), `200 ok\n${process.argv.map((word) => `${word}\n`).join('')}`)
  assert.equal(await client('print', 'two words'), '200 ok\ntwo words\n')
  assert.equal(await client('nonsense'), "500 command 'nonsense' not available\n")
})

test('bindings, aliases and who is online', async (t) => {
  const { client } = await serving(t)
  assert.equal(await client('ul', 'show', 'bob'), '404 Username bob in table location not found\n')
  assert.match(await client('ul', 'add', 'bob', 'sip:bob@127.0.0.1:9'), /^200 Added to table\n/)
  assert.match(
    await client('ul', 'show', 'bob'),
    /^200 OK\n<sip:bob@127\.0\.0\.1:9>;q=1\.00;expires=3[56]\d\d\n$/,
  )
  assert.match(await client('alias', 'add', '4711', 'sip:bob@127.0.0.1'), /^200 Added to table\n/)
  assert.match(await client('alias', 'show', '4711'), /;expires=1003741\d\d\d\n$/)
  assert.equal(await client('online'), '4711\nbob\n')
  assert.equal(await client('ul', 'rm', 'bob'), '200 user (location, bob) deleted\n')
  assert.match(await client('ul', 'dump'), /^200 ok\n===Domain list===\n[^]*===\/Domain list===\n$/)
})

test('statistics, and a request that goes round', async (t) => {
  const { client, port } = await serving(t)
  assert.match(await client('ping', `sip:127.0.0.1:${port}`), /^200 Alive\n\.\n\.\n\.\nVia: SIP\/2\.0\/UDP /)
  const shown = await client('moni')
  assert.match(shown, /Total: 1 \(1 local\)/)
  assert.match(shown, /\n200: 1 202: 0 2xx: 0/)
  assert.match(shown, /\nDomain Registered Expired\n'aliases' 0 0\n'location' 0 0\n/)
})

test('kill stops the server, and the FIFO is gone', async (t) => {
  const { client, ended, fifo } = await serving(t)
  assert.equal(await client('kill'), '200 killing now...')
  assert.equal(await ended, 0)
  assert.equal(existsSync(fifo), false)
})

test('a FIFO that cannot be made is told, and the proxy serves all the same', async (t) => {
  const { terminal, port } = await serving(t, SCRIPT.replace('FOLDER/fifo', 'FOLDER/no/such/fifo'))
  assert.match(terminal.errors, /ERROR: the control FIFO .*no\/such\/fifo cannot be made: .*No such file/)
  assert.ok(port > 0)
})
