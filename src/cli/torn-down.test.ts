// A run of features that is killed, at any point of it: by SIGINT it leaves no container, network, process or folder
// behind; what a SIGKILL leaves, the next run removes. With real SIPps, in containers and on this machine; without them
// skipped aloud (SIPWRIGHT_REQUIRE=all: a failure).

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import Docker from 'dockerode'
import { missingFor } from '../lab/sipp/play.js'
import { docker } from '../sipp-wrapper/index.js'
import { LABEL } from '../sipp-wrapper/docker.js'

const missing = (await missingFor('docker')) ?? (await missingFor('local'))
const skip =
  missing !== undefined && process.env.SIPWRIGHT_REQUIRE !== 'all' && `${missing.reason}; ${missing.command}`

/** Three containers on a network, then three programs, that talk for seconds. */
const FEATURE = `Feature: To be killed
  Scenario: containers
    Given the proxy listens on "udp:10.123.47.1:5060"
    And a SIPp container Desk runs "uas" at "10.123.47.12"
    And a SIPp container Cell runs "uas" at "10.123.47.13"
    And a SIPp container Caller runs "uac" at "10.123.47.11" with the options "-m 1000 -r 10"
    Then the SIPp scenario of Caller succeeds

  @sipp-local
  Scenario: programs
    Given the phones:
      | name   | address     |
      | Callee | 127.0.47.2  |
      | Caller | 127.0.47.3  |
    And Callee plays the SIPp scenario "uas"
    And Caller plays the SIPp scenario "uac" for 1000 calls, 10 a second
    Then the SIPp scenario of Caller succeeds
`

/** What is there of a process's: containers, networks, sipp processes in run folders of this machine. */
async function belongings(pid: number): Promise<string[]> {
  const engine = new Docker()
  const filters = { label: [LABEL] }
  const isOwn = ({ Labels }: { Labels?: Record<string, string> | undefined }): boolean =>
    Labels?.[LABEL]?.startsWith(`${pid}:`) === true
  const containers = (await engine.listContainers({ all: true, filters })).filter(isOwn)
  const networks = (await engine.listNetworks({ filters })).filter(isOwn)
  return [
    ...containers.map(({ Id }) => `container ${Id}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...foldersOf(pid).map((folder) => `folder ${folder}`),
    ...processes().map((one) => `process ${one}`),
  ]
}

function foldersOf(pid: number): string[] {
  return readdirSync(tmpdir()).filter((name) => {
    if (!name.startsWith('sipwright-sipp-')) return false
    try {
      return (
        (JSON.parse(readFileSync(join(tmpdir(), name, 'owner.json'), 'utf8')) as { owner: number }).owner ===
        pid
      )
    } catch {
      return false
    }
  })
}

/** The sipp processes of this feature, by their addresses. */
function processes(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        /sipp\0[^]*1(0\.123|27\.0)\.47\.\d/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1')) &&
        readlinkSync(`/proc/${pid}/exe`).endsWith('sipp')
      )
    } catch {
      return false
    }
  })
}

/** Runs a scenario of the feature and kills the run after a while; resolves with its process number. */
async function killed(line: number, afterMs: number, signal: 'SIGINT' | 'SIGKILL'): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-killed-'))
  const feature = join(folder, 'killed.feature')
  writeFileSync(feature, FEATURE)
  const run = spawn(
    process.execPath,
    ['bin/sipwright.js', 'run', `${feature}:${line}`, '--out', join(folder, 'reports')],
    {
      stdio: 'ignore',
    },
  )
  const ended = once(run, 'exit')
  await setTimeout(afterMs)
  assert.equal(run.exitCode, null, 'the run is long enough to be killed')
  run.kill(signal)
  const [, by] = (await ended) as [number | null, string | null]
  assert.equal(by, signal)
  rmSync(folder, { recursive: true })
  return run.pid!
}

const CONTAINERS = 2
const PROGRAMS = 10
const WHERE = [
  [CONTAINERS, 700],
  [CONTAINERS, 1000],
  [CONTAINERS, 1300],
  [CONTAINERS, 2500],
  [PROGRAMS, 1000],
  [PROGRAMS, 2500],
] as const

for (const [line, afterMs] of WHERE)
  test(
    `SIGINT after ${afterMs} ms leaves nothing behind (${line === PROGRAMS ? 'programs' : 'containers'})`,
    { skip, timeout: 60_000 },
    async () => {
      const pid = await killed(line, afterMs, 'SIGINT')
      assert.deepEqual(await belongings(pid), [])
    },
  )

test('what SIGKILL leaves, the next run removes, whenever it came', { skip, timeout: 120_000 }, async () => {
  const left: string[] = []
  for (const [line, afterMs] of WHERE) {
    const pid = await killed(line, afterMs, 'SIGKILL')
    left.push(...(await belongings(pid)))
    await docker().sweep()
    assert.deepEqual(await belongings(pid), [], `killed after ${afterMs} ms`)
  }
  for (const kind of ['container', 'network', 'folder', 'process'])
    assert.ok(
      left.some((one) => one.startsWith(kind)),
      `a killed run leaves a ${kind}`,
    )
})
