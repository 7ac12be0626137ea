// Opens a capture: a file or standard input, pcap or pcapng, gzip around either, or a message log as text, and hands
// out the SIP messages in it. Reads as it goes: memory does not depend on the file's size.
//
// Classic files with microseconds go through pcap-parser. It believes every length and says nothing about a file that
// ends too early, so it is given only runs of whole records that src/pcap/classic.ts has checked.

import { EventEmitter } from 'node:events'
import { createReadStream, openSync, readSync, closeSync, statSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { UsageError } from '../errors.js'
import { Dissector, type DissectorOptions } from '../pcap/dissector.js'
import { isMessageLog, MessageLogReader } from '../pcap/message-log.js'
import type { Octets } from '../pcap/octets.js'
import { CaptureReader, type Library } from '../pcap/reader.js'
import type { RecordSink } from '../pcap/records.js'
import { parse } from './pcap-parser.js'

const CHUNK_OCTETS = 1024 * 1024
/** So much of a text is looked at to know what it is. */
const LOOK_OCTETS = 1000
const GZIP_MAGIC = 0x1f8b
/** First octets of captures: pcap in both orders with micro- and nanoseconds, pcapng. */
const CAPTURE_MAGICS = [0xd4c3b2a1, 0xa1b2c3d4, 0x4d3cb2a1, 0xa1b23c4d, 0x0a0d0d0a]

/** What was read, and what was not. */
export interface CaptureSummary {
  readonly octets: number
  /** Packets, or entries of a message log. */
  readonly records: number
  readonly messages: number
  /** One line each: what could not be read, and how much of it. */
  readonly warnings: readonly string[]
  /** Why reading stopped before the end. */
  readonly broken: string | undefined
}

export type CaptureOptions = Omit<DissectorOptions, 'text'>

/** Does the file begin as a capture does, or as gzip (in which one may be)? False also when it cannot be read. */
export function looksLikeCapture(file: string): boolean {
  const start = firstOctets(file)
  if (start.length < 4) return false
  return start.readUInt16BE(0) === GZIP_MAGIC || CAPTURE_MAGICS.includes(start.readUInt32BE(0))
}

/** Reads a capture, message by message. Throws a UsageError when there is no such file. `chunks`: instead of the file's. */
export async function readCapture(
  file: string,
  options: CaptureOptions,
  content?: AsyncIterable<Buffer>,
): Promise<CaptureSummary> {
  const dissector = new Dissector({ ...options, text: latin1 })
  const chunks = opened(content ?? contentOf(file))
  const source = new Source(dissector, options)
  let broken: string | undefined
  try {
    for await (const chunk of chunks) source.push(chunk as Buffer)
  } catch (error) {
    broken = reasonOf(error as NodeJS.ErrnoException, file)
  }
  return source.summary(broken)
}

function contentOf(file: string): AsyncIterable<Buffer> {
  return file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_OCTETS })
}

/** Octets as they are read, unpacked when they are gzip. */
async function* opened(content: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const chunks = content[Symbol.asyncIterator]()
  let first = Buffer.alloc(0)
  while (first.length < 4) {
    const next = await chunks.next()
    if (next.done === true) break
    first = Buffer.concat([first, next.value])
  }
  const rest = following(first, chunks)
  if (first.length < 2 || first.readUInt16BE(0) !== GZIP_MAGIC) yield* rest
  else yield* unpacked(rest)
}

async function* following(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  if (first.length > 0) yield first
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
}

async function* unpacked(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_OCTETS })
  const feeding = (async () => {
    try {
      for await (const chunk of packed)
        if (!gunzip.write(chunk)) await new Promise((go) => gunzip.once('drain', go))
      gunzip.end()
    } catch (error) {
      gunzip.destroy(error as Error)
    }
  })()
  yield* gunzip as AsyncIterable<Buffer>
  await feeding
}

interface SourceReader {
  readonly octets: number
  readonly leftOut: number
  readonly broken: string | undefined
  push(chunk: Buffer): void
  end(): void
}

/** One source of messages, as what it turns out to be. */
class Source {
  #reader: SourceReader | undefined
  #log: MessageLogReader | undefined
  #octets = 0

  constructor(
    private readonly dissector: Dissector,
    private readonly options: CaptureOptions,
  ) {}

