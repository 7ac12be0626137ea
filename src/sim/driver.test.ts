// Virtual time and datagrams: determinism, deadlines, bounds, ICMP, the log, mistakes of endpoints.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint, Input, Output } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { EndpointError } from './recorder.js'
import { SimDriver, type SimOptions } from './driver.js'
import { A, B, echo, giving, Probe, sending } from './probe.js'

const UDP_A = [{ transport: 'udp', ...A }] as const
const UDP_B = [{ transport: 'udp', ...B }] as const

function pair(options: Partial<SimOptions> = {}, b = echo()) {
  const driver = new SimDriver({ seed: 1, ...options })
  const a = new Probe()
  driver.attachNow('a', a, UDP_A)
  driver.attachNow('b', b, UDP_B)
  return { driver, a, b }
}

/** An endpoint that wakes every `periodMs`. */
function ticking(periodMs: number, limit = Infinity): Endpoint & { ticks: number[] } {
  const ticks: number[] = []
  return {
    ticks,
    deadline: periodMs,
    step(input: Input, now: number): Output[] {
      if (input.type !== 'wake') return []
      ticks.push(now)
      ;(this as { deadline: number | undefined }).deadline = ticks.length < limit ? now + periodMs : undefined
      return []
    },
  }
}

async function noisyRun(seed: number): Promise<string> {
  const { driver, a } = pair({
    seed,
    link: { lossPercent: 20, duplicatePercent: 20, reorderPercent: 20, delayMs: 10, jitterMs: 30 },
  })
  for (let nth = 0; nth < 100; nth++) driver.give('a', sending(`packet ${nth}`))
  await driver.advance(1000)
  assert.ok(a.texts.length > 10)
  return JSON.stringify(driver.log)
}

test('the same seed gives the same log twice, another seed another', async () => {
  const first = await noisyRun(7)
  assert.equal(await noisyRun(7), first)
  assert.notEqual(await noisyRun(8), first)
})

test('a datagram and its answer arrive, and the log says when', async () => {
  const { driver, a, b } = pair({ link: { delayMs: 10 } })
  driver.give('a', sending('hello'))
  await driver.settle()
  assert.deepEqual([b.texts, b.times], [['hello'], [10]])
  assert.deepEqual([a.texts, a.times], [['echo hello'], [20]])
  const wires = driver.log.filter((entry) => entry.kind === 'wire')
  assert.deepEqual(
    wires.map(({ at, arrived, from, to, fate }) => [at, arrived, from, to, fate]),
    [
      [0, 10, 'a', 'b', 'delivered'],
      [10, 20, 'b', 'a', 'delivered'],
    ],
  )
})

test('at one instant packets arrive in the order in which they were sent', async () => {
  const { driver, b } = pair()
  for (let nth = 0; nth < 50; nth++) driver.give('a', sending(String(nth)))
  await driver.settle()
  assert.deepEqual(
    b.texts,
    Array.from({ length: 50 }, (_, nth) => String(nth)),
  )
})

test('120 seconds of a timer pass in one step', async () => {
  const driver = new SimDriver({ seed: 1, stepsMax: 2 })
  const endpoint = ticking(120_000, 1)
  driver.attachNow('timer', endpoint, [])
  assert.equal(await driver.runUntil(() => endpoint.ticks.length > 0, 200_000), true)
  assert.deepEqual([endpoint.ticks, driver.now], [[120_000], 120_000])
})

test('a packet comes before a timer of the same instant', async () => {
  const { driver, b } = pair({ link: { delayMs: 10 } })
  b.deadline = 10
  driver.give('a', sending('hello'))
  await driver.advance(10)
  assert.deepEqual(b.types, ['packet', 'wake'])
})

test('runUntil says that time was its bound, and leaves the clock at the limit', async () => {
  const { driver } = pair()
  assert.equal(await driver.runUntil(() => false, 5000), false)
  assert.deepEqual([driver.bound, driver.now], ['time', 5000])
})

test('runUntil says that steps were its bound when an endpoint turns in a circle', async () => {
  const driver = new SimDriver({ seed: 1, stepsMax: 100 })
  const restless: Endpoint = { deadline: 0, step: () => [] }
  driver.attachNow('restless', restless, [])
  assert.equal(await driver.runUntil(() => false, 5000), false)
  assert.deepEqual([driver.bound, driver.now], ['steps', 0])
  await assert.rejects(driver.advance(1), /more than 100 steps/)
  await assert.rejects(driver.settle(), /a loop\?/)
})

test('settling lets arrive what is on its way and leaves later timers alone', async () => {
  const { driver, b } = pair({ link: { delayMs: 30 } })
  b.deadline = 500
  driver.give('a', sending('hello'))
  await driver.settle()
  assert.deepEqual([b.types, driver.now], [['packet'], 60])
})

