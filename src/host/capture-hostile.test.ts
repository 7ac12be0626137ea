// Hostile captures: they are told about, or read as far as they go with a warning; nothing is thrown, nothing hangs, and
// memory stays within bounds.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { callsOf, legsOf } from '../pcap/calls.js'
import { Dissector } from '../pcap/dissector.js'
import type { CapturedMessage } from '../pcap/message.js'
import { CaptureReader } from '../pcap/reader.js'
import * as sample from '../pcap/sample-captures.js'
import { Random } from '../random.js'
import { library } from './capture-file.js'

const ORACLE = 'captures/oracle'
const MEMORY_MIB_MAX = 256

const folder = mkdtempSync(join(tmpdir(), 'sipwright-hostile-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

function file(name: string, octets: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, octets)
  return path
}

const names = readdirSync(ORACLE).filter((name) => statSync(`${ORACLE}/${name}`).isDirectory())

// ---- octets changed ----

const ROUNDS = 20_000
const ROUND_OCTETS_MAX = 12_000

test(
  `${ROUNDS} captures with random octets changed: nothing is thrown, and what can be read is read`,
  { timeout: 180_000 },
  () => {
    const random = new Random(20_261_123)
    const sources = [
      ...names.map((name) => readFileSync(`${ORACLE}/${name}/capture.pcap`)),
      ...Object.values(sample.TUNNELS).map((wrap) => wrapped(1, wrap)),
      ...Object.entries(sample.LINKS).map(([, [link, wrap]]) => wrapped(link, wrap)),
      Buffer.from(sample.sectionOf(samplePackets())),
      Buffer.from(sample.sectionOf(samplePackets(), { little: false, block: 'old' })),
      Buffer.from(sample.classicFile(samplePackets('tcp'), { nano: true })),
      Buffer.from(
        sample.classicFile(
          samplePackets().flatMap(({ at, octets }) =>
            sample.fragmentsOf(octets, 104).map((piece) => ({ at, octets: piece })),
          ),
        ),
      ),
    ]
    let found = 0
    for (let round = 0; round < ROUNDS; round++) {
      const octets = Buffer.from(sources[round % sources.length]!.subarray(0, ROUND_OCTETS_MAX))
      const changes = 1 + (random.uint32() % 12)
      for (let change = 0; change < changes; change++)
        octets[random.uint32() % octets.length] = [0, 1, 255, random.uint32() & 255][random.uint32() & 3]!
      const messages: CapturedMessage[] = []
      const dissector = new Dissector({
        text: (from, start, end) =>
          Buffer.from(from.buffer, from.byteOffset, from.byteLength).toString('latin1', start, end),
        message: (message) => messages.push(message),
      })
      const reader = new CaptureReader(dissector, library(dissector))
      const half = random.uint32() % octets.length
      reader.push(octets.subarray(0, half))
      reader.push(octets.subarray(half))
      reader.end()
      dissector.finish()
      if (round % 4 === 0) legsOf(callsOf(messages))
      found += messages.length
    }
    assert.ok(found > ROUNDS, `${found} messages`)
  },
)

function samplePackets(transport: 'udp' | 'tcp' = 'udp'): sample.SamplePacket[] {
  const ends = { source: { address: '10.0.0.1', port: 5060 }, target: { address: '10.0.0.2', port: 5070 } }
  return sample.packetsOf(
    Array.from({ length: 6 }, (_, index) => ({
      at: 1000 + index,
      transport,
      ...ends,
      bytes: sample.sampleRequest('OPTIONS', `s${index}`, 300),
    })),
  )
}

function wrapped(link: number, wrap: (packet: Uint8Array) => Uint8Array): Buffer {
  return Buffer.from(
    sample.classicFile(
      samplePackets().map(({ at, octets }) => ({ at, octets: wrap(octets) })),
      { link },
    ),
  )
}

/** Its own peak (Linux counts the parent's into maxRSS); 0 where no /proc tells. */
const PEAK = `() => { try { return Number(/VmHWM:\\s*(\\d+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]) / 1024 } catch { return 0 } }`

/** Runs the reader on a file in a process of its own: how it ended, what it said, and its peak of memory. */
function apart(path: string): { status: number; said: string; mib: number } {
  const main = pathToFileURL(join(import.meta.dirname, '../cli/main.js')).href
  const program =
    `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` +
    `const { main } = await import(${JSON.stringify(main)});` +
    `const status = await main(['ladder', ${JSON.stringify(path)}, '--list'], { out() {}, err(text) { process.stderr.write(text) }, isTerminal: false, width: 100 });` +
    `process.stdout.write(JSON.stringify({ status, mib: (${PEAK})() }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  const { status, mib } = JSON.parse(stdout || '{"status":-1,"mib":0}') as { status: number; mib: number }
  return { status, said: stderr, mib }
}

const ENDLESS = 200_000

function endless(make: (index: number) => Uint8Array): Buffer {
  const packets = Array.from({ length: ENDLESS }, (_, index) => ({ at: index / 10, octets: make(index) }))
  return Buffer.from(sample.classicFile(packets))
}

const udp = samplePackets()[0]!.octets
const HOSTILE: readonly (readonly [name: string, octets: () => Uint8Array, status: 0 | 1, said: RegExp])[] = [
  [
    'a record length of 4 GiB',
    () =>
      sample.glued(
        sample.classicFile([]),
        [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
        new Uint8Array(1000),
      ),
    1,
    /4294967295 octets.*1016 octets are left out/,
  ],
  [
    'readable packets, then a record length of 2 GiB',
    () =>
      sample.glued(
        sample.classicFile(samplePackets()),
        [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127, 0, 0, 0, 0],
      ),
    0,
    /6 packets were read, 16 octets are left out/,
  ],
  ['pcapng options of length zero without end', () => zeroOptions(), 1, /holds no SIP message/],
  [
    'pcapng with a block of 4 GiB',
    () => sample.glued(sample.sectionOf(samplePackets()), [11, 0, 0, 0, 252, 255, 255, 255, 0, 0, 0, 0]),
    0,
    /ends in the middle/,
  ],
  ['fragments that never end', () => endless(lonely), 1, /fragmented datagrams are incomplete/],
  ['one datagram in endless fragments', () => endless((index) => fragment(index)), 1, /incomplete/],
  ['TCP connections that never end', () => endless((index) => segment(index)), 1, /no SIP message/],
  ['a gzip bomb of 200 MB', () => gzipSync(Buffer.alloc(200 * 1024 * 1024)), 1, /no pcap/],
  [
    'a gzip bomb that is a capture',
    () =>
      gzipSync(Buffer.concat([sample.classicFile([]), ...Array.from({ length: 40 }, () => emptyRecords())])),
    1,
    /no SIP message/,
  ],
]

for (const [name, octets, status, said] of HOSTILE)
  test(`hostile: ${name}`, { timeout: 60_000 }, () => {
    const result = apart(file('hostile', octets()))
    assert.equal(result.status, status, result.said)
    assert.match(result.said, said)
    if (process.platform === 'linux') assert.ok(result.mib > 0, 'the peak is known')
    assert.ok(result.mib < MEMORY_MIB_MAX, `${result.mib} MiB`)
  })

function zeroOptions(): Uint8Array {
  const body = [
    ...sample.big16(101).reverse(),
    0,
    0,
    0,
    0,
    0,
    0,
    ...Array.from({ length: 60_000 }, (_, index) => (index % 4 === 0 ? 9 : 0)),
  ]
  const length = sample.big32(body.length + 12).reverse()
  return sample.glued(sample.sectionOf([]), [1, 0, 0, 0], length, body, length)
}

const half = sample.fragmentsOf(udp, 104)[0]!

/** The first fragment of a datagram whose others never come. */
function lonely(index: number): Uint8Array {
  const piece = half.slice()
  piece[4] = index >> 8
  piece[5] = index & 255
  piece[15] = index >> 16
  return piece
}

const first = sample.fragmentsOf(udp, 8, 7)[0]!

function fragment(index: number): Uint8Array {
  const piece = first.slice()
  const place = (index % 8000) | 0x2000
  piece[6] = place >> 8
  piece[7] = place & 255
  return piece
}

const opening = sample.packetsOf([
  {
    ...{ at: 0, transport: 'tcp' as const, bytes: sample.sampleRequest('INVITE', 'x', 1000).slice(0, 900) },
    ...{ source: { address: '10.1.0.0', port: 5060 }, target: { address: '10.0.0.2', port: 5070 } },
  },
])[3]!.octets

/** The first segment of a message that never goes on, each from another address. */
function segment(index: number): Uint8Array {
  const packet = opening.slice()
  packet[13] = index >> 16
  packet[14] = (index >> 8) & 255
  packet[15] = index & 255
  return packet
}

function emptyRecords(): Uint8Array {
  return Buffer.alloc(1024 * 1024)
}
