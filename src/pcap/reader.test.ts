// The same messages come out of every container, link, tunnel and cut.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bytes, Transport } from '../endpoint.js'
import { Random } from '../random.js'
import { Dissector } from './dissector.js'
import type { CapturedMessage } from './message.js'
import type { Octets } from './octets.js'
import { CaptureReader } from './reader.js'
import * as sample from './sample-captures.js'

const ALICE = { four: '10.0.0.11', six: '2001:db8::11' }
const BOB = { four: '10.0.0.12', six: '2001:db8::12' }

function call(family: 'four' | 'six', transport: Transport = 'udp', size = 0) {
  const [alice, bob] = [
    { address: ALICE[family], port: 5060 },
    { address: BOB[family], port: 5062 },
  ]
  const from = (at: number, bytes: Bytes) => ({ at, transport, source: alice, target: bob, bytes })
  const to = (at: number, bytes: Bytes) => ({ at, transport, source: bob, target: alice, bytes })
  return [
    from(1_700_000_000_000.125, sample.sampleRequest('INVITE', 'c1', size)),
    to(1_700_000_000_100.5, sample.sampleResponse('180 Ringing', 'INVITE', 'c1')),
    to(1_700_000_001_000.25, sample.sampleResponse('200 OK', 'INVITE', 'c1')),
    from(1_700_000_001_001, sample.sampleRequest('ACK', 'c1')),
  ]
}

function text(octets: Octets, start: number, end: number): Bytes {
  return String.fromCharCode(...octets.subarray(start, end))
}

interface Read {
  readonly messages: CapturedMessage[]
  readonly reader: CaptureReader
  readonly dissector: Dissector
}

function read(file: Octets, chunk = file.length): Read {
  const messages: CapturedMessage[] = []
  const dissector = new Dissector({ text, message: (message) => messages.push(message) })
  const reader = new CaptureReader(dissector)
  for (let at = 0; at < file.length; at += chunk) reader.push(file.subarray(at, at + chunk))
  reader.end()
  dissector.finish()
  return { messages, reader, dissector }
}

function assertSame({ messages, reader }: Read, sent: ReturnType<typeof call>, timed = true): void {
  assert.equal(reader.broken, undefined)
  const plain = ({ transport, source, target, bytes, at }: (typeof sent)[number]) => ({
    ...{ transport, source: { ...source }, target: { ...target }, bytes },
    at: timed ? Math.round(at * 1000) / 1000 : 0,
  })
  assert.deepEqual(messages.map(plain), sent.map(plain))
}

for (const family of ['four', 'six'] as const) {
  const sent = call(family)
  const packets = sample.packetsOf(sent)

  for (const little of [true, false])
    for (const nano of [true, false])
      test(`classic file, IPv${family}, ${little ? 'little' : 'big'}-endian, ${nano ? 'nano' : 'micro'}seconds`, () =>
        assertSame(read(sample.classicFile(packets, { little, nano })), sent))

  for (const [name, [link, wrap]] of Object.entries(sample.LINKS))
    test(`IPv${family} over ${name}`, () => {
      const wrapped = packets.map(({ at, octets }) => ({ at, octets: wrap(octets) }))
      assertSame(read(sample.classicFile(wrapped, { link })), sent)
    })

  for (const [name, wrap] of Object.entries(sample.TUNNELS))
    test(`IPv${family} in ${name}`, () => {
      const wrapped = packets.map(({ at, octets }) => ({ at, octets: wrap(octets) }))
      assertSame(read(sample.classicFile(wrapped)), sent)
    })

  test(`fragments of IPv${family} in any order, twice, are put together`, () => {
    const large = call(family, 'udp', 5000)
    const random = new Random(3)
    const pieces = sample.packetsOf(large).flatMap(({ at, octets }, index) => {
      const cut = sample
        .fragmentsOf(octets, 1400 - (1400 % 8), index + 1)
        .map((piece) => ({ at, octets: piece }))
      return [...cut, ...cut.slice(0, -1)]
        .map((piece) => ({ piece, key: random.uint32() }))
        .sort((one, two) => one.key - two.key)
        .map(({ piece }) => piece)
    })
    const result = read(sample.classicFile(pieces))
    // A copy that comes when the datagram is whole begins another, which stays incomplete.
    assert.deepEqual(
      result.messages.map(({ bytes }) => bytes),
      large.map(({ bytes }) => bytes),
    )
  })

  test(`TCP over IPv${family}: segments of any size, repeated, out of order, overlapping`, () => {
    const whole = call(family, 'tcp', 3000)
    for (const size of [1, 7, 100, 536]) {
      const cut = (by: number) =>
        sample.packetsOf(
          whole.flatMap((message) =>
            (message.bytes.match(new RegExp(`[^]{1,${by}}`, 'g')) ?? []).map((bytes) => ({
              ...message,
              bytes,
            })),
          ),
        )
      const packets = cut(size)
      const swapped = packets.map(
        (_, index) =>
          packets[
            index > 3 && index % 2 === 0 && index + 1 < packets.length
              ? index + 1
              : index > 4 && index % 2 === 1
                ? index - 1
                : index
          ]!,
      )
      for (const sentPackets of [
        packets,
        [...packets, ...packets],
        swapped,
        size < 7 ? packets : merged(packets, cut(size - 3)),
      ])
        assert.deepEqual(
          read(sample.classicFile(sentPackets)).messages.map(({ bytes }) => bytes),
          whole.map(({ bytes }) => bytes),
          `size ${size}`,
        )
    }
  })
}

