// The types of pcap-parser, which has none.

import { createRequire } from 'node:module'

/** Where it reads: it listens for `data`, and lets whoever gives data decide when. */
export interface ParserInput {
  on(name: 'data' | 'error' | 'end', listener: (...values: Buffer[]) => void): unknown
  pause(): void
  resume(): void
}

export interface ParsedPacket {
  readonly header: {
    readonly timestampSeconds: number
    readonly timestampMicroseconds: number
    readonly capturedLength: number
    readonly originalLength: number
  }
  readonly data: Buffer
}

export interface PcapParser {
  /** What it has been given and has not read yet. */
  buffer: Buffer | null

  on(name: 'globalHeader', listener: (header: { readonly linkLayerType: number }) => void): this
  on(name: 'packet', listener: (packet: ParsedPacket) => void): this
  on(name: 'error', listener: (error: Error) => void): this
}

const library = createRequire(import.meta.url)('pcap-parser') as { parse(input: ParserInput): PcapParser }

/** Reads a classic capture with microseconds from a stream. */
export function parse(input: ParserInput): PcapParser {
  return library.parse(input)
}
