// Simulated stream connections: opening, order, cutting anywhere, closing, reset, refusal.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Closed, Endpoint, Input, Output, Packet } from '../endpoint.js'
import { SimDriver, type SimOptions } from './driver.js'
import { A, B, echo, giving, Probe, sending } from './probe.js'

function world(options: Partial<SimOptions> = {}, b = new Probe()) {
  const driver = new SimDriver({ seed: 1, ...options })
  const a = new Probe()
  driver.attachNow('a', a, [{ transport: 'tcp', ...A }])
  driver.attachNow('b', b, [{ transport: 'tcp', ...B }])
  const send = (bytes: string): void => driver.give('a', sending(bytes, A, B, 'tcp'))
  return { driver, a, b, send }
}

function packets({ heard }: Probe): Packet[] {
  return heard.flatMap(({ input }) => (input.type === 'packet' ? [input] : []))
}

function ends({ heard }: Probe): Pick<Closed, 'connection' | 'reason'>[] {
  return heard.flatMap(({ input }) =>
    input.type === 'closed' ? [{ connection: input.connection, reason: input.reason }] : [],
  )
}

function fates(driver: SimDriver): string[] {
  return driver.log.flatMap((entry) => (entry.kind === 'wire' ? [entry.fate] : []))
}

test('a connection takes a round trip to open, then carries both ways', async () => {
  const { driver, a, b, send } = world({ link: { delayMs: 10 } }, echo())
  send('one')
  send('two')
  await driver.settle()
  assert.deepEqual(
    [b.texts, b.times],
    [
      ['one', 'two'],
      [30, 30],
    ],
  )
  assert.deepEqual(
    [a.texts, a.times],
    [
      ['echo one', 'echo two'],
      [40, 40],
    ],
  )
  send('three')
  await driver.settle()
  assert.equal(b.times[2], driver.now - 10)
})

test('who accepts sees an ephemeral port, and each end its own number for the one connection', async () => {
  const { driver, a, b, send } = world({}, echo())
  send('one')
  send('two')
  await driver.settle()
  const [first, second] = packets(b)
  assert.equal(first?.remote.address, A.address)
  assert.ok(first.remote.port >= 49152)
  assert.deepEqual(second?.remote, first.remote)
  assert.equal(second.connection, first.connection)
  assert.deepEqual(packets(a)[0]?.remote, B)
  assert.notEqual(packets(a)[0]?.connection, first.connection)
})

test('a party may connect to itself', async () => {
  const driver = new SimDriver({ seed: 1 })
  const self = new Probe((input) => {
    if (input.type !== 'packet' || input.bytes !== 'ping') return []
    const { transport, local, remote, connection } = input
    return [{ type: 'send', transport, local, remote, bytes: 'pong', connection: connection! }]
  })
  driver.attachNow('a', self, [{ transport: 'tcp', ...A }])
  driver.give('a', sending('ping', A, A, 'tcp'))
  await driver.settle()
  assert.deepEqual(self.texts, ['ping', 'pong'])
  assert.deepEqual(packets(self)[1]?.remote, A)
})

test('nobody listens: the connection is refused, and so is what was to be sent', async () => {
  const { driver, a } = world({ link: { delayMs: 10 } })
  driver.give('a', sending('hello', A, { address: '10.0.0.9', port: 5060 }, 'tcp'))
  await driver.advance(1000)
  assert.deepEqual(
    a.heard.map(({ at, input }) => [at, input.type === 'closed' && input.reason]),
    [[20, 'refused']],
  )
  assert.deepEqual(fates(driver), ['refused'])
})

test('over a link that is down opening gives up after ten seconds', async () => {
  const { driver, a, send } = world()
  driver.faults.link('a', 'b', { down: true })
  send('hello')
  await driver.advance(60_000)
  assert.deepEqual(
    a.heard.map(({ at, input }) => [at, input.type === 'closed' && input.reason]),
    [[10_000, 'timeout']],
  )
  assert.deepEqual(fates(driver), ['lost'])
})

test('a link that comes back in time lets the connection open', async () => {
  const { driver, a, b, send } = world()
  driver.faults.link('a', 'b', { down: true })
  send('hello')
  await driver.advance(4000)
  driver.faults.link('a', 'b', { down: false })
  await driver.advance(60_000)
  assert.deepEqual([b.texts, b.times, ends(a)], [['hello'], [4000], []])
})

test('while the link is down an open connection waits, and nothing is lost or out of order', async () => {
  const { driver, b, send } = world({ link: { delayMs: 10 } })
  send('1 ')
  await driver.settle()
  send('2 ')
  driver.faults.link('a', 'b', { down: true })
  send('3 ')
  await driver.advance(30_000)
  assert.equal(b.texts.join(''), '1 ')
  driver.faults.link('a', 'b', { down: false })
  send('4 ')
  await driver.settle()
  assert.equal(b.texts.join(''), '1 2 3 4 ')
})

test('jitter and loss keep the order of a stream', async () => {
  const { driver, b, send } = world({
    link: { delayMs: 5, jitterMs: 50, lossPercent: 30, reorderPercent: 50 },
  })
  const texts = Array.from({ length: 100 }, (_, nth) => String(nth))
  for (const text of texts) send(text)
  await driver.settle()
  assert.deepEqual(b.texts, texts)
})

