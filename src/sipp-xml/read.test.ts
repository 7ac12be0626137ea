// Reading of scenario files: what can be played, what cannot, and every objection with its place (golden files in
// testdata/bad, renewed with UPDATE=1).

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ACTION_NAMES } from './read-actions.js'
import { EMBEDDED, embeddedScenario, OUT_OF_CALL } from './embedded.js'
import { findingText } from './findings.js'
import { KEYWORD_NAMES } from './keywords.js'
import { templatesOf } from './named-files.js'
import { playNotes } from './notes.js'
import { readScenario } from './read.js'
import { anyKeyword } from './template.js'

const BAD = 'src/sipp-xml/testdata/bad'
const SCENARIOS = 'features/sipp/scenarios'
const filesIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.xml'))
const scenarios = filesIn(SCENARIOS).map((name) => ({
  name,
  bytes: readFileSync(join(SCENARIOS, name), 'latin1'),
}))

for (const name of filesIn(BAD))
  test(`objections to ${name}`, () => {
    const { scenario, findings } = readScenario(readFileSync(join(BAD, name), 'latin1'), name)
    const text = findings.map((finding) => `${findingText(name, finding)}\n`).join('')
    const actual = `${text}${scenario === undefined ? 'cannot be played' : 'can be played'}\n`
    const golden = join(BAD, name.replace('.xml', '.txt'))
    if (process.env.UPDATE === '1') writeFileSync(golden, actual)
    assert.equal(actual, readFileSync(golden, 'utf8'))
  })

test('our own scenarios can be played, and only the broken one is objected to', () => {
  for (const { name, bytes } of scenarios) {
    const { scenario, findings } = readScenario(bytes, name)
    assert.notEqual(scenario, undefined, `${name}: ${findings.map((one) => one.text).join('; ')}`)
    if (name !== 'broken.xml') assert.deepEqual(findings, [], name)
    else assert.equal(new Set(findings.map(({ kind }) => kind)).size, 5)
  }
})

test('our own scenarios are many, and use every element, action and keyword', () => {
  assert.ok(scenarios.length >= 30)
  const all = scenarios.map(({ bytes }) => bytes).join('\n')
  for (const action of ACTION_NAMES) assert.match(all, new RegExp(`<${action}[\\s/]`), action)
  const elements = [
    'send',
    'recv',
    'pause',
    'timewait',
    'nop',
    'sendCmd',
    'recvCmd',
    'label',
    'init',
    'Global',
    'User',
  ]
  for (const element of [
    ...elements,
    'Reference',
    'ResponseTimeRepartition',
    'CallLengthRepartition',
    'DefaultMessage',
  ])
    assert.match(all, new RegExp(`<${element}[\\s/>]`), element)
  const used = new Set<string>()
  for (const { name, bytes } of scenarios)
    for (const template of templatesOf(readScenario(bytes, name).scenario!))
      anyKeyword(template, ({ kind }) => (used.add(kind), false))
  for (const keyword of [
    ...Object.keys(KEYWORD_NAMES),
    'field',
    'file',
    'fill',
    'authentication',
    'variable',
    'last_header',
    'srtp',
    'user',
  ])
    assert.ok(used.has(keyword), `[${keyword}] is used nowhere`)
})

test('the embedded scenarios have the names and roles of SIPp', () => {
  const roles = Object.fromEntries(Object.keys(EMBEDDED).map((name) => [name, embeddedScenario(name)?.role]))
  assert.deepEqual(roles, {
    ...{
      uac: 'client',
      uas: 'server',
      regexp: 'client',
      branchc: 'client',
      branchs: 'server',
      uac_pcap: 'client',
    },
    ...{ '3pcc-C-A': 'client', '3pcc-C-B': 'server', '3pcc-A': 'server', '3pcc-B': 'server' },
  })
  assert.deepEqual(Object.keys(OUT_OF_CALL), ['ooc_default', 'ooc_dummy'])
  for (const { text } of [...Object.values(EMBEDDED), ...Object.values(OUT_OF_CALL)])
    assert.deepEqual(readScenario(text, 'embedded').findings, [])
  assert.equal(embeddedScenario('toString'), undefined)
})

test('notes say what a scenario needs from outside', () => {
  const note = (name: string): string => {
    const { bytes } = scenarios.find((one) => one.name === name)!
    return playNotes(readScenario(bytes, name).scenario!, bytes)
      .map(({ text, hint }) => `${text} (${hint})`)
      .join('; ')
  }
  assert.match(note('scopes_client.xml'), /color .*-key NAME VALUE/)
  assert.match(note('csv_client.xml'), /CSV files .*-inf FILE/)
  assert.match(note('shell_client.xml'), /shell command in <nop> .*--allow-exec/)
  assert.match(note('srtp_client.xml'), /SRTP/)
  assert.equal(note('call_client.xml'), '')
})

test('files that are too large or too deep are refused', () => {
  const reason = (bytes: string): string =>
    readScenario(bytes, 'x')
      .findings.map(({ text }) => text)
      .join()
  assert.match(reason(' '.repeat(5 * 1024 * 1024)), /larger than/)
  assert.match(reason('<a>'.repeat(100)), /nested deeper/)
  assert.match(reason(`<scenario>${'<nop/>'.repeat(60_000)}</scenario>`), /more than 50000 elements/)
  assert.match(reason(`<scenario>${'<nop/>'.repeat(20_000)}</scenario>`), /more than 10000 messages/)
})