/** Two cuts of the same stream by turns: they overlap. */
function merged(
  one: readonly sample.SamplePacket[],
  two: readonly sample.SamplePacket[],
): sample.SamplePacket[] {
  return one
    .flatMap((packet, index) => [packet, ...two.slice(index, index + 1)])
    .sort((left, right) => left.at - right.at)
}

test('a capture that begins in the middle of a connection begins with the next message', () => {
  const whole = call('four', 'tcp')
  const packets = sample.packetsOf(whole.map((message) => ({ ...message }))).slice(3)
  const { messages } = read(sample.classicFile(packets))
  assert.deepEqual(
    messages.map(({ bytes }) => bytes),
    whole.map(({ bytes }) => bytes),
  )
  const cut = sample.packetsOf([
    { ...whole[0]!, bytes: whole[0]!.bytes.slice(0, 60) },
    { ...whole[0]!, bytes: whole[0]!.bytes.slice(60) },
    ...whole.slice(1),
  ])
  assert.deepEqual(
    read(sample.classicFile(cut.slice(4))).messages.map(({ bytes }) => bytes),
    whole.slice(1).map(({ bytes }) => bytes),
  )
})

test('a lost segment costs the messages it was in, and no more', () => {
  const requests = Array.from({ length: 200 }, (_, index) => ({
    ...call('four', 'tcp')[0]!,
    at: 1_700_000_000_000 + index * 100,
    bytes: sample.sampleRequest('OPTIONS', `n${index}`),
  }))
  const packets = sample.packetsOf(requests)
  const { messages, dissector } = read(sample.classicFile([...packets.slice(0, 20), ...packets.slice(21)]))
  assert.equal(messages.length, 199)
  assert.equal(dissector.dropped, 0)
})

test('keep-alives and a silent port cost nothing, garbage at a port that speaks SIP is shown', () => {
  const [invite] = call('four')
  const noise = { ...invite!, bytes: '\r\n\r\n' }
  const elsewhere = {
    ...invite!,
    source: { address: '10.9.9.9', port: 4000 },
    target: { address: '10.9.9.8', port: 4001 },
    bytes: '\x80\0rtp',
  }
  const { messages } = read(
    sample.classicFile(sample.packetsOf([noise, elsewhere, invite!, noise, elsewhere])),
  )
  assert.deepEqual(
    messages.map(({ isSip, bytes }) => [isSip, bytes]),
    [
      [true, invite!.bytes],
      [false, noise.bytes],
    ],
  )
})

const six = call('six')
const sixPackets = sample.packetsOf(six)

for (const little of [true, false])
  for (const resolution of [6, 9, 3, 0x80 + 20])
    test(`pcapng, ${little ? 'little' : 'big'}-endian, resolution ${resolution}`, () => {
      const result = read(sample.sectionOf(sixPackets, { little, resolution }))
      assertSame(result, six, false)
      for (const [index, { at }] of result.messages.entries())
        assert.ok(Math.abs(at - six[index]!.at) < 1, `${at}`)
    })

test('pcapng: sections of both byte orders, old and simple packet blocks', () => {
  const sections = [
    sample.sectionOf(sixPackets),
    sample.sectionOf(sixPackets, { little: false, block: 'old', resolution: 9 }),
  ]
  assertSame(read(sample.joinedOctets(sections)), [...six, ...six], false)
  // Simple blocks are of the first interface, whose link type nobody knows here: the packets are counted.
  const { dissector, messages } = read(sample.sectionOf(sixPackets, { block: 'simple' }))
  assert.equal(messages.length, 0)
  assert.deepEqual([...dissector.unknownLinks], [[108, 0]].slice(0, 0).concat([]))
})

test('any chunks give the same', () => {
  for (const file of [sample.classicFile(sixPackets), sample.sectionOf(sixPackets, { little: false })])
    for (const chunk of [1, 2, 3, 7, 24, 100]) assertSame(read(file, chunk), six, false)
})

test('IPv6 extension headers are passed over', () => {
  const packets = sixPackets.map(({ at, octets }) => ({ at, octets: sample.withExtensions(octets) }))
  assertSame(read(sample.classicFile(packets)), six)
})

test('the FCS bits in the link type and a version of today are read, an unknown version is refused', () => {
  const file = sample.classicFile(sixPackets)
  file[23] = 0x44
  assertSame(read(file), six)
  file[4] = 3
  assert.match(read(file).reader.broken ?? '', /version is 3\.4/)
})

test('what is damaged is told, with how much of it was not read', () => {
  const file = sample.classicFile(sixPackets)
  const cut = read(file.subarray(0, file.length - 10))
  assert.match(cut.reader.broken ?? '', /in the middle of a record/)
  assert.equal(cut.messages.length, 3)
  assert.ok(cut.reader.leftOut > 100)
  const huge = sample.joinedOctets([file, [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]])
  const result = read(huge)
  assert.match(result.reader.broken ?? '', /4294967295 octets/)
  assert.equal(result.messages.length, 4)
  assert.equal(result.reader.leftOut, 16)
  assert.match(read(sample.glued([1, 2, 3])).reader.broken ?? '', /too short/)
  assert.match(read(new Uint8Array(100)).reader.broken ?? '', /no pcap or pcapng/)
})

test('pcapng blocks with lengths that cannot be are told', () => {
  const section = sample.sectionOf(sixPackets)
  const wrong = (at: number, value: number[]): string => {
    const file = section.slice()
    file.set(value, at)
    return read(file).reader.broken ?? ''
  }
  assert.match(wrong(4, [3, 0, 0, 0]), /3 octets long/)
  assert.match(wrong(8, [1, 2, 3, 4]), /byte-order magic/)
  assert.match(wrong(24, [28, 0, 0, 1]), /differ|ends in the middle/)
})