  push(chunk: Buffer): void {
    this.#octets += chunk.length
    this.#reader ??= this.#choose(chunk)
    this.#reader.push(chunk)
  }

  summary(failure: string | undefined): CaptureSummary {
    if (failure === undefined) this.#reader?.end()
    this.dissector.finish()
    const broken = failure ?? (this.#reader === undefined ? 'it is empty' : this.#reader.broken)
    const { dissector } = this
    return {
      octets: this.#octets,
      records: this.#log?.records ?? dissector.records,
      messages: this.#log?.records ?? dissector.messages,
      broken,
      warnings: [
        ...(broken === undefined ? [] : [this.#leftOut(broken)]),
        ...[...dissector.unknownLinks].map(
          ([link, count]) => `${count} packets have the link type ${link}, which cannot be read`,
        ),
        ...(dissector.incomplete > 0 ? [`${dissector.incomplete} fragmented datagrams are incomplete`] : []),
        ...(dissector.dropped > 0
          ? [`${dissector.dropped} octets of SIP connections belong to no whole message`]
          : []),
      ],
    }
  }

  #leftOut(broken: string): string {
    const octets = this.#reader?.leftOut ?? 0
    const read =
      this.#log === undefined ? `${this.dissector.records} packets` : `${this.#log.records} entries`
    const left = octets > 0 ? `, ${octets} octets are left out` : ''
    return `${broken}: ${read} were read${left}`
  }

  #choose(chunk: Buffer): SourceReader {
    if (isMessageLog(chunk.toString('latin1', 0, LOOK_OCTETS))) {
      const log = new MessageLogReader(this.options.message)
      this.#log = log
      return textReader(log)
    }
    if (chunk.toString('latin1', 0, 4) === 'HEP3') return hepReader(this.dissector)
    return new CaptureReader(this.dissector, library(this.dissector))
  }
}

function textReader(log: MessageLogReader): SourceReader {
  return {
    get octets() {
      return log.octets
    },
    get leftOut() {
      return log.leftOut
    },
    get broken() {
      return log.broken
    },
    push: (chunk) => log.push(chunk.toString('latin1')),
    end: () => log.end(),
  }
}

/** HEP packets one behind the other, as they came over a connection. */
function hepReader(dissector: Dissector): SourceReader {
  let octets = 0
  return {
    get octets() {
      return octets
    },
    leftOut: 0,
    broken: undefined,
    push: (chunk) => {
      octets += chunk.length
      dissector.hepStream(chunk)
    },
    end: () => undefined,
  }
}

/** pcap-parser, fed by hand with what has been checked. */
function library(sink: RecordSink): Library {
  return (header) => {
    const input = Object.assign(new EventEmitter(), { pause: () => undefined, resume: () => undefined })
    const parser = parse(input)
    let link = 0
    parser.on('globalHeader', ({ linkLayerType }) => (link = linkLayerType & 0xffff))
    parser.on('packet', ({ header: { timestampSeconds, timestampMicroseconds }, data }) =>
      sink.record(timestampSeconds * 1000 + timestampMicroseconds / 1000, link, data, 0, data.length),
    )
    input.emit('data', asBuffer(header))
    return (octets, start, end) => input.emit('data', asBuffer(octets.subarray(start, end)))
  }
}

function asBuffer(octets: Octets): Buffer {
  return Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}

function latin1(octets: Octets, start: number, end: number): string {
  return asBuffer(octets).toString('latin1', start, end)
}

function reasonOf({ code, message }: NodeJS.ErrnoException, file: string): string {
  if (code === 'ENOENT') throw new UsageError(`there is no file ${file}.`)
  if (code === 'EISDIR') throw new UsageError(`${file} is a folder: name a file in it.`)
  if (code === 'Z_BUF_ERROR') return 'its gzip ends too early'
  if (code?.startsWith('Z_') === true) return `its gzip is damaged (${message})`
  throw new UsageError(`${file} cannot be read: ${message}`)
}

function firstOctets(file: string): Buffer {
  try {
    if (!statSync(file).isFile()) return Buffer.alloc(0)
    const descriptor = openSync(file, 'r')
    const octets = Buffer.alloc(4)
    const read = readSync(descriptor, octets)
    closeSync(descriptor)
    return octets.subarray(0, read)
  } catch {
    return Buffer.alloc(0)
  }
}
