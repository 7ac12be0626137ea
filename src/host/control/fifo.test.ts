// SER's control FIFO on a real FIFO: answers, clients that mean ill, and what is left behind.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ControlOrder } from '../../proxy/controls.js'
import { ControlDesk } from './desk.js'
import { ControlFifo } from './fifo.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-fifo-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
let count = 0

const WANTED: Readonly<Record<string, readonly string[]>> = { which: [], print: ['text'], much: [], late: [] }

interface Bench {
  readonly path: string
  readonly said: string[]
  readonly given: ControlOrder[]
  readonly fifo: ControlFifo
}

/** A FIFO whose commands are answered by hand: "print" and "which" at once, "much" with many lines. */
async function bench(t: TestContext, name = `fifo${++count}`): Promise<Bench> {
  const said: string[] = []
  const given: ControlOrder[] = []
  const desk = new ControlDesk({
    wantedBy: (name) => WANTED[name],
    give: (order) => {
      given.push(order)
      const { token, name, args } = order
      const lines = name === 'much' ? Array<string>(50_000).fill('x'.repeat(80)) : args
      if (name !== 'late') desk.answered(token, { code: 200, reason: 'ok', lines })
    },
  })
  const path = join(folder, name)
  const fifo = await ControlFifo.open({ path, mode: 0o620, folder }, desk, (text) => said.push(text))
  t.after(() => {
    fifo.close()
    desk.close()
  })
  return { path, said, given, fifo }
}

/** A client in the shell: makes its FIFO, writes the text, prints what comes back. */
async function client(path: string, text: string, reply = `reply${++count}`): Promise<string> {
  const script = `mkfifo "$2/$3" && { printf "$4" "$3" > "$1" & cat "$2/$3"; wait; rm "$2/$3"; }`
  const child = spawn('sh', ['-c', script, 'client', path, folder, reply, text])
  let output = ''
  child.stdout.on('data', (octets: Buffer) => (output += octets.toString('latin1')))
  await once(child, 'close')
  return output
}

async function until(done: () => boolean): Promise<void> {
  const limit = AbortSignal.timeout(10_000)
  while (!done()) {
    limit.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a client gets its answer, and the next one too', async (t) => {
  const { path } = await bench(t)
  assert.equal(statSync(path).mode & 0o777, 0o620)
  assert.equal(await client(path, ':print:%s\\nhello\\n\\n'), '200 ok\nhello\n')
  assert.equal(await client(path, ':which:%s\\n\\n'), '200 ok\n')
  assert.equal(await client(path, ':print:%s\\nwithout an end'), '200 ok\nwithout an end\n')
})

test('many clients at once', async (t) => {
  const { path } = await bench(t)
  const numbers = Array.from({ length: 12 }, (_, at) => at)
  const answers = await Promise.all(numbers.map((at) => client(path, `:print:%s\\n${at}\\n\\n`)))
  assert.deepEqual(
    answers,
    numbers.map((at) => `200 ok\n${at}\n`),
  )
})

test('a long answer arrives whole', async (t) => {
  const { path } = await bench(t)
  assert.equal((await client(path, ':much:%s\\n\\n')).length, '200 ok\n'.length + 50_000 * 81)
})

test('reply files are bare names of FIFOs', async (t) => {
  const { path, said, given } = await bench(t)
  execFileSync('mkfifo', [join(folder, 'real'), join(folder, 'linked')])
  symlinkSync('real', join(folder, 'soft'))
  linkSync(join(folder, 'linked'), join(folder, 'hard'))
  writeFileSync(join(folder, 'plain'), 'precious')
  const names = ['../etc', 'a/b', 'soft', 'hard', 'plain', 'nothing', '.hidden', 'x'.repeat(200)]
  // A reader, so that it is not its absence that is complained about.
  const reader = spawn('cat', ['linked', 'real'], { cwd: folder })
  writeFileSync(path, names.map((name) => `:which:${name}\n\n`).join(''))
  await until(() => said.length === names.length)
  assert.equal(given.length, names.length)
  assert.equal(statSync(join(folder, 'plain')).size, 'precious'.length)
  assert.ok(
    said.every((line) => line.startsWith('ERROR: control FIFO: no answer to "')),
    said.join('\n'),
  )
  reader.kill()
  await once(reader, 'close')
})

test('a client that reads no answer holds nobody up', async (t) => {
  const { path, said } = await bench(t)
  execFileSync('mkfifo', [join(folder, 'unread')])
  writeFileSync(path, ':which:unread\n\n')
  assert.equal(await client(path, ':print:%s\\nhello\\n\\n'), '200 ok\nhello\n')
  await until(() => said.length > 0)
  assert.match(said[0] ?? '', /no answer to "unread": nobody reads it/)
})

test('who floods gets few lines into the log, and holds nobody up', async (t) => {
  const { path, said } = await bench(t)
  const child = spawn('sh', ['-c', `yes rubbish | head -c 100000 > ${path}`])
  await once(child, 'close')
  assert.equal(await client(path, '\\n\\n:print:%s\\nhello\\n\\n'), '200 ok\nhello\n')
  assert.ok(said.length >= 1 && said.length < 50, String(said.length))
})

test('without a reply file the command is carried out all the same', async (t) => {
  const { path, given } = await bench(t)
  writeFileSync(path, ':print:\nhello\n\nrubbish\n\n:which:\n\n')
  await until(() => given.length === 2)
  assert.deepEqual(
    given.map(({ name, args }) => [name, ...args]),
    [['print', 'hello'], ['which']],
  )
})

test('an old FIFO is replaced, other files and those of another server are not', async (t) => {
  execFileSync('mkfifo', [join(folder, 'old')])
  const { path } = await bench(t, 'old')
  await assert.rejects(bench(t, 'old'), /another server reads .*old/)
  await assert.rejects(bench(t, 'plain'), /plain is there and is no FIFO/)
  await assert.rejects(bench(t, 'no/folder'), /No such file or directory/)
  assert.equal(await client(path, ':print:%s\\nstill here\\n\\n'), '200 ok\nstill here\n')
})

test('it is gone at the end, unless somebody has put another one there', async (t) => {
  const first = await bench(t)
  first.fifo.close()
  assert.equal(existsSync(first.path), false)
  const second = await bench(t)
  rmSync(second.path)
  execFileSync('mkfifo', [second.path])
  second.fifo.close()
  assert.equal(existsSync(second.path), true)
})
