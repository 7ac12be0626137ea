// Packets for a capture file out of messages: raw IP (LINKTYPE_RAW) with UDP, or with TCP as it would have been, opened
// with a handshake and cut into segments; lengths and checksums right, so that every reader takes them.
//
// A stream's message that was encrypted on its way (TLS) stands in clear text in a connection of the same ports.

import type { Address, Bytes, Milliseconds, Transport } from '../endpoint.js'
import type { Octets } from './octets.js'

export interface WrittenMessage {
  /** Since 1970. */
  readonly at: Milliseconds
  readonly transport: Transport
  readonly source: Address
  readonly target: Address
  readonly bytes: Bytes
}

const LINKTYPE_RAW = 101
const SNAP_LENGTH = 262_144
const UDP = 17
const TCP = 6
const UDP_OCTETS_MAX = 65_535 - 20 - 8
const SEGMENT_OCTETS_MAX = 1440
const HOP_LIMIT = 64
const [SYN, PUSH, ACK] = [2, 8, 16]

/** The header of the file: microseconds, little-endian, raw IP. */
export function captureHeader(): Octets {
  const header = new DataView(new ArrayBuffer(24))
  header.setUint32(0, 0xa1b2c3d4, true)
  header.setUint16(4, 2, true)
  header.setUint16(6, 4, true)
  header.setUint32(16, SNAP_LENGTH, true)
  header.setUint32(20, LINKTYPE_RAW, true)
  return new Uint8Array(header.buffer)
}

/** Where a direction of a written connection stands. */
interface Written {
  sequence: number
}

/** Makes the records of a capture, message by message; it remembers the connections it opened. */
export class CaptureWriter {
  readonly #directions = new Map<string, Written>()
  #identification = 0

