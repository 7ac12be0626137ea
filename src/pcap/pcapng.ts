// pcapng (draft-ietf-opsawg-pcapng): sections in either byte order, several interfaces each with its link type and its
// resolution of time; enhanced, simple and old packet blocks. Any other block is skipped, however long, unread.

import { ordered16, ordered32, u32, type Octets } from './octets.js'
import { RECORD_OCTETS_MAX, type FormatReader, type RecordSink } from './records.js'

const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6

const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const BYTE_ORDER_MAGIC_SWAPPED = 0x4d3c2b1a
const BLOCK_OCTETS_MIN = 12
/** Blocks that are read: a packet and its options. */
const BLOCK_OCTETS_MAX = RECORD_OCTETS_MAX + 64 * 1024
const INTERFACES_MAX = 4096
const SIMPLE_START = 12
const PACKET_START = 28

const IF_TSRESOL = 9
const IF_TSOFFSET = 14

interface Interface {
  readonly link: number
  readonly snapLength: number
  /** Units of time a millisecond, and what is added (ms). */
  readonly unitsPerMs: number
  readonly offsetMs: number
}

/** Is this the beginning of a pcapng file? Four octets decide. */
export function isPcapng(octets: Octets): boolean {
  return u32(octets, 0) === SECTION
}

export class PcapngReader implements FormatReader {
  broken: string | undefined
  #little = false
  #interfaces: Interface[] = []

  constructor(private readonly sink: RecordSink) {}

  read(octets: Octets, end: number): number {
    let at = 0
    while (at + BLOCK_OCTETS_MIN <= end) {
      const type = this.#type(octets, at)
      if (type === undefined) break
      const length = ordered32(octets, at + 4, this.#little)
      if (length < BLOCK_OCTETS_MIN || length % 4 !== 0)
        return this.#stop(`a block says that it is ${length} octets long`, at)
      if (!isRead(type)) {
        at += length
        continue
      }
      if (length > BLOCK_OCTETS_MAX)
        return this.#stop(`a packet block says that it is ${length} octets long`, at)
      if (at + length > end) break
      if (ordered32(octets, at + length - 4, this.#little) !== length)
        return this.#stop('the two lengths of a block differ', at)
      const reason = this.#block(type, octets, at, at + length - 4)
      if (reason !== undefined) return this.#stop(reason, at)
      at += length
    }
    return at
  }

  #stop(reason: string, at: number): number {
    this.broken = reason
    return at
  }

  /** The block's type; a section's own type reads the same in both orders, and sets the order. */
  #type(octets: Octets, at: number): number | undefined {
    if (u32(octets, at) !== SECTION) return ordered32(octets, at, this.#little)
    const magic = u32(octets, at + 8)
    if (magic !== BYTE_ORDER_MAGIC && magic !== BYTE_ORDER_MAGIC_SWAPPED) {
      this.broken = 'a section has no byte-order magic'
      return undefined
    }
    this.#little = magic === BYTE_ORDER_MAGIC_SWAPPED
    this.#interfaces = []
    return SECTION
  }

  /** Reads a whole block; returns what is wrong with it. */
  #block(type: number, octets: Octets, at: number, end: number): string | undefined {
    if (type === INTERFACE) return this.#addInterface(octets, at, end)
    if (type === SIMPLE_PACKET) return this.#simplePacket(octets, at, end)
    if (type !== ENHANCED_PACKET && type !== OLD_PACKET) return undefined
    if (at + PACKET_START > end) return 'a packet block is too short'
    const little = this.#little
    const number =
      type === ENHANCED_PACKET ? ordered32(octets, at + 8, little) : ordered16(octets, at + 8, little)
    const from = this.#interfaces[number]
    if (from === undefined) return `a packet is of interface ${number}, which the file does not describe`
    const length = ordered32(octets, at + 20, little)
    if (at + PACKET_START + length > end) return `a packet of ${length} octets does not fit its block`
    const units = ordered32(octets, at + 12, little) * 2 ** 32 + ordered32(octets, at + 16, little)
    const start = at + PACKET_START
    this.sink.record(units / from.unitsPerMs + from.offsetMs, from.link, octets, start, start + length)
    return undefined
  }

  /** A packet without a time, of the first interface. */
  #simplePacket(octets: Octets, at: number, end: number): string | undefined {
    const [from] = this.#interfaces
    if (from === undefined) return 'a packet comes before its interface'
    const original = ordered32(octets, at + 8, this.#little)
    const length = from.snapLength === 0 ? original : Math.min(original, from.snapLength)
    const start = at + SIMPLE_START
    if (start + length > end) return `a packet of ${length} octets does not fit its block`
    this.sink.record(0, from.link, octets, start, start + length)
    return undefined
  }

  #addInterface(octets: Octets, at: number, end: number): string | undefined {
    if (at + 16 > end) return 'an interface block is too short'
    if (this.#interfaces.length >= INTERFACES_MAX) return `more than ${INTERFACES_MAX} interfaces`
    const little = this.#little
    let unitsPerMs = 1000
    let offsetMs = 0
    let option = at + 16
    while (option + 4 <= end) {
      const code = ordered16(octets, option, little)
      const length = ordered16(octets, option + 2, little)
      if (code === 0 || option + 4 + length > end) break
      if (code === IF_TSRESOL && length === 1) unitsPerMs = unitsOf(octets[option + 4]!)
      if (code === IF_TSOFFSET && length === 8) offsetMs = 1000 * seconds(octets, option + 4, little)
      option += 4 + Math.ceil(length / 4) * 4
    }
    const link = ordered16(octets, at + 8, little)
    this.#interfaces.push({ link, snapLength: ordered32(octets, at + 12, little), unitsPerMs, offsetMs })
    return undefined
  }
}

function isRead(type: number): boolean {
  return type === SECTION || type === INTERFACE || isPacket(type)
}

function isPacket(type: number): boolean {
  return type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OLD_PACKET
}

/** if_tsresol: 10^-n seconds, or 2^-n with the first bit set. */
function unitsOf(resolution: number): number {
  const exponent = resolution & 0x7f
  return (resolution & 0x80 ? 2 ** exponent : 10 ** exponent) / 1000
}

/** A signed number of 64 bits. */
function seconds(octets: Octets, at: number, little: boolean): number {
  const high = ordered32(octets, little ? at + 4 : at, little) | 0
  return high * 2 ** 32 + ordered32(octets, little ? at : at + 4, little)
}
