// Opens a capture: a file or standard input, pcap or pcapng, gzip around either, or a message log as text, and hands
// out the SIP messages in it. Reads as it goes: memory does not depend on the file's size.
//
// Classic files with microseconds go through pcap-parser, their first megabytes at least (src/pcap/classic.ts). It believes
// every length and says nothing about a file that ends too early, so it is given only runs of whole records that have
// been checked.

import { EventEmitter } from 'node:events'
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UsageError } from '../errors.js'
import { Dissector, type DissectorOptions } from '../pcap/dissector.js'
import { isMessageLog, MessageLogReader } from '../pcap/message-log.js'
import type { Octets } from '../pcap/octets.js'
import { CaptureReader, type Library } from '../pcap/reader.js'
import type { RecordSink } from '../pcap/records.js'
import { parse } from './pcap-parser.js'

const CHUNK_OCTETS = 1024 * 1024
const UNPACKED_OCTETS = 64 * 1024
/** So much of a text is looked at to know what it is. */
const LOOK_OCTETS = 1000
const GZIP_MAGIC = 0x1f8b
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

/** Reads a capture, message by message. Throws a UsageError when there is no such file. `content`: instead of the file's. */
export async function readCapture(
  file: string,
  options: CaptureOptions,
  content?: Readable,
): Promise<CaptureSummary> {
  const dissector = new Dissector({ ...options, text: latin1 })
  const source = new Source(dissector, options)
  let failure: string | undefined
  try {
    for await (const chunk of content === undefined ? contentOf(file) : unpackedIfPacked(content)) {
      source.push(chunk)
      if (source.broken !== undefined) break
    }
  } catch (error) {
    failure = reasonOf(error as NodeJS.ErrnoException, file)
  }
  const isPlain = content === undefined && file !== '-' && !isPacked(firstOctets(file))
  return source.summary(failure, isPlain ? statSync(file).size : undefined)
}

function contentOf(file: string): AsyncIterable<Buffer> {
  if (file === '-') return unpackedIfPacked(process.stdin)
  return isPacked(firstOctets(file)) ? unpacked(createReadStream(file)) : plainChunks(file)
}

function isPacked(start: Buffer): boolean {
  return start.length >= 2 && start.readUInt16BE(0) === GZIP_MAGIC
}

/** A file through one buffer, which is used again and again: whoever takes a chunk is done with it before the next. */
async function* plainChunks(file: string): AsyncIterable<Buffer> {
  const handle = await open(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_OCTETS)
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Octets of a stream as they come, unpacked when they turn out to be gzip. */
async function* unpackedIfPacked(content: Readable): AsyncIterable<Buffer> {
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let first = Buffer.alloc(0)
  while (first.length < 4) {
    const next = await chunks.next()
    if (next.done === true) break
    first = Buffer.concat([first, next.value])
  }
  const whole = following(first, chunks)
  try {
    yield* isPacked(first) ? unpacked(Readable.from(whole)) : whole
  } finally {
    content.destroy()
  }
}

async function* following(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  if (first.length > 0) yield first
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
}

function unpacked(packed: Readable): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: UNPACKED_OCTETS })
  // Errors of both come out of the iteration; whoever stops early ends both.
  pipeline(packed, gunzip, () => undefined)
  return gunzip
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

  /** Why reading on is of no use. */
  get broken(): string | undefined {
    return this.#reader?.broken
  }

  /** `size`: of the whole file, when that is known. */
  summary(failure: string | undefined, size: number | undefined): CaptureSummary {
    if (failure === undefined && this.broken === undefined) this.#reader?.end()
    this.dissector.finish()
    const broken = failure ?? (this.#reader === undefined ? 'it is empty' : this.#reader.broken)
    const { dissector } = this
    return {
      octets: this.#octets,
      records: this.#log?.records ?? dissector.records,
      messages: this.#log?.records ?? dissector.messages,
      broken,
      warnings: [
        ...(broken === undefined ? [] : [this.#leftOut(broken, size)]),
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

  #leftOut(broken: string, size: number | undefined): string {
    const octets = (this.#reader?.leftOut ?? 0) + (size ?? this.#octets) - this.#octets
    const read =
      this.#log === undefined ? `${this.dissector.records} packets` : `${this.#log.records} entries`
    const left =
      size === undefined ? ', the rest is left out' : octets > 0 ? `, ${octets} octets are left out` : ''
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
export function library(sink: RecordSink): Library {
  return (header) => {
    const input = Object.assign(new EventEmitter(), { pause: () => undefined, resume: () => undefined })
    const parser = parse(input)
    let link = 0
    parser.on('globalHeader', ({ linkLayerType }) => (link = linkLayerType & 0xffff))
    parser.on('packet', ({ header: { timestampSeconds, timestampMicroseconds }, data }) =>
      sink.record(timestampSeconds * 1000 + timestampMicroseconds / 1000, link, data, 0, data.length),
    )
    input.emit('data', asBuffer(header))
    parser.buffer = null
    return (octets, start, end) => {
      input.emit('data', asBuffer(octets.subarray(start, end)))
      // It has taken whole records: what it keeps is empty, and it would copy each further run behind that.
      parser.buffer = null
    }
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
