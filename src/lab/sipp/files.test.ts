// Files around a SIPp scenario: recordings, sounds, CSV files, and complaints that say where was looked.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../../errors.js'
import { findFile, loadEmbedded, loadInjection, loadMedia, loadScenario, readRecording } from './files.js'

const FOLDER = 'features/sipp/scenarios'

test('a recording is its datagrams, in time from the first', () => {
  const packets = readRecording(`${FOLDER}/tone.pcap`)
  assert.deepEqual(
    packets.map(({ atMs }) => Math.round(atMs)),
    [0, 20, 40, 60],
  )
  assert.ok(packets.every(({ bytes }) => bytes.length === 172 && bytes.startsWith('\x80\0')))
})

test('what a scenario plays is read, and what is missing is named', () => {
  const { scenario } = loadScenario(`${FOLDER}/media_client.xml`)
  const found = loadMedia(scenario, [FOLDER])
  assert.deepEqual(
    [[...found.recordings.keys()], [...found.sounds.keys()], found.missing],
    [['tone.pcap'], ['tone.raw'], []],
  )
  assert.deepEqual(loadMedia(scenario, ['.']).missing, ['tone.pcap', 'tone.raw'])
})

test('CSV files are known by their last name, and indexed when asked', () => {
  const [file] = loadInjection(['scenarios/users.csv'], new Map([['users.csv', '0']]), ['features/sipp'])
  assert.deepEqual([file?.name, file?.length, file?.lookup('carol')], ['users.csv', 2, 1])
})

test('complaints say what to do', () => {
  const complains = (act: () => unknown, pattern: RegExp): void =>
    assert.throws(act, (error) => error instanceof UsageError && pattern.test(error.message))
  complains(
    () => findFile('none.xml', ['a', 'b'], 'the scenario'),
    /the scenario none.xml is not there. Looked in: a, b/,
  )
  complains(() => loadEmbedded('uax'), /no embedded scenario uax. There are: uac, uas/)
  complains(() => loadScenario('src/sipp-xml/testdata/bad/order.xml'), /order\.xml:4:4: error/)
  complains(() => loadInjection([`${FOLDER}/tone.raw`], new Map(), ['.']), /first line must say SEQUENTIAL/)
})
