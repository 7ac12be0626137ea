// `sipwright replay` as a user meets it: clean, different, against a live server, and asked in a way that cannot work.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadScript } from '../modules/index.js'
import { captured, type Captured } from './captured.js'
import { main } from './main.js'
import { startProxy } from './proxy.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-replay-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const CALL = 'captures/oracle/def-invite-registered'
const FORK = 'captures/oracle/fork-cancel'

async function replayed(words: readonly string[], code: number): Promise<Captured> {
  const terminal = captured()
  assert.equal(await main(['replay', ...words], terminal), code, terminal.errors + terminal.output)
  return terminal
}

test('a capture around its own script: nothing differs', async () => {
  const { output, errors } = await replayed([`${CALL}/capture.pcap`, '--script', `${CALL}/script.cfg`], 0)
  assert.match(output, /^no difference: 9 messages compared, 9 sent$/m)
  assert.match(errors, /taking 127\.0\.0\.1:45070 for the server \(a guess/)
})

test('many calls at once, over and over, each with names of its own', async () => {
  const words = [`${FORK}/capture.pcap`, '--script', `${FORK}/script.cfg`, '--calls', '20', '--loops', '3']
  assert.match((await replayed(words, 0)).output, /no difference: 600 messages compared/)
})

test('only the callers, or only the callees', async () => {
  const words = [`${FORK}/capture.pcap`, '--script', `${FORK}/script.cfg`, '--as']
  assert.match(
    (await replayed([...words, 'callers'], 1)).output,
    /missing: 180 Ringing at 127\.0\.0\.1:45171/,
  )
  assert.match((await replayed([...words, 'callees'], 1)).output, /0 messages compared, 0 sent/)
})

const changed = join(folder, 'changed.cfg')
writeFileSync(
  changed,
  `loadmodule "textops.so"\n${readFileSync(`${FORK}/script.cfg`, 'latin1').replace('route{', 'route{\n  append_hf("P-Hint: new\\r\\n");\n  append_branch("sip:three@127.0.0.1:45183");')}`,
)

test('a script that behaves otherwise: the difference header by header, side by side, as page, JUnit, JSON and capture', async () => {
  const [page, junit, pcap] = [join(folder, 'r.html'), join(folder, 'r.xml'), join(folder, 'r.pcap')]
  const words = [
    `${FORK}/capture.pcap`,
    '--script',
    changed,
    '--side-by-side',
    '--html',
    page,
    '--junit',
    junit,
    '--pcap',
    pcap,
  ]
  const { output } = await replayed(words, 1)
  assert.match(
    output,
    /changed: INVITE at 127\.0\.0\.1:45181, 0\.000 s\n {2}P-Hint\n {4}- \(absent\)\n {4}\+ new\n/,
  )
  assert.match(output, /INVITE {2}server → 127\.0\.0\.1:45181 +≠ /)
  assert.match(readFileSync(page, 'utf8'), /class="row changed"/)
  assert.match(readFileSync(junit, 'utf8'), /tests="3" failures="2"/)
  const terminal = captured()
  assert.equal(await main(['ladder', pcap, '--list'], terminal), 0)
  assert.match(terminal.output, /cancelled/)
  const json = JSON.parse((await replayed([...words.slice(0, 3), '--json'], 1)).output) as { result: string }
  assert.equal(json.result, 'changed')
})

test('a policy says what counts', async () => {
  const policy = join(folder, 'policy')
  const words = [`${FORK}/capture.pcap`, '--script', changed, '--policy', policy]
  writeFileSync(policy, '# ours\nP-Hint: ignore\n')
  assert.match((await replayed(words, 0)).output, /no difference/)
  writeFileSync(policy, 'P-Hint of CANCEL: ignore\n')
  assert.match((await replayed(words, 1)).output, /changed: INVITE/)
  writeFileSync(policy, 'defaults: none\n*: ignore\nfirst-line: ignore\nbody: ignore\n')
  await replayed(words, 0)
  writeFileSync(policy, 'Via: sip\nContact: quietly\n')
  assert.match((await replayed(words, 2)).errors, /policy:2: "quietly" is no way to compare: ignore, present/)
  assert.match((await replayed([...words.slice(0, 3), '--policy', 'help'], 2)).errors, /header of MESSAGE/)
})

test('around a live server on real sockets, addresses and names made anew', { timeout: 60_000 }, async () => {
  const file = `${CALL}/script.cfg`
  const proxy = await startProxy({
    ...{
      program: loadScript(readFileSync(file, 'latin1'), file),
      profile: 'ser',
      aliases: [],
      signature: 'Live',
      logFile: undefined,
    },
    sockets: [{ transports: ['udp'], address: '127.0.0.1', port: 0, name: '127.0.0.1', aliases: [] }],
    say: () => undefined,
    crashed: (report) => assert.fail(report),
  })
  try {
    const target = `udp:127.0.0.1:${proxy.bound[0]!.port}`
    const { output } = await replayed([`${CALL}/capture.pcap`, '--target', target, '--speed', '4'], 0)
    assert.match(output, /no difference: 9 messages compared/)
  } finally {
    await proxy.stop()
  }
})

test('a capture that holds nothing, and questions that cannot be answered', async () => {
  const empty = join(folder, 'empty.pcap')
  writeFileSync(empty, Buffer.alloc(30))
  assert.match(
    (await replayed([empty, '--script', changed], 1)).errors,
    /no pcap or pcapng file.*\n.*holds no SIP message/,
  )
  assert.match((await replayed([`${CALL}/capture.pcap`], 2)).errors, /either --script FILE/)
  assert.match(
    (await replayed([`${CALL}/capture.pcap`, '--script', changed, '--call', '77'], 2)).errors,
    /there is no such call/,
  )
  assert.match(
    (await replayed([`${CALL}/capture.pcap`, '--script', changed, '--speed', '0'], 2)).errors,
    /--speed 0/,
  )
  assert.match((await replayed([join(folder, 'none'), '--script', changed], 2)).errors, /there is no file/)
})
