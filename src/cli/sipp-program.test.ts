// `sipwright sipp --engine local|docker` with the real SIPp: switches, files, logs, verdicts. Without SIPp or a Docker
// engine with the image they are skipped aloud; with SIPWRIGHT_REQUIRE=all that is a failure.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { missingFor, type SippBackend } from '../lab/sipp/play.js'
import { sipp as startSipp } from '../sipp-wrapper/index.js'
import { run } from './sipp.js'

const SCENARIOS = 'features/sipp/scenarios'
const SERVER = '127.0.6.2'
const CLIENT = ['-i', '127.0.6.3', '-p', '5060', '-bind_local']

async function skipWithout(backend: SippBackend): Promise<string | false> {
  const skip = await missingFor(backend)
  if (skip === undefined || process.env.SIPWRIGHT_REQUIRE === 'all') return false
  return `${skip.reason}; ${skip.command}`
}
const noSipp = await skipWithout('local')
const noDocker = noSipp || (await skipWithout('docker'))

async function sipp(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' }
  const out = (text: string): void => void (said.out += text)
  const err = (text: string): void => void (said.err += text)
  const code = await run(argv, { out, err, isTerminal: false, width: 100 })
  return { code, ...said }
}

/** A real server that takes calls while `act` runs. */
async function withServer(scenario: string, act: () => Promise<void>): Promise<void> {
  const server = await startSipp({ scenario, localAddress: SERVER, localPort: 5060, bindLocal: true })
  try {
    await act()
  } finally {
    await server.stop()
  }
}

for (const engine of ['local', 'docker'] as const)
  test(
    `--engine ${engine}: SIPp plays, its logs come where they are wanted`,
    {
      skip: engine === 'local' ? noSipp : noDocker,
      timeout: 120_000,
    },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sipwright-program-'))
      const file = (name: string): string => join(folder, name)
      await withServer(join(SCENARIOS, 'csv_server.xml'), async () => {
        const { code, out } = await sipp(
          ...['--engine', engine, join(SCENARIOS, 'csv_client.xml'), SERVER, ...CLIENT, '-m', '2'],
          ...['-inf', join(SCENARIOS, 'users.csv'), '-trace_msg', '-message_file', file('m.log')],
          ...['-trace_stat', '-stf', file('s.csv')],
        )
        assert.match(out, /passed: 2 calls, 2 succeeded, 0 failed/)
        assert.equal(code, 0)
      })
      assert.match(readFileSync(file('m.log'), 'latin1'), /UDP message sent/)
      assert.match(readFileSync(file('s.csv'), 'latin1'), /^StartTime;/)
      assert.ok(!existsSync(file('errors.log')))
      rmSync(folder, { recursive: true })
    },
  )

test('--engine local: what fails is no pass, and says why', { skip: noSipp, timeout: 60_000 }, async () => {
  await withServer(join(SCENARIOS, 'busy_server.xml'), async () => {
    const client = [
      '--engine',
      'local',
      '--json',
      join(SCENARIOS, 'unexpected_client.xml'),
      SERVER,
      ...CLIENT,
    ]
    const { code, out, err } = await sipp(...client, '-m', '1')
    const { verdict, statistics } = JSON.parse(out) as {
      verdict: string
      statistics: { failures: Record<string, number> }
    }
    assert.deepEqual([code, verdict, statistics.failures], [1, 'failed', { UnexpectedMessage: 1 }])
    assert.match(err, /while expecting '100' \(index 1\), received 'SIP\/2.0 486/)
  })
})

test('--engine local: a shell is refused unless it is allowed, and our own options are ours', async () => {
  const shell = ['--engine', 'local', join(SCENARIOS, 'shell_client.xml'), SERVER]
  await assert.rejects(sipp(...shell), /Allow it with --allow-exec/)
  await assert.rejects(sipp('--engine', 'local', '--seed', '3', '-sn', 'uac', SERVER), /for --engine inproc/)
  await assert.rejects(sipp('--engine', 'local', '-sn', 'uac', '-steam', SERVER), /there is no switch -steam/)
})
