// Programs as servers: which rows a server costs that does not start, or that ends.

import assert from 'node:assert/strict'
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
import { ProgramServers } from './servers.js'

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