  /** The records of one message. */
  records({ at, transport, source, target, bytes }: WrittenMessage): Octets[] {
    if (transport === 'udp') {
      const datagram = udp(source, target, bytes.slice(0, UDP_OCTETS_MAX))
      return [record(at, this.#ip(UDP, source, target, datagram))]
    }
    const own = this.#direction(source, target)
    const records = own.sequence === 0 ? this.#handshake(at, source, target) : []
    for (let from = 0; from < bytes.length; from += SEGMENT_OCTETS_MAX) {
      const piece = bytes.slice(from, from + SEGMENT_OCTETS_MAX)
      const ends = from + SEGMENT_OCTETS_MAX >= bytes.length
      records.push(this.#segment(at, source, target, ends ? PUSH | ACK : ACK, piece))
      own.sequence += piece.length
    }
    return records
  }

  #handshake(at: Milliseconds, source: Address, target: Address): Octets[] {
    const [own, other] = [this.#direction(source, target), this.#direction(target, source)]
    const records = [this.#segment(at, source, target, SYN, '')]
    own.sequence = 1
    records.push(this.#segment(at, target, source, SYN | ACK, ''))
    other.sequence = 1
    return [...records, this.#segment(at, source, target, ACK, '')]
  }

  #direction(source: Address, target: Address): Written {
    const key = `${source.address} ${source.port} ${target.address} ${target.port}`
    let direction = this.#directions.get(key)
    if (direction === undefined) this.#directions.set(key, (direction = { sequence: 0 }))
    return direction
  }

  #segment(at: Milliseconds, source: Address, target: Address, flags: number, bytes: Bytes): Octets {
    const segment = new DataView(new ArrayBuffer(20 + bytes.length))
    segment.setUint16(0, source.port)
    segment.setUint16(2, target.port)
    segment.setUint32(4, this.#direction(source, target).sequence)
    segment.setUint32(8, (flags & ACK) === 0 ? 0 : this.#direction(target, source).sequence)
    segment.setUint8(12, 5 << 4)
    segment.setUint8(13, flags)
    segment.setUint16(14, 65_535)
    put(segment, 20, bytes)
    segment.setUint16(16, transportChecksum(source, target, TCP, segment))
    return record(at, this.#ip(TCP, source, target, segment))
  }

  #ip(protocol: number, source: Address, target: Address, payload: DataView): Octets {
    const from = addressOctets(source.address)
    const to = addressOctets(target.address)
    if (from.length !== to.length) return this.#ip(protocol, asSix(source), asSix(target), payload)
    const isSix = from.length === 16
    const packet = new Uint8Array((isSix ? 40 : 20) + payload.byteLength)
    const header = new DataView(packet.buffer)
    if (isSix) {
      header.setUint8(0, 6 << 4)
      header.setUint16(4, payload.byteLength)
      header.setUint8(6, protocol)
      header.setUint8(7, HOP_LIMIT)
    } else {
      header.setUint16(0, 0x4500)
      header.setUint16(2, packet.length)
      header.setUint16(4, this.#identification++ & 0xffff)
      header.setUint16(6, 0x4000)
      header.setUint8(8, HOP_LIMIT)
      header.setUint8(9, protocol)
    }
    packet.set(from, isSix ? 8 : 12)
    packet.set(to, isSix ? 24 : 16)
    if (!isSix) header.setUint16(10, checksum([header], 20))
    packet.set(new Uint8Array(payload.buffer), isSix ? 40 : 20)
    return packet
  }
}

function udp(source: Address, target: Address, bytes: Bytes): DataView {
  const datagram = new DataView(new ArrayBuffer(8 + bytes.length))
  datagram.setUint16(0, source.port)
  datagram.setUint16(2, target.port)
  datagram.setUint16(4, datagram.byteLength)
  put(datagram, 8, bytes)
  // 0 would mean that there is none (RFC 768).
  datagram.setUint16(6, transportChecksum(source, target, UDP, datagram) || 0xffff)
  return datagram
}

function put(view: DataView, at: number, bytes: Bytes): void {
  for (let index = 0; index < bytes.length; index++) view.setUint8(at + index, bytes.charCodeAt(index))
}

function record(at: Milliseconds, packet: Octets): Octets {
  const octets = new Uint8Array(16 + packet.length)
  const header = new DataView(octets.buffer)
  const micros = Math.round(at * 1000)
  header.setUint32(0, Math.floor(micros / 1e6), true)
  header.setUint32(4, micros % 1e6, true)
  header.setUint32(8, packet.length, true)
  header.setUint32(12, packet.length, true)
  octets.set(packet, 16)
  return octets
}

/** Over the pseudo-header and the segment (RFC 768, RFC 9293 §3.1, RFC 8200 §8.1). */
function transportChecksum(source: Address, target: Address, protocol: number, segment: DataView): number {
  const mixed = addressOctets(source.address).length !== addressOctets(target.address).length
  const [from, to] = (mixed ? [asSix(source), asSix(target)] : [source, target]).map(({ address }) =>
    addressOctets(address),
  )
  const pseudo = new DataView(new ArrayBuffer(from!.length * 2 + 8))
  const octets = new Uint8Array(pseudo.buffer)
  octets.set(from!)
  octets.set(to!, from!.length)
  pseudo.setUint32(from!.length * 2, segment.byteLength)
  pseudo.setUint32(from!.length * 2 + 4, protocol)
  return checksum([pseudo, segment])
}

/** RFC 1071. */
function checksum(views: readonly DataView[], most = Infinity): number {
  let sum = 0
  for (const view of views) {
    const length = Math.min(view.byteLength, most)
    for (let at = 0; at + 1 < length; at += 2) sum += view.getUint16(at)
    if (length % 2 === 1) sum += view.getUint8(length - 1) << 8
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/** IPv4 mapped into IPv6: when only one side has an IPv6 address. */
function asSix({ address, port }: Address): Address {
  return address.includes(':') ? { address, port } : { address: `::ffff:${address}`, port }
}

/** 4 or 16 octets; a name, which a simulated network may have, is 0.0.0.0. */
export function addressOctets(text: string): Octets {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return Uint8Array.from(text.split('.'), Number)
  if (!text.includes(':')) return new Uint8Array(4)
  const [head = '', tail] = text.replace(/%.*$/, '').split('::')
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => 0)
  return Uint8Array.from(
    [...left, ...zeros, ...right].slice(0, 8).flatMap((group) => [group >> 8, group & 255]),
  )
}

/** The groups of 16 bits in "2001:db8:1" or "ffff:10.0.0.1". */
function groups(text: string): number[] {
  return text
    .split(':')
    .filter(Boolean)
    .flatMap((group) => {
      if (!group.includes('.')) return [parseInt(group, 16) & 0xffff]
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
      return [(a << 8) | b, (c << 8) | d]
    })
}
