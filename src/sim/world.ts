// What the parts of the simulated world share: the clock, what is planned, the faults, who listens where, the log.

import type { Listen } from '../driver.js'
import type { Address, Endpoint, Input, Milliseconds, Send, Transport } from '../endpoint.js'
import { UsageError } from '../errors.js'
import type { OpenWireEntry, Recorder } from './recorder.js'
import type { Agenda } from './agenda.js'
import type { Faults } from './faults.js'

/** An endpoint on the network. */
export interface Party {
  readonly name: string
  readonly endpoint: Endpoint
  readonly listens: readonly Listen[]
  /** Its deadline as of its last step; Infinity: none. */
  deadline: Milliseconds
  /** False once it has been taken off the network: it is given nothing any more. */
  attached: boolean
}

export interface World {
  now: Milliseconds
  readonly agenda: Agenda
  readonly faults: Faults
  readonly places: Places
  readonly recorder: Recorder
  /** Gives a party an input now, and carries out what it answers. */
  step(party: Party, input: Input): void
}

/** Where a party listens. */
export interface Place {
  readonly party: Party
  readonly listen: Listen
}

/** Who listens where. */
export class Places {
  readonly #byAddress = new Map<string, Map<number, Place[]>>()

  add(party: Party, listen: Listen): void {
    const other = this.at(listen.transport, listen)
    if (other !== undefined) {
      const place = `${listen.transport}:${listen.address}:${listen.port}`
      throw new UsageError(`${place} is taken by ${other.party.name}: give ${party.name} another address`)
    }
    const address = canonicalAddress(listen.address)
    let ports = this.#byAddress.get(address)
    if (ports === undefined) this.#byAddress.set(address, (ports = new Map<number, Place[]>()))
    const places = ports.get(listen.port)
    if (places === undefined) ports.set(listen.port, [{ party, listen }])
    else places.push({ party, listen })
  }

  at(transport: Transport, { address, port }: Address): Place | undefined {
    const places = this.#byAddress.get(canonicalAddress(address))?.get(port)
    if (places === undefined) return undefined
    for (const place of places) if (place.listen.transport === transport) return place
    return undefined
  }

  /** Nobody finds the party any more. */
  remove(party: Party): void {
    for (const ports of this.#byAddress.values())
      for (const [port, places] of ports) {
        const others = places.filter((place) => place.party !== party)
        if (others.length > 0) ports.set(port, others)
        else ports.delete(port)
      }
  }
}

/** Enters a packet into the log; undefined when nobody wants to know. */
export function enterWire(
  { now, recorder }: World,
  { name }: Party,
  { transport, local, remote, bytes }: Pick<Send, 'transport' | 'local' | 'remote' | 'bytes'>,
  fate: OpenWireEntry['fate'],
  to: string | undefined,
): OpenWireEntry | undefined {
  if (!recorder.wires) return undefined
  const entry: OpenWireEntry =
    to === undefined
      ? { kind: 'wire', at: now, from: name, transport, source: local, target: remote, bytes, fate }
      : { kind: 'wire', at: now, from: name, to, transport, source: local, target: remote, bytes, fate }
  recorder.wire(entry)
  return entry
}

const CANONICAL_MAX = 10_000
const canonicalForms = new Map<string, string>()

/** One text for an IPv6 address, however it was written (RFC 5952); other addresses as they are. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  const known = canonicalForms.get(address)
  if (known !== undefined) return known
  if (canonicalForms.size >= CANONICAL_MAX) canonicalForms.clear()
  const form = URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname : address
  canonicalForms.set(address, form)
  return form
}
