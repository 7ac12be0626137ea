// NATs of the virtual network, for UDP: a party inside is seen at a port of the NAT's address, and reached there from
// where it has sent to, as long as something passes (RFC 4787: endpoint-independent mapping, address- and
// port-dependent filtering). Its own address leads nowhere outside.

import type { Address, Milliseconds } from '../endpoint.js'
import { canonicalAddress } from './world.js'

const FIRST_PORT = 40_000

interface Box {
  readonly outside: string
  /** A mapping that nothing used for so long is forgotten. */
  readonly forgetsMs: Milliseconds
}

interface Mapping {
  readonly inside: Address
  readonly outside: Address
  readonly forgetsMs: Milliseconds
  /** "address:port" that it was used for. */
  readonly peers: Set<string>
  usedAt: Milliseconds
}

/** Where a datagram leads: to an address, or nowhere. */
export type Way = Address | 'nowhere'

export class Nats {
  /** By the address inside. */
  readonly #boxes = new Map<string, Box>()
  readonly #outsides = new Set<string>()
  readonly #byInside = new Map<string, Mapping>()
  readonly #byOutside = new Map<string, Mapping>()
  #nextPort = FIRST_PORT

  /** What has the address `inside` is seen as `outside` from now on. */
  hide(inside: string, outside: string, forgetsMs: Milliseconds): void {
    this.#boxes.set(canonicalAddress(inside), { outside, forgetsMs })
    this.#outsides.add(canonicalAddress(outside))
  }

  /** The source of a datagram as its receiver sees it. */
  source(local: Address, remote: Address, now: Milliseconds): Address {
    if (this.#boxes.size === 0) return local
    const box = this.#boxes.get(canonicalAddress(local.address))
    if (box === undefined) return local
    const mapping = this.#fresh(keyOf(local), now) ?? this.#map(local, box, now)
    mapping.peers.add(keyOf(remote))
    mapping.usedAt = now
    return mapping.outside
  }

  /** Where a datagram for `remote` arrives when it comes from `source`. */
  target(remote: Address, source: Address, now: Milliseconds): Way {
    if (this.#boxes.size === 0) return remote
    if (this.#boxes.has(canonicalAddress(remote.address))) return 'nowhere'
    if (!this.#outsides.has(canonicalAddress(remote.address))) return remote
    const mapping = this.#byOutside.get(keyOf(remote))
    if (mapping === undefined || isForgotten(mapping, now) || !mapping.peers.has(keyOf(source)))
      return 'nowhere'
    mapping.usedAt = now
    return mapping.inside
  }

  #fresh(inside: string, now: Milliseconds): Mapping | undefined {
    const mapping = this.#byInside.get(inside)
    return mapping === undefined || isForgotten(mapping, now) ? undefined : mapping
  }

  #map(inside: Address, { outside, forgetsMs }: Box, now: Milliseconds): Mapping {
    const address = { address: outside, port: this.#nextPort++ }
    const mapping = { inside, outside: address, forgetsMs, peers: new Set<string>(), usedAt: now }
    this.#byInside.set(keyOf(inside), mapping)
    this.#byOutside.set(keyOf(address), mapping)
    return mapping
  }
}

function isForgotten({ usedAt, forgetsMs }: Mapping, now: Milliseconds): boolean {
  return now - usedAt > forgetsMs
}

function keyOf({ address, port }: Address): string {
  return `${canonicalAddress(address)}:${port}`
}
