// Every fault of links and of single messages, from one seed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimDriver } from './driver.js'
import { Faults, type LinkFaults } from './faults.js'
import { Random } from '../random.js'
import { A, B, Probe, sending } from './probe.js'

function world(link: LinkFaults = {}, seed = 1) {
  const driver = new SimDriver({ seed, link })
  const a = new Probe()
  const b = new Probe()
  driver.attachNow('a', a, [{ transport: 'udp', ...A }])
  driver.attachNow('b', b, [{ transport: 'udp', ...B }])
  return { driver, a, b }
}

function sendMany(driver: SimDriver, count: number): void {
  for (let nth = 0; nth < count; nth++) driver.give('a', sending(String(nth)))
}

test('loss loses about so many datagrams, and the log says which', async () => {
  const { driver, b } = world({ lossPercent: 30 })
  sendMany(driver, 1000)
  await driver.settle()
  assert.ok(b.texts.length > 640 && b.texts.length < 760, `${b.texts.length} of 1000 arrived`)
  const lost = driver.log.filter((entry) => entry.kind === 'wire' && entry.fate === 'lost')
  assert.equal(lost.length, 1000 - b.texts.length)
  assert.ok(lost.every((entry) => entry.kind === 'wire' && entry.arrived === undefined))
})

test('all is lost at 100 % and nothing at 0 %', async () => {
  for (const [lossPercent, arrived] of [
    [100, 0],
    [0, 50],
  ] as const) {
    const { driver, b } = world({ lossPercent })
    sendMany(driver, 50)
    await driver.settle()
    assert.equal(b.texts.length, arrived)
  }
})

test('a duplicate is a second entry of the log', async () => {
  const { driver, b } = world({ duplicatePercent: 100 })
  sendMany(driver, 1)
  await driver.settle()
  assert.deepEqual(b.texts, ['0', '0'])
  assert.deepEqual(
    driver.log.flatMap((entry) => (entry.kind === 'wire' ? [entry.fate] : [])),
    ['delivered', 'duplicate'],
  )
})

test('jitter stays within its limit, and spreads', async () => {
  const { driver, b } = world({ delayMs: 100, jitterMs: 20 })
  sendMany(driver, 200)
  await driver.settle()
  assert.ok(b.times.every((at) => at >= 100 && at <= 120))
  assert.ok(new Set(b.times).size > 10)
})

test('a reordered datagram is overtaken', async () => {
  const { driver, b } = world({ reorderPercent: 20 })
  sendMany(driver, 100)
  await driver.settle()
  assert.equal(b.texts.length, 100)
  assert.notDeepEqual(
    b.texts,
    [...b.texts].sort((one, two) => Number(one) - Number(two)),
  )
})

test('a link that is down loses datagrams both ways until it is back', async () => {
  const { driver, a, b } = world()
  driver.faults.link('a', 'b', { down: true })
  driver.give('a', sending('there'))
  driver.give('b', sending('back', B, A))
  await driver.settle()
  assert.deepEqual([a.texts, b.texts], [[], []])
  driver.faults.link('a', 'b', { down: false })
  driver.give('a', sending('again'))
  await driver.settle()
  assert.deepEqual(b.texts, ['again'])
})

test('a fault of one direction leaves the other alone', async () => {
  const { driver, a, b } = world()
  driver.faults.oneWay('a', 'b', { down: true })
  driver.give('a', sending('there'))
  driver.give('b', sending('back', B, A))
  await driver.settle()
  assert.deepEqual([a.texts, b.texts], [['back'], []])
})

test('what is set for a link adds to what was set before', async () => {
  const { driver, b } = world({ delayMs: 5 })
  driver.faults.link('a', 'b', { delayMs: 50 })
  driver.faults.link('b', 'a', { duplicatePercent: 100 })
  sendMany(driver, 1)
  await driver.settle()
  assert.deepEqual(b.times, [50, 50])
})

test('the nth message that matches is lost, and no other', async () => {
  const { driver, b } = world()
  const fault = { from: 'a', to: 'b', nth: 2, effect: 'lost' as const }
  driver.faults.message({ ...fault, matches: (bytes) => bytes.startsWith('INVITE') })
  assert.equal(driver.faults.unused.length, 1)
  for (const bytes of ['INVITE 1', 'ACK', 'INVITE 2', 'INVITE 3']) driver.give('a', sending(bytes))
  await driver.settle()
  assert.deepEqual(b.texts, ['INVITE 1', 'ACK', 'INVITE 3'])
  assert.deepEqual(driver.faults.unused, [])
})

test('a message is duplicated or delayed', async () => {
  const { driver, b } = world()
  const first = { from: 'a', to: 'b', nth: 1 }
  driver.faults.message({ ...first, effect: 'duplicated', matches: (bytes) => bytes === 'x' })
  driver.faults.message({ ...first, effect: 700, matches: (bytes) => bytes === 'y' })
  for (const bytes of ['x', 'y', 'z']) driver.give('a', sending(bytes))
  await driver.settle()
  assert.deepEqual(
    [b.texts, b.times],
    [
      ['x', 'x', 'z', 'y'],
      [0, 0, 0, 700],
    ],
  )
})

test('a fault of a message counts one direction only', async () => {
  const { driver, a, b } = world()
  driver.faults.message({ from: 'b', to: 'a', nth: 1, effect: 'lost', matches: () => true })
  driver.give('a', sending('x'))
  driver.give('b', sending('y', B, A))
  await driver.settle()
  assert.deepEqual([a.texts, b.texts], [[], ['x']])
})

test('a chunk of a stream is never lost: it comes later', () => {
  const faults = new Faults(new Random(1), { delayMs: 10 })
  faults.message({ from: 'a', to: 'b', nth: 1, effect: 'lost', matches: () => true })
  assert.deepEqual([faults.chunkMs('a', 'b', 'x'), faults.chunkMs('a', 'b', 'x')], [210, 10])
})