test('a datagram to nobody is dropped without a word', async () => {
  const { driver, a } = pair()
  driver.give('a', sending('hello', A, { address: '10.0.0.9', port: 5060 }))
  await driver.advance(100)
  assert.deepEqual(a.types, [])
  assert.deepEqual(
    driver.log.filter((entry) => entry.kind === 'wire').map(({ fate, to, arrived }) => [fate, to, arrived]),
    [['unreachable', undefined, undefined]],
  )
})

test('an address that answers with ICMP tells the sender, listened at or not', async () => {
  const { driver, a, b } = pair({ link: { delayMs: 10 } })
  driver.answerWithIcmp(B)
  driver.give('a', sending('hello'))
  await driver.settle()
  assert.deepEqual(b.types, [])
  assert.deepEqual(a.heard, [
    { at: 20, input: { type: 'unreachable', transport: 'udp', local: A, remote: B } },
  ])
  driver.deafen('b')
  driver.give('a', sending('again'))
  await driver.settle()
  assert.deepEqual(a.types, ['unreachable', 'unreachable'])
})

test('65507 octets fit into a datagram, one more is refused to the sender', async () => {
  const { driver, a, b } = pair({}, new Probe())
  driver.give('a', sending('x'.repeat(65507)))
  driver.give('a', sending('x'.repeat(65508)))
  await driver.settle()
  assert.deepEqual(
    b.texts.map((text) => text.length),
    [65507],
  )
  assert.deepEqual(a.types, ['unreachable'])
})

test('what is on its way reaches the endpoint that listens there when it arrives', async () => {
  const { driver, b } = pair({ link: { delayMs: 10 } })
  driver.give('a', sending('hello'))
  await driver.detach('b')
  const successor = new Probe()
  driver.attachNow('b', successor, UDP_B)
  await driver.advance(10)
  assert.deepEqual([b.texts, successor.texts], [[], ['hello']])
})

test('an IPv6 address is the same however it is written', async () => {
  const driver = new SimDriver({ seed: 1 })
  const b = new Probe()
  driver.attachNow('a', new Probe(), UDP_A)
  driver.attachNow('b', b, [{ transport: 'udp', address: '2001:db8::1', port: 5060 }])
  driver.give('a', sending('hello', A, { address: '2001:DB8:0:0::0:1', port: 5060 }))
  await driver.settle()
  assert.deepEqual(b.texts, ['hello'])
})

test('an address is given once, and so is a name', () => {
  const { driver } = pair()
  assert.throws(
    () => driver.attachNow('c', new Probe(), UDP_B),
    new UsageError('udp:10.0.0.2:5060 is taken by b: give c another address'),
  )
  assert.throws(() => driver.attachNow('a', new Probe(), []), UsageError)
})

test('an endpoint that was taken off the network is given nothing any more', async () => {
  const { driver, a } = pair({ dnsDelayMs: 10 })
  driver.give('a', giving({ type: 'ask', id: 1, question: { kind: 'resolve', record: 'A', name: 'x' } }))
  await driver.detach('a')
  await driver.advance(100)
  assert.deepEqual(a.heard, [])
})

test('the log keeps what it is told to keep, and listeners hear the rest', async () => {
  const kinds: string[] = []
  const listen = { input: () => kinds.push('input'), wire: () => kinds.push('wire') }
  for (const [record, kept] of [
    ['all', 'mark input event wire input wire input'],
    ['wire', 'mark wire wire'],
    ['none', ''],
  ] as const) {
    kinds.length = 0
    const { driver } = pair({ record, listen })
    driver.mark('start')
    const send = { type: 'send', transport: 'udp', local: A, remote: B, bytes: 'x' } as const
    driver.give('a', giving({ type: 'event', event: { kind: 'log', level: 1, text: 'y' } }, send))
    await driver.settle()
    assert.equal(driver.log.map(({ kind }) => kind).join(' '), kept)
    assert.equal(kinds.join(' '), 'input wire input wire input')
  }
})

test('a full log ends with a mark that says so', async () => {
  const { driver } = pair({ record: 'wire', logBytesMax: 1000 })
  for (let nth = 0; nth < 10; nth++) driver.give('a', sending('x'.repeat(100)))
  await driver.settle()
  assert.deepEqual(
    driver.log.map(({ kind }) => kind),
    ['wire', 'wire', 'wire', 'mark'],
  )
})

test('an endpoint that throws stops the run, and the last inputs are told', async () => {
  const broken = new Probe(() => {
    throw new Error('slipped')
  })
  const { driver } = pair({ record: 'none' }, broken)
  driver.give('a', sending('the last straw'))
  await assert.rejects(driver.settle(), (error: Error) => {
    assert.ok(error instanceof EndpointError)
    assert.match(error.message, /^b failed at 0 ms: Error: slipped/)
    assert.match(error.message, /"endpoint":"b","input":\{"type":"packet".*"bytes":"the last straw"\}\}$/)
    assert.equal(error.inputs.length, 2)
    return true
  })
})
