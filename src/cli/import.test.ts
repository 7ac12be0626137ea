// Scenarios are run and their packets captured; each capture is imported as a feature, and the feature run: it passes, and
// the same messages reach the same phones.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runFeatures } from '../lab/features.js'
import { Progress } from '../report/progress.js'
import type { ScenarioReport } from '../report/types.js'
import { captured } from './captured.js'
import { main } from './main.js'

const SOURCE = 'src/lab/testdata/captured'
const folder = mkdtempSync(join(tmpdir(), 'sipwright-import-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const [captures, features] = [join(folder, 'captures'), join(folder, 'features')]
mkdirSync(captures)
mkdirSync(features)

async function ran(path: string, into?: string): Promise<ScenarioReport[]> {
  const progress = new Progress({ write: () => {}, isTerminal: false, width: 80, now: () => 0, features: 0 })
  const options = {
    names: [],
    seed: 1,
    profile: 'rfc3261' as const,
    imports: [],
    failFast: false,
    tags: '',
    real: false,
  }
  const run = { ...options, paths: [path], ...(into !== undefined && { captures: into }) }
  return (await runFeatures(run, progress)).features.flatMap(({ scenarios }) => scenarios)
}

async function imported(capture: string, words: readonly string[]): Promise<string> {
  const terminal = captured()
  const file = join(features, capture.replace(/^.*\//, '').replace(/\.pcap$/, '.feature'))
  assert.equal(await main(['import', capture, '-o', file, ...words], terminal), 0, terminal.errors)
  return file
}

function reasonOf(scenarios: readonly ScenarioReport[]): string {
  return scenarios
    .flatMap(({ steps }) =>
      steps.flatMap(({ text, failure }) =>
        failure ? [`${text}: ${failure.message} ${failure.expected} / ${failure.actual}`] : [],
      ),
    )
    .join('\n')
}

/** What each address gets, copies counted once: "INVITE", "200 OK". */
function receivedBy({ ladder }: ScenarioReport): string[] {
  const labels = (ladder?.arrows ?? [])
    .filter(({ retransmission }) => !retransmission)
    .map(({ label }) => label.replace(/ \(SDP\)$/, ''))
  return [...new Set(labels)].sort()
}

const sources = await ran(`${SOURCE}/calls.feature`, captures)

for (const source of sources)
  test(`${source.name}: the capture makes a feature that passes`, async () => {
    assert.equal(source.status, 'passed', reasonOf([source]))
    const text = readFileSync(`${SOURCE}/calls.feature`, 'utf8')
      .split('\n')
      .slice(source.line - 1)
    const script = /runs the script "([^"]*)"/.exec(
      text.slice(0, text.findIndex((line, at) => at > 0 && line.includes('Scenario:')) >>> 0).join('\n'),
    )?.[1]
    const words = script === undefined ? [] : ['--script', `${SOURCE}/${script}`, '--profile', 'rfc3261']
    const server = source.name.includes('IPv6') ? '[2001:db8::1]:5060' : '10.0.0.1:5060'
    const file = await imported(join(captures, `calls-${source.line}.pcap`), [
      ...words,
      '--server',
      server,
      '--user',
      'alice:wonder',
    ])
    const again = await ran(file)
    assert.equal(again.length, 1)
    assert.equal(again[0]!.status, 'passed', `${readFileSync(file, 'utf8')}\n${reasonOf(again)}`)
    assert.deepEqual(receivedBy(again[0]!), receivedBy(source), readFileSync(file, 'utf8'))
  })

test('at least ten different captures were imported', () => {
  assert.ok(sources.length >= 10)
  assert.equal(readdirSync(captures).length, sources.length)
})

/** Recorded by the original server; its scripts and messages are odder than ours. */
const RECORDED = [
  'def-invite-registered',
  'def-register',
  'fork-cancel',
  'fork-12-branches',
  'failure-route-rewriteuri',
  'redirect',
]

for (const name of [
  ...RECORDED,
  'ringing-408',
  'onr-last-answers',
  'fork-fail-603-486',
  'def-aor-case',
  'invite-retransmission',
])
  test(`recorded case ${name} makes a feature that passes`, async () => {
    const from = `captures/oracle/${name}`
    const target = join(folder, `${name}.pcap`)
    writeFileSync(target, readFileSync(`${from}/capture.pcap`))
    const file = await imported(target, ['--script', `${from}/script.cfg`, '--server', '127.0.0.1:45070'])
    const again = await ran(file)
    assert.equal(again[0]?.status, 'passed', `${readFileSync(file, 'utf8')}\n${reasonOf(again)}`)
  })
