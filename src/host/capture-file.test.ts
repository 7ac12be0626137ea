// Opening captures: every recorded one holds the SIP messages that tshark finds in it; message logs, HEP and gzip.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { callsOf } from '../pcap/calls.js'
import type { CapturedMessage } from '../pcap/message.js'
import * as sample from '../pcap/sample-captures.js'
import { readCapture, type CaptureSummary } from './capture-file.js'
import { captureOctets } from './capture-out.js'

const ORACLE = 'captures/oracle'
const GOLDEN = 'src/host/testdata/captures/sip-frames.json'
const LOGS = 'src/host/testdata/captures'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-captures-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

function file(name: string, octets: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, octets)
  return path
}

async function read(path: string): Promise<{ messages: CapturedMessage[]; summary: CaptureSummary }> {
  const messages: CapturedMessage[] = []
  const summary = await readCapture(path, { message: (message) => messages.push(message) })
  return { messages, summary }
}

const names = readdirSync(ORACLE).filter((name) => statSync(`${ORACLE}/${name}`).isDirectory())
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, string>

/** "1-12 14": numbers that follow each other as a range. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = []
  for (const number of numbers) {
    const last = parts.at(-1)
    if (last !== undefined && number === last[1] + 1) last[1] = number
    else parts.push([number, number])
  }
  return parts.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' ')
}

/** The frames in which tshark sees SIP; undefined: it is not installed. */
function tsharkFrames(path: string): string | undefined {
  const { status, stdout } = spawnSync(
    'tshark',
    ['-r', path, '-Y', 'sip', '-T', 'fields', '-e', 'frame.number'],
    { encoding: 'utf8' },
  )
  return status === 0 ? ranges(stdout.trim().split('\n').filter(Boolean).map(Number)) : undefined
}

const tshark = spawnSync('tshark', ['--version']).status === 0
if (!tshark)
  console.log('tshark is not installed: its frames are taken from the golden file (apt-get install tshark)')

test(
  'in every recorded capture the SIP messages are those that tshark finds',
  { timeout: 120_000 },
  async () => {
    const found: Record<string, string> = {}
    for (const name of names) {
      const path = `${ORACLE}/${name}/capture.pcap`
      const { messages } = await read(path)
      const frames = ranges(messages.filter(({ isSip }) => isSip).map(({ frame }) => frame))
      found[name] = frames
      if (process.env.UPDATE !== '1') assert.equal(frames, golden[name], name)
    }
    if (process.env.UPDATE === '1') writeFileSync(GOLDEN, `${JSON.stringify(found, null, 2)}\n`)
    // tshark takes a quarter of a second a file: a sample in each run, all of them when the golden file is renewed.
    const asked =
      process.env.UPDATE === '1'
        ? names
        : names.filter((name, index) => index % 9 === 0 || /^(?:torture|malformed)/.test(name))
    for (const name of tshark ? asked : [])
      assert.equal(tsharkFrames(`${ORACLE}/${name}/capture.pcap`), found[name], name)
  },
)

