// From records to SIP messages: link, IP, UDP or TCP, content. Memory does not grow with the capture; what is found goes
// out at once. Nothing here throws, whatever the octets are.

import type { Address, Bytes, Milliseconds } from '../endpoint.js'
import { Addresses, ipv4Text, ipv6Text } from './addresses.js'
import { guess } from './content.js'
import { isHep, readHep } from './hep.js'
import { IpLayer, sourceOf, targetOf, type Envelope } from './ip.js'
import { ipStart, UNKNOWN_LINK } from './link.js'
import { hasStartLine, type CapturedMessage } from './message.js'
import type { Octets } from './octets.js'
import type { RecordSink } from './records.js'
import { MessageStream } from './sip-stream.js'
import { TcpLayer, type Direction } from './tcp.js'

/** Addresses that have spoken SIP, so that their keep-alives and garbage are seen too; beyond it the first are forgotten. */
const SPEAKERS_MAX = 65_536

export interface DissectorOptions {
  /** Octets as text, one character an octet. */
  readonly text: (octets: Octets, start: number, end: number) => Bytes
  readonly message: (message: CapturedMessage) => void
  /** Known to speak SIP before they do. */
  readonly speakers?: readonly Address[]
}

export class Dissector implements RecordSink {
  records = 0
  messages = 0
  /** Link types that cannot be read, and how many records had them. */
  readonly unknownLinks = new Map<number, number>()
  readonly #addresses = new Addresses()
  readonly #speakers = new Set<Address>()
  readonly #ends = new WeakMap<Direction, { readonly source: Address; readonly target: Address }>()
  readonly #ip: IpLayer
  readonly #tcp: TcpLayer
  readonly #hepPackets = new MessageStream()
  #now: Milliseconds = 0

  constructor(private readonly options: DissectorOptions) {
    for (const address of options.speakers ?? []) this.#speak(this.#addresses.of(address))
    this.#tcp = new TcpLayer((direction, octets, start, end, at) =>
      this.#stream(direction, octets, start, end, at),
    )
    this.#ip = new IpLayer({
      datagram: (envelope, ports, octets, start, end) => this.#datagram(envelope, ports, octets, start, end),
      segment: (envelope, octets, start, end) => {
        const { isSix, at } = envelope
        const name = isSix ? ipv6Text : ipv4Text
        const from = name(envelope.octets, at + (isSix ? 8 : 12))
        const to = name(envelope.octets, at + (isSix ? 24 : 16))
        this.#tcp.segment({ from, to }, octets, start, end, this.#now)
      },
    })
  }

  /** Datagrams whose fragments did not all come. */
  get incomplete(): number {
    return this.#ip.fragments.incomplete
  }

  /** Octets of SIP connections that belong to no whole message. */
  get dropped(): number {
    return this.#tcp.dropped
  }

  record(at: Milliseconds, link: number, octets: Octets, start: number, end: number): void {
    this.records++
    this.#now = at
    this.#ip.now = at
    const ip = ipStart(link, octets, start, end)
    if (ip >= 0) this.#ip.packet(octets, ip, end)
    else if (ip === UNKNOWN_LINK) this.unknownLinks.set(link, (this.unknownLinks.get(link) ?? 0) + 1)
  }

  /** HEP packets one behind the other, cut anywhere. */
  hepStream(octets: Octets): void {
    for (const bytes of this.#hepPackets.push(this.options.text(octets, 0, octets.length))) {
      this.records++
      const packet = octetsOf(bytes)
      this.#hep(packet, 0, packet.length)
    }
  }

  /** The capture has ended. */
  finish(): void {
    this.#tcp.finish()
    this.#ip.fragments.finish()
  }

  #datagram(envelope: Envelope, ports: number, octets: Octets, start: number, end: number): void {
    if (isHep(octets, start, end)) return this.#hep(octets, start, end)
    const source = sourceOf(envelope, ports >>> 16, this.#addresses)
    const target = targetOf(envelope, ports & 0xffff, this.#addresses)
    if (guess(octets, start, end) === 'sip') {
      this.#speak(source)
      this.#speak(target)
    } else if (!this.#speakers.has(source) && !this.#speakers.has(target)) return
    const bytes = this.options.text(octets, start, end)
    const isSip = hasStartLine(bytes)
    this.#found({ at: this.#now, frame: this.records, transport: 'udp', source, target, bytes, isSip })
  }

  #stream(direction: Direction, octets: Octets, start: number, end: number, at: Milliseconds): void {
    for (const bytes of direction.stream.push(this.options.text(octets, start, end))) {
      if (bytes.startsWith('HEP3')) {
        const packet = octetsOf(bytes)
        this.#hep(packet, 0, packet.length)
        continue
      }
      const { source, target } = this.#endsOf(direction)
      const isSip = hasStartLine(bytes)
      this.#found({ at, frame: this.records, transport: 'tcp', source, target, bytes, isSip })
    }
  }

  #hep(octets: Octets, start: number, end: number): void {
    const packet = readHep(octets, start, end, this.#addresses)
    if (packet === undefined || guess(octets, packet.start, packet.end) !== 'sip') return
    const { transport, source, target } = packet
    const bytes = this.options.text(octets, packet.start, packet.end)
    const at = packet.at ?? this.#now
    const isSip = hasStartLine(bytes)
    this.#found({ at, frame: this.records, transport, source, target, bytes, isSip })
  }

  #endsOf(direction: Direction): { readonly source: Address; readonly target: Address } {
    let ends = this.#ends.get(direction)
    if (ends === undefined) {
      const [source, target] = direction.key.split(' ').map((text) => this.#addresses.parsed(text))
      ends = { source: source!, target: target! }
      this.#ends.set(direction, ends)
    }
    return ends
  }

  #found(message: CapturedMessage): void {
    if (message.isSip) this.messages++
    this.options.message(message)
  }

  #speak(address: Address): void {
    if (this.#speakers.has(address)) return
    const [first] = this.#speakers
    if (this.#speakers.size >= SPEAKERS_MAX) this.#speakers.delete(first!)
    this.#speakers.add(address)
  }
}

function octetsOf(bytes: Bytes): Octets {
  return Uint8Array.from(bytes, (octet) => octet.charCodeAt(0))
}