test('who closes is not told; the other end gets what was on its way, then the end', async () => {
  const { driver, a, b, send } = world({ link: { delayMs: 10 } }, echo())
  send('hello')
  await driver.settle()
  const mine = packets(a)[0]!.connection!
  const goodbye = { type: 'send', transport: 'tcp', local: A, remote: B, bytes: 'goodbye' } as const
  driver.give('a', giving({ ...goodbye, connection: mine }, { type: 'close', connection: mine }))
  await driver.settle()
  assert.deepEqual(b.types, ['packet', 'packet', 'closed'])
  assert.deepEqual(ends(b), [{ connection: packets(b)[0]!.connection, reason: 'closed' }])
  // The answer to the goodbye finds nobody.
  assert.deepEqual([a.texts, ends(a)], [['echo hello'], []])
  assert.equal(fates(driver).at(-1), 'lost')
})

test('after a close the next chunk opens a new connection', async () => {
  const { driver, a, b, send } = world({}, echo())
  send('one')
  await driver.settle()
  driver.give('a', giving({ type: 'close', connection: packets(a)[0]!.connection! }))
  send('two')
  await driver.settle()
  const [first, second] = packets(b)
  assert.notEqual(second?.connection, first?.connection)
  assert.notEqual(second?.remote.port, first?.remote.port)
})

test('nobody closes or uses the connection of another', async () => {
  const { driver, a, b, send } = world({}, echo())
  send('one')
  await driver.settle()
  const theirs = packets(b)[0]!.connection!
  driver.give('a', giving({ type: 'close', connection: theirs }))
  await driver.settle()
  assert.deepEqual([ends(a), ends(b)], [[], []])
})

test('a cut from outside is told to both ends, and what is on its way is lost', async () => {
  for (const reason of ['closed', 'reset'] as const) {
    const { driver, a, b, send } = world({ link: { delayMs: 10 } })
    send('hello')
    await driver.settle()
    send('too late')
    assert.equal(driver.cutStreams('b', reason), 1)
    await driver.settle()
    assert.deepEqual([b.texts, fates(driver)], [['hello'], ['delivered', 'lost']])
    assert.deepEqual(
      [ends(a).map((end) => end.reason), ends(b).map((end) => end.reason)],
      [[reason], [reason]],
    )
    assert.equal(driver.cutStreams('b', reason), 0)
  }
})

test('a party that leaves the network closes its connections', async () => {
  const { driver, b, send } = world({ link: { delayMs: 10 } })
  send('hello')
  await driver.detach('a')
  await driver.settle()
  assert.deepEqual(b.types, ['packet', 'closed'])
})

/** Joins the chunks of every connection. */
function joining(): Endpoint & { texts: Map<number, string>; chunks: number } {
  const texts = new Map<number, string>()
  return {
    texts,
    chunks: 0,
    deadline: undefined,
    step(input: Input): Output[] {
      if (input.type !== 'packet') return []
      this.chunks++
      const { connection = 0, bytes } = input
      texts.set(connection, (texts.get(connection) ?? '') + bytes)
      return []
    },
  }
}

test('a stream may be cut anywhere and glued, and is the same stream', async () => {
  const text = 'INVITE sip:bob@biloxi.example SIP/2.0\r\n\r\n'
  const cuts = new Set<number>()
  for (let seed = 0; seed < 200; seed++) {
    const driver = new SimDriver({ seed, chunkMax: text.length * 2, record: 'none' })
    const b = joining()
    const lengths: number[] = []
    const watched: Endpoint = {
      deadline: undefined,
      step: (input, now) => {
        if (input.type === 'packet') lengths.push(input.bytes.length)
        return b.step(input, now)
      },
    }
    driver.attachNow('a', new Probe(), [{ transport: 'tcp', ...A }])
    driver.attachNow('b', watched, [{ transport: 'tcp', ...B }])
    for (let nth = 0; nth < 3; nth++) driver.give('a', sending(text, A, B, 'tcp'))
    await driver.settle()
    assert.deepEqual([...b.texts.values()], [text.repeat(3)])
    let at = 0
    for (const length of lengths) cuts.add((at += length) % text.length)
  }
  assert.equal(cuts.size, text.length)
})

test('octet by octet the end comes behind the last', async () => {
  const { driver, a, b, send } = world({ chunkMax: 1 })
  send('hello')
  await driver.settle()
  assert.deepEqual(b.texts, ['h', 'e', 'l', 'l', 'o'])
  send('bye')
  await driver.detach('a')
  await driver.settle()
  assert.deepEqual(b.types, [...Array<string>(8).fill('packet'), 'closed'])
  assert.deepEqual(ends(a), [])
})

test('a party with two addresses has a connection for each', async () => {
  const driver = new SimDriver({ seed: 1 })
  const [a, b] = [new Probe(), new Probe()]
  const other = { address: '10.0.0.77', port: A.port }
  driver.attachNow('a', a, [
    { transport: 'tcp', ...A },
    { transport: 'tcp', ...other },
  ])
  driver.attachNow('b', b, [{ transport: 'tcp', ...B }])
  for (const [text, from] of [
    ['one', A],
    ['two', other],
    ['three', A],
  ] as const)
    driver.give('a', sending(text, from, B, 'tcp'))
  await driver.settle()
  const [one, two, three] = ['one', 'two', 'three'].map((text) =>
    packets(b).find(({ bytes }) => bytes === text),
  )
  assert.deepEqual([one!.remote.address, two!.remote.address], [A.address, '10.0.0.77'])
  assert.equal(three!.connection, one!.connection)
  assert.notEqual(two!.connection, one!.connection)
})
