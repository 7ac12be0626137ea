// Captures made for tests and measurements: packets wrapped into every link and tunnel that can be read, cut into
// fragments, put into every container.

import type { Bytes, Milliseconds } from '../endpoint.js'
import type { Octets } from './octets.js'
import { CaptureWriter, type WrittenMessage } from './write.js'

export interface SamplePacket {
  readonly at: Milliseconds
  readonly octets: Octets
}

const RECORD_HEADER_OCTETS = 16

/** The raw IP packets of messages. */
export function packetsOf(messages: Iterable<WrittenMessage>): SamplePacket[] {
  const writer = new CaptureWriter()
  const packets: SamplePacket[] = []
  for (const message of messages)
    for (const record of writer.records(message))
      packets.push({ at: message.at, octets: record.slice(RECORD_HEADER_OCTETS) })
  return packets
}

/** Octets one behind the other; numbers are single octets. */
export function glued(...parts: readonly (Octets | readonly number[])[]): Octets {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export function big16(value: number): number[] {
  return [(value >> 8) & 255, value & 255]
}

export function big32(value: number): number[] {
  return [...big16(Math.floor(value / 65_536)), ...big16(value % 65_536)]
}

// ---- links ----

const MACS = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]

/** What each link puts around an IP packet: its LINKTYPE number and the frame. */
export const LINKS: Readonly<Record<string, readonly [link: number, wrap: (packet: Octets) => Octets]>> = {
  'raw IP': [101, (packet) => packet],
  'raw IP of OpenBSD': [14, (packet) => packet],
  Ethernet: [1, (packet) => glued(MACS, typeOf(packet), packet)],
  'Ethernet with VLAN': [1, (packet) => glued(MACS, [0x81, 0, 0, 7], typeOf(packet), packet)],
  'Ethernet with QinQ': [
    1,
    (packet) => glued(MACS, [0x88, 0xa8, 0, 9, 0x81, 0, 0, 7], typeOf(packet), packet),
  ],
  PPPoE: [
    1,
    (packet) =>
      glued(
        MACS,
        [0x88, 0x64, 0x11, 0, 0, 1],
        big16(packet.length + 2),
        [0, isSix(packet) ? 0x57 : 0x21],
        packet,
      ),
  ],
  'Linux cooked': [
    113,
    (packet) => glued([0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], typeOf(packet), packet),
  ],
  'Linux cooked 2': [
    276,
    (packet) => glued(typeOf(packet), [0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], packet),
  ],
  'BSD loopback, little-endian': [0, (packet) => glued([isSix(packet) ? 30 : 2, 0, 0, 0], packet)],
  'BSD loopback, big-endian': [0, (packet) => glued([0, 0, 0, isSix(packet) ? 30 : 2], packet)],
  'OpenBSD loopback': [108, (packet) => glued([0, 0, 0, isSix(packet) ? 24 : 2], packet)],
}

function isSix(packet: Octets): boolean {
  return packet[0]! >> 4 === 6
}

function typeOf(packet: Octets): number[] {
  return isSix(packet) ? [0x86, 0xdd] : [0x08, 0x00]
}

// ---- tunnels ----

/** What each tunnel puts around an IP packet: another IP packet. */
export const TUNNELS: Readonly<Record<string, (packet: Octets) => Octets>> = {
  'IP in IP': (packet) => outerFour(isSix(packet) ? 41 : 4, packet),
  GRE: (packet) => outerFour(47, glued([0, 0], typeOf(packet), packet)),
  'GRE with key and sequence number': (packet) =>
    outerFour(47, glued([0x30, 0], typeOf(packet), big32(7), big32(1), packet)),
  'Ethernet in GRE': (packet) => outerFour(47, glued([0, 0, 0x65, 0x58], MACS, typeOf(packet), packet)),
  'GTP-U': (packet) =>
    outerFour(17, datagram(2152, glued([0x30, 255], big16(packet.length), big32(9), packet))),
  'GTP-U with an extension': (packet) =>
    outerFour(
      17,
      datagram(
        2152,
        glued([0x34, 255], big16(packet.length + 8), big32(9), [0, 0, 0, 0x85, 1, 0, 0, 0], packet),
      ),
    ),
  'IP in GRE in IP': (packet) =>
    outerFour(47, glued([0, 0, 8, 0], outerFour(isSix(packet) ? 41 : 4, packet))),
}

function outerFour(protocol: number, payload: Octets): Octets {
  const length = 20 + payload.length
  return glued(
    [0x45, 0],
    big16(length),
    [0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2],
    payload,
  )
}

function datagram(port: number, payload: Octets): Octets {
  return glued(big16(port), big16(port), big16(payload.length + 8), [0, 0], payload)
}

// ---- fragments and extension headers ----

/** An IP packet as fragments of at most so many octets of payload (a multiple of 8). */
export function fragmentsOf(packet: Octets, size: number, identification = 1): Octets[] {
  const header = isSix(packet) ? 40 : 20
  const payload = packet.slice(header)
  const pieces: Octets[] = []
  for (let at = 0; at < payload.length; at += size) {
    const more = at + size < payload.length ? 1 : 0
    const piece = payload.slice(at, at + size)
    pieces.push(
      isSix(packet)
        ? sixFragment(packet, piece, at | more, identification)
        : fourFragment(packet, piece, at / 8 + more * 0x2000, identification),
    )
  }
  return pieces
}

function fourFragment(packet: Octets, piece: Octets, place: number, identification: number): Octets {
  return glued(
    packet.slice(0, 2),
    big16(20 + piece.length),
    big16(identification),
    big16(place),
    packet.slice(8, 20),
    piece,
  )
}

