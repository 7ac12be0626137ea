// The real world on loopback: UDP and TCP round trips, timers, mistakes of endpoints, ports that are taken.

import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test, type TestContext } from 'node:test'
import type { Listen } from '../driver.js'
import type { Address, Endpoint, Output } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { echo, giving, Probe, sending } from '../sim/probe.js'
import { EndpointError } from '../sim/recorder.js'
import { AddressBook } from './address-book.js'
import { HostDriver, type HostOptions } from './driver.js'

const LIMIT_MS = 5000
const HERE: Listen = { transport: 'udp', address: '127.0.0.1', port: 0 }

function hostFor(t: TestContext, options: HostOptions = {}): HostDriver {
  const driver = new HostDriver(options)
  t.after(() => driver.close())
  return driver
}

async function pair(t: TestContext, listen: Listen = HERE, b = echo(), options: HostOptions = {}) {
  const driver = hostFor(t, options)
  const a = new Probe()
  const [atA] = await driver.attach('a', a, [listen])
  const [atB] = await driver.attach('b', b, [listen])
  const send = (bytes: string, to: Address = atB!): void =>
    driver.give('a', sending(bytes, atA, to, listen.transport))
  return { driver, a, b, atA: atA!, atB: atB!, send }
}

const ALL_OCTETS = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join('')

test('a datagram goes there and back, octet by octet, and the log has it once', async (t) => {
  const { driver, a, b, atA, atB, send } = await pair(t)
  send(ALL_OCTETS)
  assert.equal(await driver.runUntil(() => a.texts.length > 0, LIMIT_MS), true)
  assert.deepEqual([b.texts, a.texts], [[ALL_OCTETS], [`echo ${ALL_OCTETS}`]])
  assert.deepEqual(
    driver.log.flatMap((entry) =>
      entry.kind === 'wire' ? [[entry.from, entry.to, entry.source.port, entry.target.port]] : [],
    ),
    [
      ['a', 'b', atA.port, atB.port],
      ['b', 'a', atB.port, atA.port],
    ],
  )
})

test('many datagrams at once arrive whole: no region of the pool is used too early', async (t) => {
  const { driver, b, send } = await pair(t, HERE, new Probe(), { record: 'none' })
  const texts = Array.from({ length: 200 }, (_, nth) => String(nth).padEnd(300 + nth, '.'))
  for (const text of texts) send(text)
  await driver.runUntil(() => b.texts.length === texts.length, LIMIT_MS)
  assert.deepEqual(b.texts, texts)
})

test('what one step sends leaves in order', async (t) => {
  const { driver, b, atA, atB } = await pair(t, HERE, new Probe())
  const sends = ['1', '2', '3'].map((bytes) => ({ bytes, type: 'send', transport: 'udp' }) as const)
  driver.give('a', giving(...sends.map((send) => ({ ...send, local: atA, remote: atB }))))
  await driver.runUntil(() => b.texts.length === 3, LIMIT_MS)
  assert.deepEqual(b.texts, ['1', '2', '3'])
})

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))

test('IPv6 goes there and back, over UDP and TCP', { skip: !hasIpv6 && 'no IPv6 here' }, async (t) => {
  for (const transport of ['udp', 'tcp'] as const) {
    const { driver, a, send } = await pair(t, { transport, address: '::1', port: 0 })
    send('hello')
    assert.equal(await driver.runUntil(() => a.texts.length > 0, LIMIT_MS), true)
    assert.deepEqual(a.texts, ['echo hello'])
  }
})

test('an endpoint with two sockets sends by the one that it names', async (t) => {
  const driver = hostFor(t)
  const b = new Probe()
  const [first, second] = await driver.attach('a', new Probe(), [HERE, HERE])
  const [atB] = await driver.attach('b', b, [HERE])
  for (const from of [second, first]) driver.give('a', sending('x', from, atB))
  await driver.runUntil(() => b.texts.length === 2, LIMIT_MS)
  const ports = b.heard.map(({ input }) => input.type === 'packet' && input.remote.port)
  assert.deepEqual(ports, [second!.port, first!.port])
})

test('what the system does not send comes back as unreachable', async (t) => {
  const { driver, a, atB, send } = await pair(t, HERE, new Probe())
  send('x'.repeat(65508))
  await driver.runUntil(() => a.heard.length === 1, LIMIT_MS)
  send('no port', { address: '127.0.0.1', port: 0 })
  await driver.runUntil(() => a.heard.length === 2, LIMIT_MS)
  send('no address', { address: 'biloxi.example', port: 5060 })
  await driver.runUntil(() => a.heard.length === 3, LIMIT_MS)
  assert.deepEqual(
    a.heard.map(({ input }) => input.type === 'unreachable' && [input.remote.address, input.remote.port]),
    [
      [atB.address, atB.port],
      ['127.0.0.1', 0],
      ['biloxi.example', 5060],
    ],
  )
})

