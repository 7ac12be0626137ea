// `serve --metrics`: numbers as Prometheus reads them.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { captured } from './captured.js'
import { main } from './main.js'
import { REGISTRAR, serving as served } from './serving.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-metrics-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const SCRIPT = `${REGISTRAR}route {
  if (method == "REGISTER") { save("location"); break; };
  if (method == "MESSAGE") { t_newtran(); t_reply("404", "No"); break; };
  sl_send_reply("200", "Alive");
}
`
let count = 0

async function serving(t: TestContext) {
  const file = join(folder, 'ser.cfg')
  writeFileSync(file, SCRIPT)
  const control = join(folder, `socket-${++count}`)
  const words = [file, '-p', '0', '-T', '--control', control, '--metrics', '127.0.0.1:0']
  const { terminal, ended, portOf } = await served(words)
  t.after(async () => {
    await main(['ctl', 'kill', '--control', control], captured())
    assert.equal(await ended, 0)
  })
  return {
    port: portOf('udp'),
    page: /metrics at (http:\S+)/.exec(terminal.errors)?.[1] ?? '',
  }
}

/** Sends requests over a socket of its own; resolves when each has its answer. */
async function send(port: number, methods: readonly string[]): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const place = `127.0.0.1:${socket.address().port}`
  for (const [at, method] of methods.entries()) {
    const fields = `To: <sip:alice@127.0.0.1>\r\nFrom: <sip:alice@127.0.0.1>;tag=a\r\nCall-ID: m${at}\r\nCSeq: 1 ${method}`
    const contact = method === 'REGISTER' ? 'Contact: <sip:alice@127.0.0.1:9>\r\n' : ''
    const via = `Via: SIP/2.0/UDP ${place};branch=z9hG4bK${at}`
    socket.send(
      `${method} sip:alice@127.0.0.1 SIP/2.0\r\n${via}\r\n${fields}\r\n${contact}\r\n`,
      port,
      '127.0.0.1',
    )
    await once(socket, 'message')
  }
  socket.send('this is no SIP message, but long enough to be one', port, '127.0.0.1')
  socket.close()
}

test('what has come in and what is held is counted', async (t) => {
  const { port, page } = await serving(t)
  await send(port, ['OPTIONS', 'OPTIONS', 'REGISTER', 'MESSAGE', 'EVIL"\\'])
  const response = await fetch(page)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  for (const line of [
    'sipwright_requests_received_total{method="OPTIONS"} 2',
    'sipwright_requests_received_total{method="other"} 1',
    'sipwright_stateless_replies_total{status="200"} 4',
    'sipwright_transactions_total 1',
    'sipwright_transactions_completed_total{class="4xx"} 1',
    'sipwright_registered_users{table="location"} 1',
    'sipwright_registered_contacts{table="location"} 1',
    '# TYPE sipwright_retransmissions_total counter',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`)
  assert.match(text, /^sipwright_resident_memory_bytes \d{7,}$/m)
  assert.match(text, /^sipwright_uptime_seconds \d+(?:\.\d+)?$/m)
  for (const line of text.trimEnd().split('\n'))
    assert.match(
      line,
      /^(?:# (?:HELP|TYPE) sipwright_\w+ .+|sipwright_\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? [\d.e+]+)$/,
    )
})

test('other pages and methods are refused, and who says nothing is cut off', async (t) => {
  const { page } = await serving(t)
  assert.equal((await fetch(new URL('/', page))).status, 404)
  assert.equal((await fetch(page, { method: 'POST' })).status, 405)
  const sockets = Array.from({ length: 40 }, () => connect(Number(new URL(page).port), '127.0.0.1'))
  await Promise.any(
    sockets.map((socket) => new Promise((resolve) => socket.on('error', resolve).on('close', resolve))),
  )
  for (const socket of sockets) socket.destroy()
  assert.equal((await fetch(page)).status, 200)
})

test('a place that is none is a usage error', async () => {
  const terminal = captured()
  const file = join(folder, 'ser.cfg')
  writeFileSync(file, SCRIPT)
  assert.equal(await main(['serve', file, '--metrics', '9090'], terminal), 2)
  assert.match(terminal.errors, /--metrics 9090: give ADDRESS:PORT/)
  assert.equal(await main(['serve', file, '-p', '0', '--metrics', '192.0.2.1:9'], terminal), 2)
  assert.match(terminal.errors, /--metrics 192\.0\.2\.1:9: .*EADDRNOTAVAIL/)
})
