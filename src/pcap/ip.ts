// IPv4 and IPv6 with options and extension headers, fragments, and the tunnels that carry IP once more: IP-in-IP, 6in4,
// GRE (RFC 2784, RFC 2890) and GTP-U (3GPP TS 29.281). What does not fit its own lengths is left out.

import type { Address, Milliseconds } from '../endpoint.js'
import type { Addresses } from './addresses.js'
import { Fragments } from './fragments.js'
import { ethernet } from './link.js'
import { u16, u32, type Octets } from './octets.js'

const PROTOCOL = {
  HOP_BY_HOP: 0,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
} as const
const AUTHENTICATION = 51
const DESTINATION = 60
const MOBILITY = 135
const EXTENSIONS_MAX = 16
const TUNNELS_MAX = 4
const GTP_PORT = 2152
const GTP_PACKET = 255
const ETHERNET_IN_GRE = 0x6558
const IPV4_TYPE = 0x0800
const IPV6_TYPE = 0x86dd

/** Where an IP packet says who sent it to whom; texts are made only when somebody asks. */
export interface Envelope {
  readonly octets: Octets
  /** Of the IP header. */
  readonly at: number
  readonly isSix: boolean
}

/** Takes what IP carried: a datagram's payload, or a TCP segment with its header. */
export interface TransportSink {
  /** `ports`: source and target, 16 bits each. */
  datagram(envelope: Envelope, ports: number, octets: Octets, start: number, end: number): void
  segment(envelope: Envelope, octets: Octets, start: number, end: number): void
}

export class IpLayer {
  readonly fragments = new Fragments()
  now: Milliseconds = 0

  constructor(private readonly sink: TransportSink) {}

  /** Reads the IP packet octets[start, end). */
  packet(octets: Octets, start: number, end: number, depth = 0): void {
    if (start >= end) return
    const version = octets[start]! >> 4
    if (version === 4) this.#four(octets, start, end, depth)
    else if (version === 6) this.#six(octets, start, end, depth)
  }

