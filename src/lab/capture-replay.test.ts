// Every recorded case of the original server is replayed as a capture, callers and callees, around the engine in virtual
// time, and compares clean under a policy that lists only what depends on the run.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Exec } from '../host/exec.js'
import type { CapturedMessage } from '../pcap/message.js'
import { readPolicy, type Policy } from '../pcap/policy.js'
import { loadScript, MODULES } from '../modules/index.js'
import { loadCapture } from './capture.js'
import { replayWithEngine } from './capture-replay.js'

const FOLDER = 'captures/oracle'
const SERVER = { address: '127.0.0.1', port: 45070 }

/** Names that the run made up are renamed; the rest is equal octet by octet. */
const RUN_DEPENDENT = readPolicy(`
*: text
first-line: text
body: text
User-Agent: ignore                                   # has the version and the machine in it
Server: ignore
Warning: shape                                       # has the process id in it
WWW-Authenticate: shape                              # nonces
Proxy-Authenticate: shape
Contact of 200 to REGISTER: sip except expires       # the original counts whole seconds
end: closed
times: 1050 ms                                       # ... and may be a tick early
`) as Policy

// What the recorded scripts run is run; what it writes stays in a folder of its own.
const scratch = mkdtempSync(join(tmpdir(), 'sipwright-captures-'))
const commands = new Exec(scratch)
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(scratch, { recursive: true }))
const NO_NAMES = { kind: 'failure', reason: 'the captures were made without a name service' } as const

const cases = readdirSync(FOLDER).filter((name) => statSync(`${FOLDER}/${name}`).isDirectory())
const deviations = JSON.parse(readFileSync(`${FOLDER}/deviations.json`, 'utf8')) as Record<string, string>
const known = new Set(MODULES.map(({ file }) => file))
const counts = { clean: 0, deviating: 0, messages: 0, notYet: [] as string[] }

/** The endpoint "other" listened at 45172; its captures say 45195. */
function withAlias({ target, ...message }: CapturedMessage): CapturedMessage {
  return { ...message, target: target.port === 45195 ? { ...target, port: 45172 } : target }
}

function isLoadable(script: string): boolean {
  return [...script.matchAll(/loadmodule "(?:.*\/)?(\w+)\.so"/g)].every(([, file]) => known.has(file!))
}

for (const name of cases) {
  const file = `${FOLDER}/${name}/script.cfg`
  const script = readFileSync(file, 'latin1')
  if (!isLoadable(script)) {
    counts.notYet.push(name)
    continue
  }
  test(`${name} replays as captured`, async () => {
    const capture = await loadCapture(`${FOLDER}/${name}/capture.pcap`, { speakers: [SERVER] })
    const messages = capture.messages.map(withAlias)
    const result = await replayWithEngine(
      {
        ...{ messages, servers: [SERVER], side: 'both', policy: RUN_DEPENDENT, passwords: new Map() },
        ...{ calls: 1, loops: 1, speed: 1, seed: 1, fresh: false },
      },
      {
        program: loadScript(script, file),
        profile: 'ser',
        answer: (question) => (question.kind === 'exec' ? commands.answer(question) : NO_NAMES),
        identity: {
          signature: 'Sip EXpress router (0.9.7 (x86_64/linux))',
          pid: 1,
          aliases: [{ host: 'localhost', port: SERVER.port }],
        },
      },
    )
    const text = result.differences
      .map(
        ({ kind, party, message, at, changes, came }) =>
          `${kind} ${message} at ${party} ${at} ${JSON.stringify(changes)} ${kind === 'extra' ? came : ''}`,
      )
      .join('\n')
    if (deviations[name] === undefined) assert.equal(text, '')
    else assert.notEqual(text, '', 'the deviation is still there')
    if (deviations[name] === undefined) counts.clean++
    else counts.deviating++
    counts.messages += result.compared
  })
}

test('every recorded case is counted', () => {
  const { clean, deviating, messages, notYet } = counts
  console.log(
    `captures replayed: ${clean} clean, ${deviating} deviating with a reason, ${messages} messages compared, ` +
      `${notYet.length} not yet (${notYet.join(' ')})`,
  )
  assert.equal(clean + deviating + notYet.length, cases.length)
  assert.ok(messages > 800)
})
