// Inputs written, read and replayed to the same octets.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Endpoint, Output } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { Random } from '../random.js'
import { SimDriver } from './driver.js'
import { A, B, Probe, sending } from './probe.js'
import { readInputs, replay, replayEntries, writeInputs } from './replay.js'

const folder = mkdtempSync(join(tmpdir(), 'replay-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true }))

/** Answers what it gets, and again 500 ms later, with its own random number. */
function repeater(seed: number): Endpoint {
  const random = new Random(seed)
  let last: Output[] = []
  return {
    deadline: undefined,
    step(input, now) {
      if (input.type === 'packet') {
        ;(this as { deadline: number | undefined }).deadline = now + 500
        const { transport, local, remote } = input
        const bytes = `\xff\0\r\n"${random.hex(8)} ${input.bytes}`
        last = [{ type: 'send', transport, local, remote, bytes }]
        return last
      }
      ;(this as { deadline: number | undefined }).deadline = undefined
      return input.type === 'wake' ? last : []
    },
  }
}

async function recordedRun() {
  const link = { delayMs: 5, lossPercent: 30, duplicatePercent: 30 }
  const driver = new SimDriver({ seed: 3, link })
  driver.attachNow('a', new Probe(), [{ transport: 'udp', ...A }])
  driver.attachNow('b', repeater(42), [{ transport: 'udp', ...B }])
  for (let nth = 0; nth < 20; nth++) {
    driver.give('a', sending(`${nth}`))
    await driver.advance(700)
  }
  return driver
}

test('the inputs of an endpoint make a fresh one send the same octets', async () => {
  const { log } = await recordedRun()
  const entries = replayEntries(log)
  assert.ok(entries.filter((entry) => entry.kind === 'sent' && entry.endpoint === 'b').length > 20)
  assert.equal(replay('b', repeater(42), entries), undefined)
})

test('the first difference is told', async () => {
  const { log } = await recordedRun()
  const difference = replay('b', repeater(43), replayEntries(log))
  assert.equal(difference?.nth, 1)
  assert.notEqual(difference.actual?.bytes, difference.expected?.bytes)
})

test('a replay that sends less, or more, differs where one ends', async () => {
  const entries = replayEntries((await recordedRun()).log)
  const nothing = replay('b', new Probe(), entries)
  assert.deepEqual([nothing?.nth, nothing?.actual], [1, undefined])
  const withoutLast = [...entries]
  withoutLast.splice(
    withoutLast.findLastIndex((entry) => entry.kind === 'sent' && entry.endpoint === 'b'),
    1,
  )
  const more = replay('b', repeater(42), withoutLast)
  assert.deepEqual([more?.expected, more?.actual?.endpoint], [undefined, 'b'])
})

test('inputs.ndjson is read as it was written, and replays', async () => {
  const driver = await recordedRun()
  const path = join(folder, 'inputs.ndjson')
  const header = { kind: 'run', version: 1, virtual: true, seed: driver.seed } as const
  writeInputs(path, header, driver.log)
  const recorded = readInputs(path)
  assert.deepEqual(recorded, { header, entries: replayEntries(driver.log) })
  assert.equal(replay('b', repeater(42), recorded.entries), undefined)
})

test('what is no inputs.ndjson is told with its line', () => {
  const header = '{"kind":"run","version":1,"virtual":true}\n'
  for (const [text, complaint] of [
    ['', ':1: no JSON object'],
    ['{"kind":"event"}\n', ':1: no inputs of a run'],
    [`${header}[`, ':2: no JSON object'],
    [`${header}{"kind":"input","at":0,"endpoint":"a"}`, ':2: neither an input nor something sent'],
    [`${header}{"kind":"sent","at":"0","endpoint":"a","bytes":""}`, ':2: neither'],
  ] as const) {
    const path = join(folder, 'bad.ndjson')
    writeFileSync(path, text)
    assert.throws(
      () => readInputs(path),
      (error: Error) => error instanceof UsageError && error.message.startsWith(path + complaint),
    )
  }
})
