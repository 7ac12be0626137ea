// UDP on the virtual network: a datagram arrives whole, later, twice or not at all.
//
// Who gets it is decided when it arrives: a proxy that was started again meanwhile gets what was sent to its
// predecessor. A datagram that nobody listens for is dropped without a word, as behind most firewalls, unless its
// address was told to answer with ICMP port unreachable (RFC 792).

import type { Address, Bytes, Send } from '../endpoint.js'
import { Nats } from './nat.js'
import type { OpenWireEntry } from './recorder.js'
import { canonicalAddress, enterWire, type Party, type Place, type World } from './world.js'

/** The most octets that fit into a datagram: 65535 less 20 of IPv4 and 8 of UDP. */
export const DATAGRAM_BYTES_MAX = 65507

export class Datagrams {
  readonly nats = new Nats()
  readonly #world: World
  /** "address:port" that answer with ICMP, listened at or not. */
  readonly #closedPorts = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  /** Datagrams to this address and port bounce from now on. */
  bounceAt(address: Address): void {
    this.#closedPorts.add(keyOf(address))
  }

  send(party: Party, send: Send): void {
    const world = this.#world
    const { remote, bytes } = send
    const local = this.nats.source(send.local, remote, world.now)
    const seen = { ...send, local }
    // As a real socket says (EMSGSIZE): at once, and whoever listens.
    if (bytes.length > DATAGRAM_BYTES_MAX) {
      enterWire(world, party, seen, 'unreachable', undefined)
      return this.#unreachable(party, send.local, remote, 0)
    }
    const target = this.#placeOf(remote, local)
    if (target === undefined || this.#bounces(remote))
      return this.#bounce(party, send, seen, target?.party.name)
    const { name } = target.party
    const fate = world.faults.fate(party.name, name, bytes)
    if (fate.length === 0) enterWire(world, party, seen, 'lost', name)
    for (let copy = 0; copy < fate.length; copy++) {
      const entry = enterWire(world, party, seen, copy === 0 ? 'delivered' : 'duplicate', name)
      world.agenda.plan(world.now + fate[copy]!, () => this.#arrive(remote, local, bytes, entry))
    }
  }

  #arrive(remote: Address, source: Address, bytes: Bytes, entry: OpenWireEntry | undefined): void {
    const place = this.#placeOf(remote, source)
    if (place === undefined) {
      if (entry !== undefined) entry.fate = 'unreachable'
      return
    }
    if (entry !== undefined) entry.arrived = this.#world.now
    const { party, listen } = place
    this.#world.step(party, { type: 'packet', transport: 'udp', local: listen, remote: source, bytes })
  }

  #placeOf(remote: Address, source: Address): Place | undefined {
    const way = this.nats.target(remote, source, this.#world.now)
    return way === 'nowhere' ? undefined : this.#world.places.at('udp', way)
  }

  #bounces(remote: Address): boolean {
    return this.#closedPorts.size > 0 && this.#closedPorts.has(keyOf(remote))
  }

  #bounce(party: Party, send: Send, seen: Send, to: string | undefined): void {
    enterWire(this.#world, party, seen, 'unreachable', to)
    if (!this.#bounces(send.remote)) return
    const { faults } = this.#world
    const there = to ?? ''
    const roundTripMs = faults.travelMs(party.name, there) + faults.travelMs(there, party.name)
    this.#unreachable(party, send.local, send.remote, roundTripMs)
  }

  #unreachable(party: Party, local: Address, remote: Address, delayMs: number): void {
    const { agenda, now } = this.#world
    agenda.plan(now + delayMs, () =>
      this.#world.step(party, { type: 'unreachable', transport: 'udp', local, remote }),
    )
  }
}

function keyOf({ address, port }: Address): string {
  return `${canonicalAddress(address)}:${port}`
}
