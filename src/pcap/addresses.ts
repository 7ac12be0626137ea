// IP addresses as texts, each made once: a capture has few addresses and many packets.

import type { Address } from '../endpoint.js'
import { u16, u32, type Octets } from './octets.js'

/** Beyond it the tables start again: addresses then are made twice, and memory stays bounded. */
const ADDRESSES_MAX = 65_536

export class Addresses {
  readonly #four = new Map<number, Address>()
  readonly #six = new Map<string, Address>()

  /** The IPv4 address at octets[at] with a port. */
  four(octets: Octets, at: number, port: number): Address {
    const key = u32(octets, at) * 65_536 + port
    let address = this.#four.get(key)
    if (address === undefined) {
      if (this.#four.size >= ADDRESSES_MAX) this.#four.clear()
      address = { address: ipv4Text(octets, at), port }
      this.#four.set(key, address)
    }
    return address
  }

  /** The IPv6 address at octets[at] with a port. */
  six(octets: Octets, at: number, port: number): Address {
    const text = ipv6Text(octets, at)
    return this.named(text, port)
  }

  /** The one object for an address that was made elsewhere. */
  of({ address, port }: Address): Address {
    const parts = address.split('.').map(Number)
    return parts.length === 4 ? this.four(Uint8Array.from(parts), 0, port) : this.named(address, port)
  }

  /** "10.0.0.1:5060", the port behind the last colon. */
  parsed(text: string): Address {
    const colon = text.lastIndexOf(':')
    return this.of({ address: text.slice(0, colon), port: Number(text.slice(colon + 1)) })
  }

  /** An address that came as text. */
  named(text: string, port: number): Address {
    const key = `${text} ${port}`
    let address = this.#six.get(key)
    if (address === undefined) {
      if (this.#six.size >= ADDRESSES_MAX) this.#six.clear()
      address = { address: text, port }
      this.#six.set(key, address)
    }
    return address
  }
}

export function ipv4Text(octets: Octets, at: number): string {
  return `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zeros as "::". */
export function ipv6Text(octets: Octets, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => u16(octets, at + 2 * index))
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.start < 0) return hex.join(':')
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`
}
