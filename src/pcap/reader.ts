// A capture file as it is read, chunk by chunk: which format it is, what of a record is still missing, where it broke.
// Never more than one record and one chunk are held.

import { CLASSIC_HEADER_OCTETS, classicHeader, ClassicReader, isClassic, type CheckedRun } from './classic.js'
import { copied, type Octets } from './octets.js'
import { isPcapng, PcapngReader } from './pcapng.js'
import type { FormatReader, RecordSink } from './records.js'

/** What is put behind the rest of a chunk to finish its last record. */
const JOINED_OCTETS = 16 * 1024

/** Makes the reader of a classic file with microseconds, given its header: the library's place. */
export type Library = (header: Octets) => CheckedRun

export class CaptureReader {
  /** Octets pushed so far. */
  octets = 0
  /** Why the rest was not read. */
  broken: string | undefined
  #format: FormatReader | undefined
  #left: Octets = new Uint8Array(0)
  /** Octets to pass over: a block that nobody reads. */
  #skip = 0
  #used = 0

  constructor(
    private readonly sink: RecordSink,
    private readonly library?: Library,
  ) {}

  /** Octets that are part of no record that was read. */
  get leftOut(): number {
    return this.octets - this.#used
  }

  push(chunk: Octets): void {
    this.octets += chunk.length
    if (this.broken !== undefined) return
    const rest = this.#left.length > 0 ? this.#finishRecord(chunk) : chunk
    if (rest !== undefined) this.#read(rest)
  }

  /** Reads on behind what was left of the chunk before; most of the new one is never copied. Returns what is to be read. */
  #finishRecord(chunk: Octets): Octets | undefined {
    const left = this.#left
    const few = this.#format === undefined ? chunk.length : Math.min(chunk.length, JOINED_OCTETS)
    const both = joined(left, chunk.subarray(0, few))
    if (few === chunk.length) return both
    const read = this.#format!.read(both, both.length)
    this.broken = this.#format!.broken
    if (this.broken !== undefined) {
      this.#used = this.octets - chunk.length - left.length + read
      return undefined
    }
    // A record that is longer than these few octets: then all of them are needed.
    return read < left.length ? joined(left, chunk) : this.#skipped(chunk, read - left.length)
  }

  /** A block that nobody reads may reach beyond the chunk. */
  #skipped(octets: Octets, count: number): Octets {
    this.#skip += Math.max(0, count - octets.length)
    return octets.subarray(Math.min(count, octets.length))
  }

  #read(fresh: Octets): void {
    let octets = fresh
    if (this.#skip > 0) {
      const skip = this.#skip
      this.#skip = 0
      octets = this.#skipped(octets, skip)
    }
    octets = this.#format === undefined ? this.#begin(octets) : octets
    if (this.#format === undefined) {
      this.#left = copied(octets)
      return
    }
    const read = this.#format.read(octets, octets.length)
    this.broken = this.#format.broken
    this.#used = this.octets - Math.max(0, octets.length - read)
    // What is left waits for more; copied, because whoever reads the file uses its buffer again.
    this.#left = copied(this.#skipped(octets, read))
  }

  /** The file has ended. */
  end(): void {
    if (this.broken !== undefined) return
    if (this.#format === undefined) this.broken = 'it is too short for a capture'
    else if (this.leftOut > 0 || this.#skip > 0) this.broken = 'it ends in the middle of a record'
  }

  /** Finds out the format; returns what follows the file's header. */
  #begin(octets: Octets): Octets {
    if (octets.length < CLASSIC_HEADER_OCTETS) return octets
    if (isPcapng(octets)) {
      this.#format = new PcapngReader(this.sink)
      return octets
    }
    if (!isClassic(octets)) {
      this.broken = 'it is no pcap or pcapng file'
      return octets
    }
    const header = classicHeader(octets)
    if (typeof header === 'string') {
      this.broken = header
      return octets
    }
    const run = header.nano ? undefined : this.library?.(octets.subarray(0, CLASSIC_HEADER_OCTETS))
    this.#format = new ClassicReader(header, this.sink, run)
    return octets.subarray(CLASSIC_HEADER_OCTETS)
  }
}

function joined(one: Octets, two: Octets): Octets {
  const both = new Uint8Array(one.length + two.length)
  both.set(one)
  both.set(two, one.length)
  return both
}