test('chunks go there and back over one connection', async (t) => {
  const { driver, a, b, send } = await pair(t, { ...HERE, transport: 'tcp' })
  send(ALL_OCTETS)
  await driver.runUntil(() => a.texts.length > 0, LIMIT_MS)
  send('two')
  await driver.runUntil(() => a.texts.join('').endsWith('two'), LIMIT_MS)
  assert.equal(a.texts.join(''), `echo ${ALL_OCTETS}echo two`)
  assert.equal(new Set(b.heard.map(({ input }) => input.type === 'packet' && input.connection)).size, 1)
  const wires = driver.log.filter((entry) => entry.kind === 'wire')
  assert.deepEqual(
    wires.map(({ from, to }) => [from, to]),
    [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
      ['b', 'a'],
    ],
  )
})

test('a connection to a closed port is refused', async (t) => {
  const { driver, a, atB, send } = await pair(t, { ...HERE, transport: 'tcp' })
  await driver.detach('b')
  send('hello')
  await driver.runUntil(() => a.heard.length > 0, LIMIT_MS)
  const { input } = a.heard[0]!
  assert.deepEqual(input.type === 'closed' && [input.reason, input.remote], [
    'refused',
    { transport: 'tcp', address: atB.address, port: atB.port },
  ])
})

test('who closes is not told, the other end gets the rest and then the end', async (t) => {
  const { driver, a, b, atA, atB, send } = await pair(t, { ...HERE, transport: 'tcp' })
  send('hello')
  await driver.runUntil(() => a.texts.length > 0, LIMIT_MS)
  const { input } = a.heard[0]!
  const connection = (input.type === 'packet' ? input.connection : undefined)!
  const goodbye = { type: 'send', transport: 'tcp', local: atA, remote: atB, bytes: 'bye' } as const
  driver.give('a', giving({ ...goodbye, connection }, { type: 'close', connection }))
  await driver.runUntil(() => b.types.includes('closed'), LIMIT_MS)
  assert.equal(b.texts.join(''), 'hellobye')
  assert.deepEqual(a.types, ['packet'])
})

test('a cut is told to both ends, with its reason', async (t) => {
  for (const reason of ['closed', 'reset'] as const) {
    const { driver, a, b, send } = await pair(t, { ...HERE, transport: 'tcp' })
    send('hello')
    await driver.runUntil(() => a.texts.length > 0, LIMIT_MS)
    assert.equal(driver.cutStreams('a', reason), 1)
    await driver.runUntil(() => a.types.includes('closed') && b.types.includes('closed'), LIMIT_MS)
    const reasons = [a, b].map(({ heard }) => {
      const input = heard.at(-1)?.input
      return input?.type === 'closed' && input.reason
    })
    assert.deepEqual(reasons, [reason, reason])
  }
})

test('scenario addresses on loopback look real to endpoints and in the log', async (t) => {
  for (const transport of ['udp', 'tcp'] as const) {
    const driver = hostFor(t, { loopback: new AddressBook() })
    const b = echo()
    const a = new Probe()
    const [atA, atB] = [1, 2].map((host) => ({ transport, address: `10.0.0.${host}`, port: 5060 }))
    assert.deepEqual(await driver.attach('a', a, [atA!]), [atA])
    await driver.attach('b', b, [atB!])
    driver.give('a', sending('hello', atA, atB, transport))
    await driver.runUntil(() => a.texts.length > 0, LIMIT_MS)
    const { input } = b.heard[0]!
    assert.equal(input.type === 'packet' && input.remote.address, '10.0.0.1')
    assert.deepEqual(
      driver.log.flatMap((entry) => (entry.kind === 'wire' ? [[entry.from, entry.to]] : [])),
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    )
  }
})

test('nobody has a scenario address: datagrams are lost, connections refused', async (t) => {
  const driver = hostFor(t, { loopback: new AddressBook() })
  const a = new Probe()
  const at = { address: '10.0.0.1', port: 5060 }
  await driver.attach('a', a, [
    { transport: 'udp', ...at },
    { transport: 'tcp', ...at },
  ])
  for (const transport of ['udp', 'tcp'] as const)
    driver.give('a', sending('hello', at, { address: '10.0.0.9', port: 5060 }, transport))
  await driver.runUntil(() => a.heard.length > 0, LIMIT_MS)
  const closed = a.heard.map(({ input }) => input.type === 'closed' && [input.reason, input.remote.port])
  assert.deepEqual(closed, [['refused', 5060]])
  assert.deepEqual(
    driver.log.flatMap((entry) => (entry.kind === 'wire' ? [entry.fate] : [])),
    ['unreachable', 'refused'],
  )
})

