// Captures: how fast a large one is read, beside tshark on the same file. 500 MB are generated: calls through a proxy over
// Ethernet, a second of media each way in between. Every message's call, method and status are taken out, as tshark is
// asked to do; each program runs alone.

import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCapture } from '../src/host/capture-file.js'
import { methodOf, quickCallId, statusOf } from '../src/pcap/quick.js'
import {
  classicFile,
  glued,
  packetsOf,
  sampleRequest,
  sampleResponse,
  LINKS,
} from '../src/pcap/sample-captures.js'
import { Child, residentBytes } from './child.js'
import { skipped, times, type Figure } from './figures.js'

const FILE_OCTETS = 500 * 1024 * 1024
const BATCH_CALLS = 400
const MEDIA_PACKETS = 50
const LIMIT_MS = 600_000
const FILE_HEADER_OCTETS = 24

const ALICE = { address: '10.0.0.11', port: 5060 }
const PROXY = { address: '10.0.0.1', port: 5060 }
const BOB = { address: '10.0.0.12', port: 5060 }
const SDP = 420

/** What a measured program used. */
interface Used {
  readonly cpuS: number
  readonly peakMb: number
  readonly messages: number
}

export async function measureCaptures(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-bench-'))
  try {
    const figures: Figure[] = []
    for (const media of [0, MEDIA_PACKETS]) {
      const file = join(folder, 'calls.pcap')
      generate(file, media)
      figures.push(...(await measured(file, media > 0 ? 'calls with media' : 'signalling only')))
    }
    return figures
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measured(file: string, about: string): Promise<Figure[]> {
  const mb = statSync(file).size / 1e6
  const ours = await ownUse(file)
  const label = `capture of ${mb.toFixed(0)} MB, ${about}`
  const own = `${(mb / ours.cpuS).toFixed(0)} MB/s of CPU, ${ours.messages} messages`
  const memory = {
    about: `${label}: peak memory`,
    ours: `${ours.peakMb.toFixed(0)} MB`,
    other: '-',
    ratio: '-',
    budget: '256 MB',
  }
  const other = await tsharkUse(file)
  if (other === undefined)
    return [skipped(label, 'tshark is not installed', 'apt-get install tshark'), memory]
  const theirs = `${(mb / other.cpuS).toFixed(0)} MB/s of CPU (tshark), ${other.messages} messages`
  return [
    { about: `${label}: CPU`, ours: own, other: theirs, ratio: times(ours.cpuS, other.cpuS), budget: '0.05' },
    { ...memory, other: `${other.peakMb.toFixed(0)} MB (tshark)`, ratio: times(ours.peakMb, other.peakMb) },
    ...(await besideSngrep(file, label, mb, ours)),
  ]
}

/** sngrep reads calls without printing messages, and keeps its newest ones only. */
async function besideSngrep(file: string, label: string, mb: number, ours: Used): Promise<Figure[]> {
  const other = await programUse(['sngrep', '-q', '-N', '-I', file])
  if (other === undefined)
    return [skipped(label, 'sngrep is not installed, or gave up', 'apt-get install sngrep')]
  const theirs = `${(mb / other.cpuS).toFixed(0)} MB/s of CPU (sngrep), ${other.peakMb.toFixed(0)} MB`
  const own = `${(mb / ours.cpuS).toFixed(0)} MB/s of CPU`
  return [
    { about: `${label}: CPU`, ours: own, other: theirs, ratio: times(ours.cpuS, other.cpuS), budget: '-' },
  ]
}

/** This file by itself, in a process of its own, reads the capture. */
async function ownUse(file: string): Promise<Used> {
  const child = new Child(process.execPath, [fileURLToPath(import.meta.url), file])
  const code = await child.finished(LIMIT_MS)
  if (code !== 0) throw new Error(`reading the capture failed: ${child.output}`)
  return JSON.parse(child.output.trim().split('\n').at(-1)!) as Used
}

/** tshark prints a line a message. */
async function tsharkUse(file: string): Promise<Used | undefined> {
  const fields = ['frame.number', 'sip.Call-ID', 'sip.CSeq.method', 'sip.Status-Code'].flatMap((field) => [
    '-e',
    field,
  ])
  const used = await programUse(['tshark', '-r', file, '-Y', 'sip', '-T', 'fields', ...fields])
  return used !== undefined && used.messages < 10 ? undefined : used
}

/** A program's CPU as the shell counts it for its children; `messages` is the lines that it prints. */
async function programUse(words: readonly string[]): Promise<Used | undefined> {
  const child = new Child('sh', ['-c', '"$@" 2>&1 | wc -l; times', 'sh', ...words])
  let peak = 0
  const watch = setInterval(() => (peak = Math.max(peak, familyMemory(child))), 100)
  const code = await child.finished(LIMIT_MS)
  clearInterval(watch)
  const lines = child.output.trim().split('\n')
  const [user = '', system = ''] = lines.at(-1)?.split(' ') ?? []
  const messages = Number(lines[0])
  if (code !== 0 || child.output.includes('not found')) return undefined
  return { cpuS: seconds(user) + seconds(system), peakMb: peak / 1e6, messages }
}

function familyMemory(child: Child): number {
  return child.running ? child.family().reduce((most, pid) => Math.max(most, memoryOf(pid)), 0) : 0
}

function memoryOf(pid: number): number {
  try {
    return residentBytes(pid)
  } catch {
    return 0
  }
}

/** "1m2.50s" */
function seconds(text: string): number {
  const [, minutes = '0', rest = '0'] = /(\d+)m([\d.]+)s/.exec(text) ?? []
  return Number(minutes) * 60 + Number(rest)
}

/** Writes the capture, batch by batch. */
function generate(file: string, media: number): void {
  const descriptor = openSync(file, 'w')
  let octets = 0
  try {
    for (let batch = 0; octets < FILE_OCTETS; batch++) {
      const made = classicFile(batchOf(batch, media), { link: 1 })
      octets += writeSync(descriptor, batch === 0 ? made : made.subarray(FILE_HEADER_OCTETS))
    }
  } finally {
    closeSync(descriptor)
  }
}

function batchOf(batch: number, media: number) {
  const calls = media > 0 ? BATCH_CALLS / 10 : BATCH_CALLS
  const messages = Array.from({ length: calls }, (_, index) => callOf(batch * calls + index, media)).flat()
  const [, wrap] = LINKS['Ethernet']!
  return packetsOf(messages).map(({ at, octets }) => ({ at, octets: wrap(octets) }))
}

function callOf(number: number, media: number) {
  const id = `call${number}`
  const start = 1_700_000_000_000 + number * 10
  const from = (at: number, source: typeof ALICE, target: typeof ALICE, bytes: string) => ({
    at: start + at,
    transport: 'udp' as const,
    source,
    target,
    bytes,
  })
  const invite = sampleRequest('INVITE', id, SDP)
  const [ringing, ok] = [sampleResponse('180 Ringing', 'INVITE', id), sampleResponse('200 OK', 'INVITE', id)]
  const [ack, bye, bye200] = [
    sampleRequest('ACK', id),
    sampleRequest('BYE', id),
    sampleResponse('200 OK', 'BYE', id),
  ]
  const rtp = Array.from({ length: media }, (_, index) =>
    from(index / 10, { ...ALICE, port: 20_000 }, { ...BOB, port: 30_000 }, RTP),
  )
  return [
    ...[
      from(0, ALICE, PROXY, invite),
      from(0, PROXY, ALICE, sampleResponse('100 Trying', 'INVITE', id)),
      from(1, PROXY, BOB, invite),
    ],
    ...[
      from(2, BOB, PROXY, ringing),
      from(2, PROXY, ALICE, ringing),
      from(3, BOB, PROXY, ok),
      from(3, PROXY, ALICE, ok),
    ],
    ...[from(4, ALICE, PROXY, ack), from(4, PROXY, BOB, ack), ...rtp],
    ...[
      from(5, BOB, PROXY, bye),
      from(5, PROXY, ALICE, bye),
      from(6, ALICE, PROXY, bye200),
      from(6, PROXY, BOB, bye200),
    ],
  ]
}

/** 20 ms of G.711. */
const RTP = String.fromCharCode(
  ...glued([0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4], new Uint8Array(160).fill(0xd5)),
)

/** Reads a capture as tshark is asked to; prints what it took. */
async function readAlone(file: string): Promise<void> {
  let octets = 0
  const summary = await readCapture(file, {
    message: ({ bytes }) => {
      octets += quickCallId(bytes).length + methodOf(bytes).length + statusOf(bytes)
    },
  })
  const { user, system } = process.cpuUsage()
  const peak = process.resourceUsage().maxRSS * 1024
  const used: Used = {
    cpuS: (user + system) / 1e6,
    peakMb: peak / 1e6,
    messages: octets > 0 ? summary.messages : 0,
  }
  process.stdout.write(`${JSON.stringify(used)}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await readAlone(process.argv[2]!)
