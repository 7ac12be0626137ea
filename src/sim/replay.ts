// The inputs of a run as a file (inputs.ndjson: a header line, then one entry a line), and the replay of one
// endpoint's inputs against a freshly built one: the same inputs at the same times give the same octets.
//
// The file holds what endpoints were given and, to compare with, what they sent.

import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import type { InputEntry, LogEntry } from '../driver.js'
import type { Address, Bytes, Endpoint, Milliseconds, Transport } from '../endpoint.js'
import { UsageError } from '../errors.js'

/** The first line: what the run was made from, so that a simulated one can be made again. */
export interface ReplayHeader {
  readonly kind: 'run'
  readonly version: 1
  readonly virtual: boolean
  readonly seed?: number
  /** Whatever else the run was made from: plain JSON data. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** Something an endpoint sent. */
export interface SentEntry {
  readonly kind: 'sent'
  readonly at: Milliseconds
  readonly endpoint: string
  readonly transport: Transport
  readonly remote: Address
  readonly bytes: Bytes
}

export type ReplayEntry = InputEntry | SentEntry

export interface Recorded {
  readonly header: ReplayHeader
  readonly entries: readonly ReplayEntry[]
}

/** The first thing in which a replay differs: the `nth` (from 1) of what the endpoint sends. */
export interface Difference {
  readonly nth: number
  /** undefined: nothing more was sent in the run. */
  readonly expected: SentEntry | undefined
  /** undefined: nothing more is sent now. */
  readonly actual: SentEntry | undefined
}

const FILE_BYTES_MAX = 512 * 1024 * 1024

/** What a replay needs of a log. */
export function replayEntries(log: Iterable<LogEntry>): ReplayEntry[] {
  const entries: ReplayEntry[] = []
  for (const entry of log)
    if (entry.kind === 'input') entries.push(entry)
    // A duplicate is the network's doing; a stranger's packet is there as an input.
    else if (entry.kind === 'wire' && entry.from !== undefined && entry.fate !== 'duplicate') {
      const { at, from: endpoint, transport, bytes } = entry
      const { address, port } = entry.target
      entries.push({ kind: 'sent', at, endpoint, transport, remote: { address, port }, bytes })
    }
  return entries
}

/** Writes inputs.ndjson. */
export function writeInputs(path: string, header: ReplayHeader, log: Iterable<LogEntry>): void {
  const file = openSync(path, 'w')
  try {
    writeSync(file, `${JSON.stringify(header)}\n`)
    for (const entry of replayEntries(log)) writeSync(file, `${JSON.stringify(entry)}\n`)
  } finally {
    closeSync(file)
  }
}

/** Reads inputs.ndjson. Throws a UsageError that names the line when it is none. */
export function readInputs(path: string): Recorded {
  if (statSync(path).size > FILE_BYTES_MAX)
    throw new UsageError(`${path} is longer than ${FILE_BYTES_MAX / 1024 / 1024} MiB`)
  const lines = readFileSync(path, 'utf8').split('\n')
  const header = parsed(path, 1, lines[0] ?? '')
  if (header['kind'] !== 'run' || header['version'] !== 1)
    throw new UsageError(`${path}:1: no inputs of a run: the first line should have "kind":"run","version":1`)
  const entries: ReplayEntry[] = []
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at]!
    if (line === '') continue
    const entry = parsed(path, at + 1, line)
    if (!isEntry(entry)) throw new UsageError(`${path}:${at + 1}: neither an input nor something sent`)
    entries.push(entry)
  }
  return { header: header as unknown as ReplayHeader, entries }
}

/** Gives a freshly built endpoint the inputs of `name`; undefined when it sends what was sent then. */
export function replay(
  name: string,
  endpoint: Endpoint,
  entries: Iterable<ReplayEntry>,
): Difference | undefined {
  const own = [...entries].filter((entry) => entry.endpoint === name)
  const expected = own.filter((entry) => entry.kind === 'sent')
  let nth = 0
  for (const entry of own) {
    if (entry.kind !== 'input') continue
    for (const output of endpoint.step(entry.input, entry.at)) {
      if (output.type !== 'send') continue
      const { transport, remote, bytes } = output
      const actual: SentEntry = { kind: 'sent', at: entry.at, endpoint: name, transport, remote, bytes }
      const wanted = expected[nth++]
      if (wanted === undefined || !isSame(wanted, actual)) return { nth, expected: wanted, actual }
    }
  }
  if (nth < expected.length) return { nth: nth + 1, expected: expected[nth], actual: undefined }
  return undefined
}

function isSame(one: SentEntry, two: SentEntry): boolean {
  return (
    one.bytes === two.bytes &&
    one.at === two.at &&
    one.transport === two.transport &&
    one.remote.address === two.remote.address &&
    one.remote.port === two.remote.port
  )
}

function parsed(path: string, line: number, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new UsageError(`${path}:${line}: no JSON object`)
}

function isEntry(value: object): value is ReplayEntry {
  const { kind, at, endpoint, input, bytes, remote } = value as Record<string, unknown>
  if (typeof at !== 'number' || typeof endpoint !== 'string') return false
  if (kind === 'input') return typeof (input as { type?: unknown } | null | undefined)?.type === 'string'
  return kind === 'sent' && typeof bytes === 'string' && typeof remote === 'object' && remote !== null
}
