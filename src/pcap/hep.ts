// HEP version 3: SIP that a proxy sends, with the addresses and the time it had, to whoever collects (the generic
// chunks of HEP's specification; a chunk is vendor, type, length, content).

import type { Address, Milliseconds, Transport } from '../endpoint.js'
import { type Addresses, ipv4Text, ipv6Text } from './addresses.js'
import { u16, u32, type Octets } from './octets.js'

const MAGIC = 0x48455033
const CHUNK = {
  PROTOCOL: 2,
  SOURCE_4: 3,
  TARGET_4: 4,
  SOURCE_6: 5,
  TARGET_6: 6,
  SOURCE_PORT: 7,
  TARGET_PORT: 8,
} as const
const SECONDS = 9
const MICROSECONDS = 10
const PAYLOAD = 15
const HEADER_OCTETS = 6
const TCP = 6

export interface HepPacket {
  /** Since 1970; undefined when it does not say. */
  readonly at: Milliseconds | undefined
  readonly transport: Transport
  readonly source: Address
  readonly target: Address
  /** Where the payload stands. */
  readonly start: number
  readonly end: number
}

export function isHep(octets: Octets, start: number, end: number): boolean {
  return start + HEADER_OCTETS <= end && u32(octets, start) === MAGIC
}

/** The packet in octets[start, end); undefined when it has no payload or its lengths do not fit. */
export function readHep(
  octets: Octets,
  start: number,
  end: number,
  addresses: Addresses,
): HepPacket | undefined {
  const stop = Math.min(end, start + u16(octets, start + 4))
  let transport: Transport = 'udp'
  let [source, target, sourcePort, targetPort] = ['', '', 0, 0]
  let [seconds, micros, payload, payloadEnd] = [-1, 0, -1, -1]
  for (let at = start + HEADER_OCTETS; at + 6 <= stop;) {
    const length = u16(octets, at + 4)
    const content = at + 6
    const next = at + length
    if (length < 6 || next > stop) return undefined
    const type = u16(octets, at) === 0 ? u16(octets, at + 2) : -1
    const size = length - 6
    if (type === CHUNK.PROTOCOL && size === 1) transport = octets[content] === TCP ? 'tcp' : 'udp'
    else if (type === CHUNK.SOURCE_4 && size === 4) source = ipv4Text(octets, content)
    else if (type === CHUNK.TARGET_4 && size === 4) target = ipv4Text(octets, content)
    else if (type === CHUNK.SOURCE_6 && size === 16) source = ipv6Text(octets, content)
    else if (type === CHUNK.TARGET_6 && size === 16) target = ipv6Text(octets, content)
    else if (type === CHUNK.SOURCE_PORT && size === 2) sourcePort = u16(octets, content)
    else if (type === CHUNK.TARGET_PORT && size === 2) targetPort = u16(octets, content)
    else if (type === SECONDS && size === 4) seconds = u32(octets, content)
    else if (type === MICROSECONDS && size === 4) micros = u32(octets, content)
    else if (type === PAYLOAD) [payload, payloadEnd] = [content, next]
    at = next
  }
  if (payload < 0 || source === '' || target === '') return undefined
  return {
    at: seconds < 0 ? undefined : seconds * 1000 + micros / 1000,
    transport,
    source: addresses.of({ address: source, port: sourcePort }),
    target: addresses.of({ address: target, port: targetPort }),
    start: payload,
    end: payloadEnd,
  }
}