  #four(octets: Octets, start: number, end: number, depth: number): void {
    if (start + 20 > end) return
    const header = (octets[start]! & 15) * 4
    const total = u16(octets, start + 2)
    // A sending machine that leaves the length to its network card captures 0 here.
    const stop = total === 0 ? end : Math.min(end, start + total)
    const body = start + header
    if (header < 20 || body > stop) return
    const flags = u16(octets, start + 6)
    const protocol = octets[start + 9]!
    const envelope = { octets, at: start, isSix: false }
    if ((flags & 0x3fff) === 0) return this.#payload(protocol, envelope, octets, body, stop, depth)
    const key = `4 ${u32(octets, start + 12)} ${u32(octets, start + 16)} ${u16(octets, start + 4)} ${protocol} ${depth}`
    const fragment = { key, offset: (flags & 0x1fff) * 8, isLast: (flags & 0x2000) === 0, at: this.now }
    const whole = this.fragments.add(fragment, octets, body, stop)
    if (whole !== undefined) this.#payload(protocol, envelope, whole, 0, whole.length, depth)
  }

  #six(octets: Octets, start: number, end: number, depth: number): void {
    if (start + 40 > end) return
    const length = u16(octets, start + 4)
    const stop = length === 0 ? end : Math.min(end, start + 40 + length)
    this.#extended(octets[start + 6]!, { octets, at: start, isSix: true }, octets, start + 40, stop, depth)
  }

  /** Passes over extension headers (RFC 8200 §4). */
  #extended(next: number, envelope: Envelope, octets: Octets, at: number, end: number, depth: number): void {
    for (let count = 0; count < EXTENSIONS_MAX; count++) {
      if (next === PROTOCOL.FRAGMENT) return this.#fragment(envelope, octets, at, end, depth)
      if (!isExtension(next)) return this.#payload(next, envelope, octets, at, end, depth)
      if (at + 8 > end) return
      const length = next === AUTHENTICATION ? (octets[at + 1]! + 2) * 4 : (octets[at + 1]! + 1) * 8
      next = octets[at]!
      at += length
    }
  }

  #fragment(envelope: Envelope, octets: Octets, at: number, end: number, depth: number): void {
    if (at + 8 > end) return
    const next = octets[at]!
    const place = u16(octets, at + 2)
    const ends = Array.from({ length: 8 }, (_, index) =>
      u32(envelope.octets, envelope.at + 8 + 4 * index),
    ).join()
    const key = `6 ${ends} ${u32(octets, at + 4)} ${depth}`
    const fragment = { key, offset: place & 0xfff8, isLast: (place & 1) === 0, at: this.now }
    if (fragment.offset === 0 && fragment.isLast)
      return this.#extended(next, envelope, octets, at + 8, end, depth)
    const whole = this.fragments.add(fragment, octets, at + 8, end)
    if (whole !== undefined) this.#extended(next, envelope, whole, 0, whole.length, depth)
  }

  #payload(
    protocol: number,
    from: Envelope,
    octets: Octets,
    start: number,
    end: number,
    depth: number,
  ): void {
    if (protocol === PROTOCOL.UDP) return this.#datagram(from, octets, start, end, depth)
    if (protocol === PROTOCOL.TCP) return this.sink.segment(from, octets, start, end)
    if (depth >= TUNNELS_MAX) return
    if (protocol === PROTOCOL.IPV4 || protocol === PROTOCOL.IPV6)
      return this.packet(octets, start, end, depth + 1)
    if (protocol === PROTOCOL.GRE) this.#gre(octets, start, end, depth)
  }

  #datagram(from: Envelope, octets: Octets, start: number, end: number, depth: number): void {
    if (start + 8 > end) return
    const ports = u32(octets, start)
    const length = u16(octets, start + 4)
    const stop = length < 8 ? end : Math.min(end, start + length)
    const isTunnel = (ports & 0xffff) === GTP_PORT || ports >>> 16 === GTP_PORT
    if (isTunnel && depth < TUNNELS_MAX) {
      const inner = gtpPayload(octets, start + 8, stop)
      if (inner >= 0) return this.packet(octets, inner, stop, depth + 1)
    }
    this.sink.datagram(from, ports, octets, start + 8, stop)
  }

  #gre(octets: Octets, start: number, end: number, depth: number): void {
    if (start + 4 > end) return
    const flags = u16(octets, start)
    const type = u16(octets, start + 2)
    // Checksum, key and sequence number, four octets each; source routes and other versions are not read.
    if ((flags & 0x4007) !== 0) return
    const inner = start + 4 + 4 * (bit(flags, 15) + bit(flags, 13) + bit(flags, 12))
    if (type === IPV4_TYPE || type === IPV6_TYPE) return this.packet(octets, inner, end, depth + 1)
    if (type !== ETHERNET_IN_GRE) return
    const at = ethernet(octets, inner, end)
    if (at >= 0) this.packet(octets, at, end, depth + 1)
  }
}

function bit(flags: number, number: number): number {
  return (flags >> number) & 1
}

function isExtension(next: number): boolean {
  return (
    next === PROTOCOL.HOP_BY_HOP ||
    next === PROTOCOL.ROUTING ||
    next === AUTHENTICATION ||
    next === DESTINATION ||
    next === MOBILITY
  )
}

/** Where the IP packet in a G-PDU begins; -1 when it is none. */
function gtpPayload(octets: Octets, start: number, end: number): number {
  if (start + 8 > end) return -1
  const flags = octets[start]!
  if (flags >> 5 !== 1 || (flags & 0x10) === 0 || octets[start + 1] !== GTP_PACKET) return -1
  if ((flags & 7) === 0) return start + 8
  let at = start + 12
  let next = octets[start + 11]!
  for (let count = 0; count < EXTENSIONS_MAX && (flags & 4) !== 0 && next !== 0; count++) {
    if (at >= end) return -1
    const length = octets[at]! * 4
    if (length === 0 || at + length > end) return -1
    next = octets[at + length - 1]!
    at += length
  }
  return at
}

/** Who sent it. */
export function sourceOf({ octets, at, isSix }: Envelope, port: number, addresses: Addresses): Address {
  return isSix ? addresses.six(octets, at + 8, port) : addresses.four(octets, at + 12, port)
}

/** To whom. */
export function targetOf({ octets, at, isSix }: Envelope, port: number, addresses: Addresses): Address {
  return isSix ? addresses.six(octets, at + 24, port) : addresses.four(octets, at + 16, port)
}
