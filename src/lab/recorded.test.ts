// Every recorded case of the original server is played against the engine in virtual time: exact, deviating with a
// reason (captures/oracle/deviations.json), or not yet (its script loads a module that is not here).

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { Exec } from '../host/exec.js'
import { loadScript, MODULES } from '../modules/index.js'
import { Engine } from '../proxy/engine.js'
import { Random } from '../random.js'
import { differences, play, type Asked } from './recorded.js'
import { readRecording } from './recording.js'

const FOLDER = 'captures/oracle'
const SERVER_PORT = 45070

const cases = readdirSync(FOLDER).filter((name) => statSync(`${FOLDER}/${name}`).isDirectory())
const deviations = JSON.parse(readFileSync(`${FOLDER}/deviations.json`, 'utf8')) as Record<string, string>
const known = new Set(MODULES.map(({ file }) => file))

function isLoadable(script: string): boolean {
  return [...script.matchAll(/loadmodule "(?:.*\/)?(\w+)\.so"/g)].every(([, file]) => known.has(file!))
}

function engineFor(script: string, file: string): Engine {
  const own = { address: '127.0.0.1', port: SERVER_PORT }
  return new Engine({
    program: loadScript(script, file),
    modules: MODULES,
    profile: 'ser',
    sockets: [{ transport: 'udp', ...own }],
    random: new Random(1),
    identity: {
      signature: 'Sip EXpress router (0.9.7 (x86_64/linux))',
      pid: 1,
      aliases: [{ host: 'localhost', port: SERVER_PORT }],
    },
    trace: false,
    now: 0,
    epochMs: 0,
  })
}

// What the recorded scripts run is run; what it writes stays in a folder of its own.
const scratch = mkdtempSync(`${tmpdir()}/sipwright-recorded-`)
const commands = new Exec(scratch)
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(scratch, { recursive: true }))

const asked: Asked = async (question) =>
  question.kind === 'exec'
    ? commands.answer(question)
    : { kind: 'failure', reason: 'the recordings were made without a name service' }

const counts = { exact: 0, deviating: 0, notYet: [] as string[] }

for (const name of cases) {
  const folder = `${FOLDER}/${name}`
  const script = readFileSync(`${folder}/script.cfg`, 'latin1')
  if (!isLoadable(script)) {
    counts.notYet.push(name)
    continue
  }
  test(`recorded case ${name}`, async () => {
    const packets = readRecording(readFileSync(`${folder}/capture.pcap`), SERVER_PORT)
    assert.ok(
      packets.some(({ toServer }) => toServer),
      'the recording holds requests',
    )
    const engine = engineFor(script, `${folder}/script.cfg`)
    const found = differences(packets, await play(engine, packets, SERVER_PORT, asked))
    const text = found.map((one) => `${one.kind} at ${one.port}: ${one.text}`).join('\n')
    if (deviations[name] === undefined) assert.equal(text, '', 'behaves as recorded')
    else assert.notEqual(text, '', 'the deviation is still there (else drop it from deviations.json)')
    if (deviations[name] === undefined) counts.exact++
    else counts.deviating++
  })
}

test('every recorded case is counted', () => {
  const { exact, deviating, notYet } = counts
  console.log(
    `recorded cases: ${exact} exact, ${deviating} deviating, ${notYet.length} not yet (${notYet.join(' ')})`,
  )
  assert.equal(exact + deviating + notYet.length, cases.length)
})