test(
  'what is written is read by tshark with its times, and nothing in it is malformed',
  { skip: tshark ? false : 'tshark is not installed (apt-get install tshark)' },
  () => {
    const at = Date.UTC(2026, 0, 1) + 0.125
    const ends = {
      source: { address: '2001:db8::1', port: 5060 },
      target: { address: '2001:db8::2', port: 5070 },
    }
    const four = { source: { address: '10.0.0.1', port: 5060 }, target: { address: '10.0.0.2', port: 5070 } }
    const bytes = sample.sampleRequest('INVITE', 'w', 4000)
    const path = file(
      'written.pcap',
      captureOctets([
        { at, transport: 'udp', ...four, bytes },
        { at: at + 1, transport: 'udp', ...ends, bytes },
        { at: at + 2, transport: 'tcp', ...four, bytes },
        {
          at: at + 3,
          transport: 'tcp',
          source: four.target,
          target: four.source,
          bytes: sample.sampleResponse('200 OK', 'INVITE', 'w'),
        },
        { at: at + 4, transport: 'tls', ...ends, bytes },
      ]),
    )
    const words = [
      '-r',
      path,
      '-o',
      'ip.check_checksum:TRUE',
      '-o',
      'udp.check_checksum:TRUE',
      '-o',
      'tcp.check_checksum:TRUE',
    ]
    const run = (...more: string[]): string =>
      execFileSync('tshark', [...words, ...more], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    assert.equal(
      run(
        '-Y',
        '_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || tcp.analysis.flags',
      ),
      '',
    )
    const sip = run('-Y', 'sip', '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'sip.CSeq.method')
      .trim()
      .split('\n')
    assert.equal(sip.length, 5, sip.join('\n'))
    assert.match(sip[0]!, /^1767225600\.000125000\tINVITE$/)
  },
)

test("SIPp's message log is read, with the addresses as its messages say", async () => {
  const { messages, summary } = await read(`${LOGS}/sipp-messages.log`)
  assert.equal(summary.broken, undefined)
  assert.deepEqual(
    messages.map(({ source, target, bytes }) => `${source.port} ${target.port} ${bytes.split(' ')[0]}`),
    ['46061 46060 OPTIONS', '46060 46061 SIP/2.0', '46061 46060 OPTIONS', '46060 46061 SIP/2.0'],
  )
  assert.equal(messages[0]!.at, Date.UTC(2026, 10, 23, 19, 27, 59, 441) + 0.386)
  assert.ok(messages.every(({ isSip, bytes }) => isSip && bytes.endsWith('\r\n\r\n')))
})

test("Kamailio's sipdump files are read", async () => {
  const { messages } = await read(`${LOGS}/sipdump.data`)
  assert.deepEqual(
    messages.map(({ source, target, transport }) => `${transport} ${source.port} ${target.port}`),
    ['udp 46061 46060', 'udp 46060 46061', 'udp 46061 46060', 'udp 46060 46061'],
  )
  assert.equal(messages[0]!.at, 1_795_462_079_441.594)
  assert.equal(callsOf(messages).length, 2)
})

function hep(bytes: string, seconds: number): Uint8Array {
  const chunk = (type: number, content: number[] | Uint8Array): Uint8Array =>
    sample.glued([0, 0], sample.big16(type), sample.big16(content.length + 6), content)
  const chunks = sample.glued(
    chunk(1, [2]),
    chunk(2, [17]),
    chunk(3, [10, 0, 0, 1]),
    chunk(4, [10, 0, 0, 2]),
    chunk(7, sample.big16(5060)),
    chunk(8, sample.big16(5070)),
    chunk(9, sample.big32(seconds)),
    chunk(10, sample.big32(250_000)),
    chunk(11, [1]),
    chunk(15, Buffer.from(bytes, 'latin1')),
  )
  return sample.glued(Buffer.from('HEP3'), sample.big16(chunks.length + 6), chunks)
}

test('HEP is read as a file, in UDP and in TCP, with its own addresses and times', async () => {
  const packets = [
    hep(sample.sampleRequest('OPTIONS', 'h1'), 1_700_000_000),
    hep(sample.sampleResponse('200 OK', 'OPTIONS', 'h1'), 1_700_000_001),
  ]
  const carrier = {
    source: { address: '192.0.2.1', port: 4000 },
    target: { address: '192.0.2.2', port: 9060 },
  }
  const carried = (transport: 'udp' | 'tcp') =>
    captureOctets(
      packets.map((packet) => ({
        at: 5,
        transport,
        ...carrier,
        bytes: Buffer.from(packet).toString('latin1'),
      })),
    )
  for (const octets of [sample.joinedOctets(packets), carried('udp'), carried('tcp')]) {
    const { messages } = await read(file('hep', octets))
    assert.deepEqual(
      messages.map(({ at, source, target }) => [at, source.address, target.port]),
      [
        [1_700_000_000_250, '10.0.0.1', 5070],
        [1_700_000_001_250, '10.0.0.1', 5070],
      ],
    )
  }
})

test('a file of several chunks: records, fragments and segments go on across them', async () => {
  const ends = { source: { address: '10.0.0.1', port: 5060 }, target: { address: '10.0.0.2', port: 5070 } }
  const sent = Array.from({ length: 900 }, (_, index) => ({
    ...{ at: 1000 + index, transport: index % 3 === 0 ? ('tcp' as const) : ('udp' as const), ...ends },
    bytes: sample.sampleRequest('MESSAGE', `m${index}`, 4000 + (index % 700)),
  }))
  const packets = sample.packetsOf(sent)
  const cut = packets.flatMap(({ at, octets }, index) =>
    octets[9] === 17
      ? sample
          .fragmentsOf(octets, 1000, index)
          .reverse()
          .map((piece) => ({ at, octets: piece }))
      : [{ at, octets }],
  )
  for (const octets of [
    sample.classicFile(packets),
    sample.classicFile(cut),
    sample.sectionOf(cut, { little: false }),
  ]) {
    const { messages, summary } = await read(file('chunks', octets))
    assert.equal(summary.broken, undefined)
    assert.deepEqual(
      messages.map(({ bytes }) => bytes),
      sent.map(({ bytes }) => bytes),
    )
  }
})

test('gzip around a capture is unpacked; one that ends early gives what it holds', async () => {
  const whole = readFileSync(`${ORACLE}/fork-12-branches/capture.pcap`)
  const { messages } = await read(`${ORACLE}/fork-12-branches/capture.pcap`)
  const packed = gzipSync(whole)
  assert.equal((await read(file('x.pcap.gz', packed))).messages.length, messages.length)
  const cut = await read(file('cut.pcap.gz', packed.subarray(0, packed.length - 200)))
  assert.match(cut.summary.broken ?? '', /gzip ends too early/)
  assert.match(cut.summary.warnings[0]!, /packets were read/)
  const damaged = Buffer.from(packed)
  damaged.fill(0xff, 200, 400)
  assert.match((await read(file('bad.pcap.gz', damaged))).summary.broken ?? '', /gzip is damaged/)
})

test('an empty file, a text and another binary file are told as such', async () => {
  assert.match((await read(file('empty', Buffer.alloc(0)))).summary.broken ?? '', /empty/)
  assert.match(
    (await read(file('text', Buffer.from('hello, this is no capture at all')))).summary.broken ?? '',
    /no pcap/,
  )
  await assert.rejects(() => read(join(folder, 'nothing')), /there is no file/)
  await assert.rejects(() => read(folder), /is a folder/)
})
