// What the readers of capture files have in common: they are given octets as they come and hand out records.

import type { Milliseconds } from '../endpoint.js'
import type { Octets } from './octets.js'

/** Takes the records of a capture, in the order of the file. */
export interface RecordSink {
  /** One packet: octets[start, end) as the link carried it, `at` since 1970, `link` its LINKTYPE number. */
  record(at: Milliseconds, link: number, octets: Octets, start: number, end: number): void
}

/** Reads one file format. */
export interface FormatReader {
  /** Reads what is whole of octets[0, end); returns how much that was (it may be more: then the rest is to be skipped). */
  read(octets: Octets, end: number): number
  /** Why the rest cannot be read. */
  readonly broken: string | undefined
}

/** Larger than any packet of a network; a record that says more is damaged, and nothing is reserved for it. */
export const RECORD_OCTETS_MAX = 1024 * 1024
