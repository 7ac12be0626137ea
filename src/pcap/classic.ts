// The classic capture file (pcap, draft-ietf-opsawg-pcap): a header, then records, in either byte order, with
// microseconds or nanoseconds. Every length is looked at before anything is believed.

import { ordered16, ordered32, u32, type Octets } from './octets.js'
import { RECORD_OCTETS_MAX, type FormatReader, type RecordSink } from './records.js'

export const CLASSIC_HEADER_OCTETS = 24
const RECORD_HEADER_OCTETS = 16

/** First four octets, read in network order. */
const MAGICS: Readonly<Record<number, { readonly little: boolean; readonly nano: boolean }>> = {
  0xa1b2c3d4: { little: false, nano: false },
  0xd4c3b2a1: { little: true, nano: false },
  0xa1b23c4d: { little: false, nano: true },
  0x4d3cb2a1: { little: true, nano: true },
}

export interface ClassicHeader {
  readonly little: boolean
  /** Fractions of a second are nanoseconds, else microseconds. */
  readonly nano: boolean
  readonly link: number
}

/** Is this the beginning of a classic capture? Four octets decide. */
export function isClassic(octets: Octets): boolean {
  return MAGICS[u32(octets, 0)] !== undefined
}

/** The header of the file, or what is wrong with it. The upper bits of the link type say how long the FCS is: not ours. */
export function classicHeader(octets: Octets): ClassicHeader | string {
  const { little, nano } = MAGICS[u32(octets, 0)]!
  const major = ordered16(octets, 4, little)
  const minor = ordered16(octets, 6, little)
  if (major !== 2) return `its version is ${major}.${minor}; 2.4 can be read`
  return { little, nano, link: ordered32(octets, 20, little) & 0xffff }
}

/**
 * So much of a file goes through a library that takes runs. Behind it records are handed out from here: the checks are
 * the same, and a long capture is read in half the time.
 */
const RUN_OCTETS_MAX = 16 * 1024 * 1024

/** Takes runs of whole records, lengths checked, instead of a sink. */
export type CheckedRun = (octets: Octets, start: number, end: number) => void

/** Reads the records behind the file's header; with `run` it only checks them and hands the octets on. */
export class ClassicReader implements FormatReader {
  broken: string | undefined
  #run: CheckedRun | undefined
  #runOctets = 0

  constructor(
    private readonly header: ClassicHeader,
    private readonly sink: RecordSink,
    run?: CheckedRun,
  ) {
    this.#run = run
  }

  read(octets: Octets, end: number): number {
    const { little, nano, link } = this.header
    let at = 0
    while (at + RECORD_HEADER_OCTETS <= end) {
      const length = ordered32(octets, at + 8, little)
      if (length > RECORD_OCTETS_MAX) {
        this.broken = `a record says that it holds ${length} octets (${RECORD_OCTETS_MAX} at most)`
        break
      }
      const next = at + RECORD_HEADER_OCTETS + length
      if (next > end) break
      if (this.#run === undefined) {
        const fraction = ordered32(octets, at + 4, little) / (nano ? 1e6 : 1e3)
        const time = ordered32(octets, at, little) * 1000 + fraction
        this.sink.record(time, link, octets, at + RECORD_HEADER_OCTETS, next)
      }
      at = next
    }
    if (at > 0) this.#run?.(octets, 0, at)
    this.#runOctets += at
    if (this.#runOctets > RUN_OCTETS_MAX) this.#run = undefined
    return at
  }
}
