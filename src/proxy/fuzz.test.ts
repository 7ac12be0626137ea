// Hostile input: random and mutated messages through the parser, every getter, validation and an engine under the
// default script, in both profiles, as datagrams and as chunks of a stream. Nothing throws, nothing takes long, and
// what is kept is bounded. The seeds are fixed: a failure names the message that made it.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { Malformed } from '../errors.js'
import { RouteRun } from '../modules/route-run.js'
import { tm } from '../modules/tm/index.js'
import { Random } from '../random.js'
import { Header } from '../sip/names.js'
import { parseMessage } from '../sip/message.js'
import { validateRequest } from '../sip/validate.js'
import type { ProfileName } from './profile.js'

const FOLDER = 'src/sip/testdata/torture'
const SCRIPT = readFileSync('features/scripts/default.cfg', 'latin1')
const MESSAGES = 100_000
/** Of these as many come from fast-check; the others are mutated torture messages. */
const STRINGS = 5_000
const CHUNK_LENGTH_MAX = 700
/** A chunk in so many changes its connection. */
const CHUNKS_A_CONNECTION = 40
/** For one message; the slowest seen takes some milliseconds, and a collection of garbage may fall into any. */
const MESSAGE_MS_MAX = 1000
/** From the middle of the run to its end, after collection. */
const HEAP_GROWTH_MAX = 4 * 1024 * 1024

const torture = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.dat'))
  .map((name) => readFileSync(`${FOLDER}/${name}`, 'latin1'))

const PIECES = [
  '\r\n',
  '\n',
  '\0',
  ':',
  ';',
  ',',
  '<',
  '>',
  '"',
  '(',
  '%',
  '@',
  '[',
  ' ',
  '\t',
  '\\',
  'sip:',
  '=',
]
const LINES = [
  'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\n',
  'Route: <sip:10.0.0.9;lr>, <sip:x@10.1.1.1>\r\n',
  'Contact: *\r\n',
  'Content-Length: 99999999999\r\n',
  'Max-Forwards: 1\r\n',
  'Expires: 4294967296\r\n',
  'CSeq: 1 INVITE\r\n',
]

function mutated(random: Random): string {
  let text = torture[random.below(torture.length)]!
  for (let change = random.below(6); change > 0; change--) {
    const at = random.below(text.length + 1)
    const length = random.below(12)
    const piece = [
      (): string => String.fromCharCode(random.below(256)),
      (): string => PIECES[random.below(PIECES.length)]!.repeat(1 + random.below(3)),
      (): string => text.slice(random.below(text.length), random.below(text.length)).slice(0, 300),
      (): string => '',
    ][random.below(4)]!()
    text = text.slice(0, at) + piece + text.slice(at + length)
    if (random.below(8) === 0) text = text.replace('\r\n', `\r\n${LINES[random.below(LINES.length)]!}`)
    if (random.below(40) === 0) text = text.slice(0, at)
  }
  return text
}

/** Asks a message everything there is to ask. */
function readAll(text: string): void {
  const message = parseMessage(text)
  if (message instanceof Malformed) return
  message.topVia()
  message.secondVia()
  message.from()
  message.to()
  message.cseq()
  message.uri()
  message.contentLength()
  for (const name of ['fromTag', 'toTag', 'callId', 'cseqMethod', 'body', 'complete'] as const)
    void message[name]
  for (const id of Object.values(Header)) message.valuesOf(id)
  for (let index = 0; index < message.headerCount; index++) {
    assert.ok(message.lineStart(index) <= message.valueStart(index))
    assert.ok(message.valueEnd(index) <= message.lineEnd(index))
    message.headersNamed(message.nameOf(index))
    message.valueOf(index)
  }
  if (message.isRequest) validateRequest(message)
}

/** An engine that eats messages, its clock going on: everything it waits for comes to its end. */
class Eater {
  readonly #run: RouteRun
  #connection = 1
  #chunks = 0
  count = 0
  transactionsMax = 0

  constructor(
    profile: ProfileName,
    private readonly random: Random,
  ) {
    this.#run = new RouteRun(SCRIPT, profile)
  }

  datagram(text: string): void {
    this.#give(() => this.#run.receive(text))
  }

