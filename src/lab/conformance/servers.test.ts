// Programs as servers: which rows a server costs that does not start, or that ends.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { UsageError } from '../../errors.js'
import { readCases } from '../../conformance/cases/case-file.js'
import { HostDriver } from '../../host/driver.js'
import { RealTarget } from './real.js'
import type { CaseResult } from './result.js'
import { FixedServer, ProgramServers } from './servers.js'

/** Ends at once when its configuration says so, else listens until somebody tells it to end. */
const PROGRAM = `
const text = require('fs').readFileSync(process.argv[1], 'utf8')
if (text === 'broken') { console.error('no memory'); process.exit(3) }
require('net').createServer((peer) => peer.on('data', () => process.exit(4)).on('error', () => {}))
  .listen(Number(process.argv[3]), process.argv[2])`

function serversIn(folder: string): ProgramServers {
  mkdirSync(join(folder, 'servers/x'), { recursive: true })
  writeFileSync(join(folder, 'servers/x/proxy.cfg'), 'sound')
  writeFileSync(join(folder, 'servers/x/redirect.cfg'), 'broken')
  const command = [process.execPath, '-e', PROGRAM, '{config}', '{address}', '{port}']
  return new ProgramServers('x', { folder, make: 'x', command, runFolder: folder })
}

test('a role whose server does not start fails alone, and one that ends by itself says how', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-servers-'))
  const servers = serversIn(folder)
  t.after(async () => {
    await servers.stop()
    rmSync(folder, { recursive: true })
  })
  await assert.rejects(servers.start('redirect'), (error: Error) => {
    assert.ok(error instanceof UsageError)
    assert.match(error.message, /in the role redirect ended with 3: no memory/)
    return true
  })
  const { address, port } = (await servers.start('proxy'))!
  assert.equal(servers.died('proxy'), undefined)
  assert.equal(await servers.start('uas'), undefined)
  const socket = connect({ host: address, port }, () => socket.write('end'))
  await new Promise((resolve) => socket.on('error', resolve).on('close', resolve))
  for (let tries = 0; servers.died('proxy') === undefined && tries < 1000; tries++)
    await new Promise((resolve) => setImmediate(resolve))
  assert.match(servers.died('proxy')!, /in the role proxy ended with 4/)
})

test('rows of a role that does not start are not run, with the reason', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-servers-'))
  const servers = serversIn(folder)
  const driver = new HostDriver({ record: 'wire' })
  t.after(async () => {
    await servers.stop()
    await driver.close()
    rmSync(folder, { recursive: true })
  })
  const cases = readCases(
    '# Group\n\n## X-001 A row\nMUST · RFC 3261 §8 · redirect\n\n    caller sends OPTIONS to sip:{server}\n    caller receives 200 to OPTIONS\n',
    'x.md',
  )
  const results: CaseResult[] = []
  const target = new RealTarget({
    ...{ folder, driver, servers, seed: 1, waitMsMax: 1000, parallel: 1, from: undefined, domain: 'x' },
  })
  await target.runAll(cases, (result) => results.push(result))
  assert.deepEqual(
    results.map(({ id, verdict }) => [id, verdict]),
    [['X-001', 'not run']],
  )
  assert.match(results[0]!.text, /no memory/)
})

/** Answers every OPTIONS, and every probe; a BOOM ends it, a FLOOD is answered without an end. */
const STANDING = `
const socket = require('dgram').createSocket('udp4')
const answer = (text, tag) => 'SIP/2.0 200 OK\\r\\n' + text.split('\\r\\n').filter((line) => /^(Via|From|Call-ID|CSeq)/.test(line))
  .join('\\r\\n') + '\\r\\nTo: <sip:x>;tag=' + tag + '\\r\\nContent-Length: 0\\r\\n\\r\\n'
let count = 0
socket.on('message', (bytes, from) => {
  const text = bytes.toString('latin1')
  if (text.startsWith('BOOM')) process.exit()
  const flood = () => {
    for (let each = 0; each < 1000; each++) socket.send(answer(text, ++count), from.port, from.address)
    setTimeout(flood, 1)
  }
  if (text.startsWith('FLOOD')) flood()
  else if (!text.startsWith('ACK')) socket.send(answer(text, 'x'), from.port, from.address)
})
socket.bind(5060, '127.0.64.1', () => console.log('up'))`

const PLACE = { transport: 'udp', address: '127.0.64.1', port: 5060 } as const
const row = (id: string, method: string, more = ''): string =>
  `## ${id} A row\nMUST · RFC 3261 §8 · proxy\n\n    caller sends ${method} to sip:{server}\n    caller receives 200 to ${method}\n${more}\n`

/** Plays rows one after the other against the standing server. */
async function standing(rows: string): Promise<CaseResult[]> {
  const server = spawn(process.execPath, ['-e', STANDING], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(server.stdout, 'data')
  const driver = new HostDriver({ record: 'wire' })
  const results: CaseResult[] = []
  try {
    const servers = new FixedServer('server at udp:127.0.64.1:5060', PLACE, ['proxy'], driver)
    const target = new RealTarget({
      ...{
        folder: '.',
        driver,
        servers,
        seed: 1,
        waitMsMax: 200_000,
        parallel: 1,
        from: undefined,
        domain: 'x',
      },
    })
    await target.runAll(readCases(`# Group\n\n${rows}`, 'x.md'), (result) => results.push(result))
  } finally {
    server.kill('SIGKILL')
    await driver.close()
  }
  return results
}

test('a server at an address that goes in mid-run: the row that was running says so, the rest is not run', async () => {
  const results = await standing(row('X-001', 'OPTIONS') + row('X-002', 'BOOM') + row('X-003', 'OPTIONS'))
  assert.deepEqual(
    results.map(({ id, verdict }) => [id, verdict]),
    [
      ['X-001', 'pass'],
      ['X-002', 'fail'],
      ['X-003', 'not run'],
    ],
  )
  assert.match(results[1]!.text, /does not answer any more, while this row was played/)
  assert.match(results[2]!.text, /does not answer any more/)
})

test('a server that floods is heard so far and no further, and the run goes on', async () => {
  const more = '    wait 100 s\n'
  const results = await standing(row('X-001', 'FLOOD', more) + row('X-002', 'OPTIONS'))
  assert.deepEqual(
    results.map(({ id, verdict }) => [id, verdict]),
    [
      ['X-001', 'fail'],
      ['X-002', 'pass'],
    ],
  )
  assert.match(results[0]!.text, /the server floods: 20000 messages have come/)
  assert.ok(results[0]!.log.length <= 40_000, `${results[0]!.log.length} packets are kept`)
})