function sixFragment(packet: Octets, piece: Octets, place: number, identification: number): Octets {
  const extension = [packet[6]!, 0, ...big16(place), ...big32(identification)]
  return glued(
    packet.slice(0, 4),
    big16(8 + piece.length),
    [44, packet[7]!],
    packet.slice(8, 40),
    extension,
    piece,
  )
}

/** An IPv6 packet with hop-by-hop, routing and destination options in front of its payload. */
export function withExtensions(packet: Octets): Octets {
  const next = packet[6]!
  const extensions = [
    43,
    0,
    1,
    4,
    0,
    0,
    0,
    0,
    60,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    next,
    1,
    1,
    12,
    ...Array.from({ length: 12 }, () => 0),
  ]
  const length = packet.length - 40 + extensions.length
  return glued(
    packet.slice(0, 4),
    big16(length),
    [0, packet[7]!],
    packet.slice(8, 40),
    extensions,
    packet.slice(40),
  )
}

// ---- containers ----

/** A classic file. */
export function classicFile(
  packets: readonly SamplePacket[],
  { little = true, nano = false, link = 101 } = {},
): Octets {
  const word = (value: number): number[] => (little ? big32(value).reverse() : big32(value))
  const half = (value: number): number[] => (little ? big16(value).reverse() : big16(value))
  const magic = word(nano ? 0xa1b23c4d : 0xa1b2c3d4)
  const parts: (Octets | number[])[] = [
    [...magic, ...half(2), ...half(4), ...word(0), ...word(0), ...word(262_144), ...word(link)],
  ]
  for (const { at, octets } of packets) {
    const micros = Math.round(at * 1000)
    const fraction = (micros % 1e6) * (nano ? 1000 : 1)
    parts.push(
      [...word(Math.floor(micros / 1e6)), ...word(fraction), ...word(octets.length), ...word(octets.length)],
      octets,
    )
  }
  return joinedOctets(parts)
}

export interface NextGenerationOptions {
  readonly little?: boolean
  readonly link?: number
  /** if_tsresol: 6 microseconds, 9 nanoseconds, 0x80 + 20: 2^-20 s. */
  readonly resolution?: number
  /** Packet blocks: enhanced, old, or simple (which have no times). */
  readonly block?: 'enhanced' | 'old' | 'simple'
}

/** One section of a pcapng file, with a block that nobody knows and a comment in between. */
export function sectionOf(packets: readonly SamplePacket[], options: NextGenerationOptions = {}): Octets {
  const { little = true, link = 101, resolution = 6, block: kind = 'enhanced' } = options
  const word = (value: number): number[] => (little ? big32(value).reverse() : big32(value))
  const half = (value: number): number[] => (little ? big16(value).reverse() : big16(value))
  const padded = (octets: Octets | readonly number[]): number[] => [
    ...octets,
    ...Array.from({ length: -octets.length & 3 }, () => 0),
  ]
  const block = (type: number, body: readonly number[]): number[] => {
    const length = word(body.length + 12)
    return [...word(type), ...length, ...body, ...length]
  }
  const units = (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1000
  const parts: (Octets | number[])[] = [
    block(0x0a0d0d0a, [...word(0x1a2b3c4d), ...half(1), ...half(0), 255, 255, 255, 255, 255, 255, 255, 255]),
    block(1, [...half(link + 7), ...half(0), ...word(0)]),
    block(1, [
      ...half(link),
      ...half(0),
      ...word(0),
      ...half(9),
      ...half(1),
      resolution,
      0,
      0,
      0,
      ...half(0),
      ...half(0),
    ]),
    block(0x0bad, [1, 2, 3, 4]),
  ]
  for (const { at, octets } of packets) {
    const time = Math.round(at * units)
    const stamp = [
      ...word(Math.floor(time / 2 ** 32)),
      ...word(time % 2 ** 32),
      ...word(octets.length),
      ...word(octets.length),
    ]
    const comment = [...half(1), ...half(2), 104, 105, 0, 0, ...half(0), ...half(0)]
    if (kind === 'simple') parts.push(block(3, [...word(octets.length), ...padded(octets)]))
    else if (kind === 'old') parts.push(block(2, [...half(1), ...half(0), ...stamp, ...padded(octets)]))
    else parts.push(block(6, [...word(1), ...stamp, ...padded(octets), ...comment]))
  }
  return joinedOctets(parts)
}

export function joinedOctets(parts: readonly (Octets | readonly number[])[]): Octets {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

// ---- messages ----

/** A request of a call, `size` octets of body in it. */
export function sampleRequest(method: string, callId: string, size = 0): Bytes {
  return (
    `${method} sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.11:5060;branch=z9hG4bK${callId}${method}\r\n` +
    `Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=a${callId}\r\nTo: <sip:bob@example.com>\r\n` +
    `Call-ID: ${callId}@10.0.0.11\r\nCSeq: 1 ${method}\r\nContact: <sip:alice@10.0.0.11>\r\n` +
    `${size > 0 ? 'Content-Type: text/plain\r\n' : ''}Content-Length: ${size}\r\n\r\n${'x'.repeat(size)}`
  )
}

/** The response to `sampleRequest`. */
export function sampleResponse(status: string, method: string, callId: string): Bytes {
  return (
    `SIP/2.0 ${status}\r\nVia: SIP/2.0/UDP 10.0.0.11:5060;branch=z9hG4bK${callId}${method}\r\n` +
    `From: <sip:alice@example.com>;tag=a${callId}\r\nTo: <sip:bob@example.com>;tag=b${callId}\r\n` +
    `Call-ID: ${callId}@10.0.0.11\r\nCSeq: 1 ${method}\r\nContact: <sip:bob@10.0.0.12>\r\nContent-Length: 0\r\n\r\n`
  )
}