  /** The message in chunks that end anywhere. */
  stream(text: string): void {
    for (let at = 0; at < text.length;) {
      const length = 1 + this.random.below(CHUNK_LENGTH_MAX)
      const connection = this.#connection
      const chunk = text.slice(at, at + length)
      this.#give(() => this.#run.receive(chunk, { transport: 'tcp', connection }))
      at += length
      if (++this.#chunks % CHUNKS_A_CONNECTION === 0 || this.#run.closed.length > 0) this.#hangUp()
    }
  }

  #hangUp(): void {
    this.#run.closed.length = 0
    const remote = { address: '10.0.0.1', port: 5060 }
    const connection = this.#connection++
    this.#run.give({ type: 'closed', connection, transport: 'tcp', remote, reason: 'closed' })
  }

  #give(eat: () => void): void {
    eat()
    const run = this.#run
    while (run.asked.length > 0) run.answer(this.#answer())
    if (++this.count % 10 === 0) run.until(run.now + 500)
    run.sent.length = 0
    run.logs.length = 0
    this.transactionsMax = Math.max(this.transactionsMax, this.transactions)
  }

  #answer(): { kind: 'addresses'; addresses: string[] } | { kind: 'failure'; reason: string } {
    return this.random.below(2) === 0
      ? { kind: 'addresses', addresses: ['10.7.7.7'] }
      : { kind: 'failure', reason: 'NXDOMAIN' }
  }

  get transactions(): number {
    return this.#run.engine.use(tm).store.count
  }

  /** Lets all timers end. */
  rest(): void {
    this.#run.until(this.#run.now + 600_000)
    this.#run.sent.length = 0
  }
}

const eaters = (random: Random): Eater[] => [
  new Eater('ser', random.fork()),
  new Eater('rfc3261', random.fork()),
]

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapAfterCollection(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test(`${MESSAGES} random and mutated messages never throw, take bounded time and leave nothing behind`, (t) => {
  const random = new Random(4475)
  const both = eaters(random)
  let slowest = 0
  let at = 0
  let half = 0
  const eat = (text: string): void => {
    const began = performance.now()
    try {
      readAll(text)
      const eater = both[at % 2]!
      if (at++ % 4 < 3) eater.datagram(text)
      else eater.stream(text)
    } catch (error) {
      throw new Error(`message ${at}: ${JSON.stringify(text)}`, { cause: error })
    }
    slowest = Math.max(slowest, performance.now() - began)
  }
  const began = performance.now()
  const strings = fc.sample(fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string()), {
    numRuns: STRINGS,
    seed: 4475,
  })
  for (const text of strings) eat(text.padEnd(40, ' ').replace(/[^\0-\xff]/g, '?'))
  while (at < MESSAGES) {
    eat(mutated(random))
    if (at === MESSAGES / 2) {
      for (const eater of both) eater.rest()
      half = heapAfterCollection()
    }
  }
  const most = Math.max(...both.map(({ transactionsMax }) => transactionsMax))
  for (const eater of both) eater.rest()
  const growth = heapAfterCollection() - half
  t.diagnostic(
    `${Math.round(performance.now() - began)} ms, slowest ${slowest.toFixed(1)} ms, ` +
      `at most ${most} transactions, heap ${(growth / 1024 / 1024).toFixed(1)} MiB`,
  )
  assert.equal(at, MESSAGES)
  assert.ok(most > 10, 'the messages did reach the transactions')
  assert.deepEqual(
    both.map(({ transactions }) => transactions),
    [0, 0],
    'every transaction ends',
  )
  assert.ok(slowest < MESSAGE_MS_MAX, `a message took ${slowest} ms`)
  assert.ok(growth < HEAP_GROWTH_MAX, `the heap grew by ${growth} octets`)
})

test('a mistake in a getter would be seen: the torture messages are read in full', () => {
  const readable = torture.filter((text) => !(parseMessage(text) instanceof Malformed))
  assert.ok(readable.length > torture.length / 2)
  for (const text of torture) readAll(text)
})

test('every prefix of every torture message is read and eaten without harm', () => {
  const [ser, rfc] = eaters(new Random(1)) as [Eater, Eater]
  for (const text of torture) {
    const step = Math.max(1, Math.floor(text.length / 200))
    for (let end = 0; end < text.length; end += step) {
      readAll(text.slice(0, end))
      ser.datagram(text.slice(0, end))
      rfc.stream(text.slice(0, end))
    }
  }
  ser.rest()
  rfc.rest()
  assert.deepEqual([ser.transactions, rfc.transactions], [0, 0])
})