test('the timer rings for the least deadline, not before it', async (t) => {
  const driver = hostFor(t)
  const woken: string[] = []
  const sleeper = (name: string, deadline: number): Endpoint => ({
    deadline,
    step(input, now): Output[] {
      if (input.type !== 'wake') return []
      woken.push(name)
      assert.ok(now >= deadline)
      ;(this as { deadline: number | undefined }).deadline = undefined
      return []
    },
  })
  const { now } = driver
  await driver.attach('late', sleeper('late', now + 30), [])
  await driver.attach('soon', sleeper('soon', now + 10), [])
  assert.equal(await driver.runUntil(() => woken.length === 2, LIMIT_MS), true)
  assert.deepEqual(woken, ['soon', 'late'])
})

test('runUntil gives up when its time is over', async (t) => {
  const driver = hostFor(t)
  const { now } = driver
  assert.equal(await driver.runUntil(() => false, 5), false)
  assert.ok(driver.now >= now + 5)
})

test('a taken port is told with who has it and what to do', async (t) => {
  for (const transport of ['udp', 'tcp'] as const) {
    const driver = hostFor(t)
    const [taken] = await driver.attach('a', new Probe(), [{ ...HERE, transport }])
    await assert.rejects(driver.attach('b', new Probe(), [taken!]), (error: Error) => {
      assert.ok(error instanceof UsageError)
      const place = `${transport}:127.0.0.1:${taken!.port} is in use by`
      assert.ok(error.message.startsWith(place), error.message)
      if (process.platform === 'linux') assert.match(error.message, new RegExp(`process ${process.pid} \\(`))
      assert.match(error.message, /Choose another port/)
      return true
    })
    // Nothing of it is left.
    await driver.attach('b', new Probe(), [{ ...HERE, transport }])
  }
})

test('an endpoint that throws stops the run, and whoever drives is told the last inputs', async (t) => {
  const slip = (): never => {
    throw new Error('slipped')
  }
  const { driver, b, send } = await pair(t, HERE, new Probe(slip))
  send('the last straw')
  await assert.rejects(
    driver.runUntil(() => false, LIMIT_MS),
    (error: Error) => error instanceof EndpointError && /slipped[^]*the last straw/.test(error.message),
  )
  send('nobody steps any more')
  assert.equal(b.heard.length, 1)
})

test('with an ear for failures the driver tells it and goes on', async (t) => {
  const failures: string[] = []
  const failed: NonNullable<HostOptions['failed']> = (error, endpoint, input) =>
    failures.push(`${endpoint} ${input.type} ${error.message}`)
  const slip = (): never => {
    throw new Error('slipped')
  }
  const { driver, send } = await pair(t, HERE, new Probe(slip), { failed })
  send('x')
  await driver.runUntil(() => failures.length > 0, LIMIT_MS)
  assert.deepEqual(failures, ['b packet slipped'])
})

test('questions are answered: names, commands, databases', async (t) => {
  const driver = hostFor(t)
  const a = new Probe()
  await driver.attach('a', a, [])
  const exec = { kind: 'exec', command: 'printf %s', argument: 'hi', environment: {}, input: '' } as const
  driver.give(
    'a',
    giving(
      { type: 'ask', id: 1, question: { kind: 'resolve', record: 'A', name: '192.0.2.1' } },
      { type: 'ask', id: 2, question: { ...exec, timeoutMs: LIMIT_MS } },
      { type: 'ask', id: 3, question: { kind: 'query', database: 'memory:', queries: [] } },
    ),
  )
  await driver.runUntil(() => a.heard.length === 3, LIMIT_MS)
  const answers = a.heard.flatMap(({ input }) => (input.type === 'answer' ? [[input.id, input.answer]] : []))
  assert.deepEqual(
    new Map(answers as [number, unknown][]),
    new Map<number, unknown>([
      [1, { kind: 'addresses', addresses: ['192.0.2.1'] }],
      [2, { kind: 'exit', code: 0, output: 'hi' }],
      [3, { kind: 'rows', rows: [], affected: 0 }],
    ]),
  )
})

test('a name is taken once, and TLS needs a certificate', async (t) => {
  const driver = hostFor(t)
  await driver.attach('a', new Probe(), [])
  await assert.rejects(driver.attach('a', new Probe(), []), UsageError)
  await assert.rejects(
    driver.attach('w', new Probe(), [{ ...HERE, transport: 'tls' }]),
    /needs a certificate/,
  )
})
