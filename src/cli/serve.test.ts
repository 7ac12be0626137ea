// The command line's serve, as a user meets it.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { captured, type Captured } from './captured.js'
import { readLog } from './log-file.js'
import { main } from './main.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-serve-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const SCRIPT = `
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "usrloc.so"
alias="example.com"
listen=127.0.0.1
route {
  log(1, "a request came");
  if (uri==myself) { sl_send_reply("200", "fine"); break; };
  sl_send_reply("404", "not mine");
}
`

function script(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function portOf(terminal: Captured): number {
  return Number(/udp: 127\.0\.0\.1 \[127\.0\.0\.1\]:(\d+)/.exec(terminal.output)?.[1])
}

/** Sends an OPTIONS over a socket of its own and returns what comes back. */
async function options(port: number, uri: string): Promise<string> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const via = `127.0.0.1:${socket.address().port}`
  socket.send(
    `OPTIONS ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${via};branch=z9hG4bKserve\r\nMax-Forwards: 70\r\n` +
      `To: <${uri}>\r\nFrom: <sip:alice@example.com>;tag=a\r\nCall-ID: serve\r\nCSeq: 1 OPTIONS\r\n` +
      'Content-Length: 0\r\n\r\n',
    port,
    '127.0.0.1',
  )
  const [answer] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  return answer.toString('latin1')
}

test('a proxy answers over UDP, tells statistics, and stops in order on SIGTERM', async () => {
  const terminal = captured()
  const pidFile = join(folder, 'serve.pid')
  const log = join(folder, 'serve.ndjson')
  const file = script('ser.cfg', SCRIPT)
  const ended = main(['serve', file, '-p', '0', '-T', '-P', pidFile, '--log', log], terminal)
  await terminal.shown('Aliases:')
  const port = portOf(terminal)
  assert.equal(readFileSync(pidFile, 'utf8'), `${process.pid}\n`)
  assert.match(await options(port, 'sip:example.com'), /^SIP\/2\.0 200 fine\r\n/)
  assert.match(await options(port, `sip:127.0.0.1:${port}`), /^SIP\/2\.0 200 fine\r\n/)
  assert.match(await options(port, 'sip:elsewhere.example.net'), /^SIP\/2\.0 404 not mine\r\n/)
  process.emit('SIGUSR1')
  process.emit('SIGTERM')
  assert.equal(await ended, 0)
  assert.match(terminal.output, /Listening on\n.*\nAliases: .*example\.com:\*/)
  assert.match(terminal.errors, /^warning: a request came$/m)
  assert.match(
    terminal.errors,
    /statistics: .* 3 packets received, 0 transactions alive .* 0 contacts of 0 addresses, \d+ MiB/,
  )
  assert.ok(!existsSync(pidFile))
  const entries = readLog(readFileSync(log, 'utf8'), log)
  assert.equal(entries.filter(({ kind }) => kind === 'wire').length, 6)
  assert.ok(entries.some((entry) => entry.kind === 'input' && entry.input.type === 'command'))
})

test('a port in use is said with who has it, and ends with 2', async () => {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const terminal = captured()
  const code = await main(['serve', script('busy.cfg', SCRIPT), '-T', '-l', `127.0.0.1:${port}`], terminal)
  socket.close()
  assert.equal(code, 2)
  assert.match(terminal.errors, new RegExp(`udp:127\\.0\\.0\\.1:${port} is in use by `))
})

test('a script with a mistake is not served', async () => {
  const terminal = captured()
  assert.equal(await main(['serve', script('bad.cfg', 'route { forwrd(uri:host); }')], terminal), 1)
  assert.match(terminal.errors, /bad\.cfg:1:9: .*forward/)
})

test('-c checks the script, -V tells the version, -h explains the switches', async () => {
  const terminal = captured()
  assert.equal(await main(['serve', '-c', '-f', script('ok.cfg', SCRIPT)], terminal), 0)
  assert.match(terminal.output, /ok\.cfg: config file ok/)
  assert.equal(await main(['serve', '-V'], terminal), 0)
  assert.match(terminal.output, /^sipwright \d+\.\d+\.\d+$/m)
  assert.equal(await main(['serve', '-h'], terminal), 0)
  assert.match(terminal.output, /-P FILE/)
})

test('switches that have no effect here say what happens instead', async () => {
  const terminal = captured()
  const ended = main(['serve', script('n.cfg', SCRIPT), '-p0', '-T', '-n', '4', '-m', '64'], terminal)
  await terminal.shown('Aliases:')
  process.emit('SIGINT')
  assert.equal(await ended, 0)
  assert.match(terminal.errors, /warning: -n: the engine is one process/)
  assert.match(terminal.errors, /warning: -m: memory is that of Node/)
})

test('a host that cannot be resolved, and nothing to listen at, are said before anything starts', async () => {
  const terminal = captured()
  const text = 'disable_tcp=yes\nlisten=tcp:127.0.0.1\nroute { break; }'
  assert.equal(await main(['serve', script('none.cfg', text)], terminal), 2)
  assert.match(terminal.errors, /nothing to listen at/)
  const file = script('name.cfg', 'route { break; }')
  assert.equal(await main(['serve', file, '-l', 'nowhere.invalid'], terminal), 2)
  assert.match(terminal.errors, /-l nowhere\.invalid: could not resolve/)
})
