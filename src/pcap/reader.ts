// A capture file as it is read, chunk by chunk: which format it is, what of a record is still missing, where it broke.
// Never more than one record and one chunk are held.

import { CLASSIC_HEADER_OCTETS, classicHeader, ClassicReader, isClassic, type CheckedRun } from './classic.js'
import type { Octets } from './octets.js'
import { isPcapng, PcapngReader } from './pcapng.js'
import type { FormatReader, RecordSink } from './records.js'

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
    let octets = this.#left.length > 0 ? joined(this.#left, chunk) : chunk
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, octets.length)
      this.#skip -= skipped
      octets = octets.subarray(skipped)
    }
    octets = this.#format === undefined ? this.#begin(octets) : octets
    if (this.#format === undefined) {
      this.#keep(octets)
      return
    }
    const read = this.#format.read(octets, octets.length)
    this.broken = this.#format.broken
    this.#skip += Math.max(0, read - octets.length)
    this.#used = this.octets - Math.max(0, octets.length - read)
    this.#keep(octets.subarray(read))
  }

  /** The file has ended. */
  end(): void {
    if (this.broken !== undefined) return
    if (this.#format === undefined) this.broken = 'it is too short for a capture'
    else if (this.leftOut > 0 || this.#skip > 0) this.broken = 'it ends in the middle of a record'
  }

  /** What is left waits for more; copied, because whoever reads the file may use its buffer again. */
  #keep(octets: Octets): void {
    this.#left = octets.slice()
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
