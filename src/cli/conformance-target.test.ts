// The catalogue against servers at an address: one that is not there, and one that is reached over TCP and TLS.

import assert from 'node:assert/strict'
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import type { Scorecard } from '../report/scorecard.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-conformance-'))
after(() => rmSync(folder, { recursive: true }))
/** Counting the coverage of so many short runs takes longer than they do. */
const { NODE_V8_COVERAGE: _, ...env } = process.env

function conformance(...args: string[]): SpawnSyncReturns<string> {
  const command = ['bin/sipwright.js', 'conformance', ...args, '--out', folder]
  return spawnSync(process.execPath, command, { env, encoding: 'utf8', timeout: 60_000 })
}

test('a server that is not there: which address, what was tried, exit code 2', async () => {
  const tries = ['udp', 'tcp', 'tls'].map(async (transport) => {
    const words = ['bin/sipwright.js', 'conformance', '--target', `${transport}:127.0.0.1:9`]
    const run = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = once(run, 'exit') as Promise<[number]>
    const [stderr, [status]] = await Promise.all([text(run.stderr), ended])
    assert.equal(status, 2)
    const tried = transport.toUpperCase()
    const said = `${transport}:127.0.0.1:9 does not answer: an OPTIONS over ${tried} from 127.0.0.1 had no answer in 3 s`
    assert.ok(stderr.includes(said), stderr)
  })
  await Promise.all(tries)
  const { status, stderr } = conformance('--target', 'kamailio', '--image', 'nobody/nothing:0')
  assert.equal(status, 2)
  assert.match(stderr, /--image nobody\/nothing:0/)
})

test('over TCP and TLS: rows about datagrams are not applicable, others pass', async () => {
  const script = join(folder, 'proxy.cfg')
  const keys = resolve('src/host/testdata/tls')
  const tls = `tls_certificate="${keys}/server.pem"\ntls_private_key="${keys}/server-key.pem"\n`
  writeFileSync(script, tls + readFileSync('features/conformance/servers/sipwright/proxy.cfg', 'latin1'))
  const listens = ['udp:127.0.65.1:5060', 'tcp:127.0.65.1:5060', 'tls:127.0.65.1:5061'].flatMap((at) => [
    '-l',
    at,
  ])
  const more = ['--alias', 'example.com', '--control', 'none', '--profile', 'rfc3261']
  const server = spawn(process.execPath, ['bin/sipwright.js', 'serve', script, ...listens, ...more], {
    stdio: 'ignore',
  })
  try {
    for (const target of ['tcp:127.0.65.1:5060', 'tls:127.0.65.1:5061']) {
      const ids = 'PFW-001,PFW-002,PFW-032,PRS-011,PRS-013,REG-001'
      const run = conformance(
        '--target',
        target,
        '--domain',
        'example.com',
        '--roles',
        'proxy,registrar',
        '--only',
        ids,
      )
      assert.equal(run.status, 0, run.stdout + run.stderr)
      const { rows } = JSON.parse(readFileSync(join(folder, 'conformance.json'), 'utf8')) as Scorecard
      const verdicts = Object.fromEntries(
        rows.map(({ id, verdict, text }) => [id, `${verdict} ${text}`.trim()]),
      )
      assert.equal(verdicts['PFW-032'], 'not applicable needs udp')
      for (const id of ['PFW-001', 'PFW-002', 'PRS-011', 'PRS-013', 'REG-001'])
        assert.equal(verdicts[id], 'pass', id)
    }
  } finally {
    server.kill()
  }
})
