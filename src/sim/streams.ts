// Stream connections of the virtual network (TCP and what runs over it): numbered, in order, reliable until closed.
//
// A connection takes a round trip to open; what is sent meanwhile waits. Nothing is lost while it lives: over a link
// that is down everything waits until it is back, and opening gives up after CONNECT_TIMEOUT_MS. Who closes is not
// told so; the other end gets what was on its way, then `closed`. A cut from outside loses what is on its way, and
// both ends are told. Each end has its own number, so that a party may connect to itself. A connection that a party has
// opened is used again for the same remote and our same address; one that it has accepted, for that remote.

import type { Address, Bytes, Closed, Milliseconds, Send, Transport } from '../endpoint.js'
import type { OpenWireEntry } from './recorder.js'
import type { Random } from '../random.js'
import { arrivesWhole } from '../sip/framing.js'
import { Ports } from './ports.js'
import { canonicalAddress, enterWire, type Party, type World } from './world.js'

export const CONNECT_TIMEOUT_MS = 10_000

interface Chunk {
  readonly bytes: Bytes
  readonly entry: OpenWireEntry | undefined
}

/** What travels on a connection: octets, or its end in this direction. */
type Segment = Chunk | 'end'

interface Connection {
  readonly transport: Transport
  readonly openedAt: Milliseconds
  /** Who is called, as far as it was known when the connection was opened; else empty. */
  readonly calls: string
  readonly caller: End
  state: 'opening' | 'open' | 'closed'
}

interface End {
  readonly id: number
  readonly party: Party
  readonly address: Address
  readonly remote: Address
  readonly connection: Connection
  /** What it is found by. */
  readonly key: string
  /** The other end; undefined while the connection is being opened. */
  peer: End | undefined
  /** It is told nothing any more: it has closed, or has been told the end. */
  ended: boolean
  /** On its way to this end, in order; while opening: what the caller has to send. */
  readonly queue: Segment[]
  /** When the last of it arrives. */
  lastArrival: Milliseconds
  /** Arrivals that wait for the link to come back. */
  waiting: number
  /** Arrived, and to be cut anew. */
  inbox: Bytes
  endsAfterInbox: boolean
}

export class Streams {
  readonly #world: World
  readonly #random: Random
  readonly #chunkMax: number | undefined
  readonly #ends = new Map<number, End>()
  readonly #byRemote = new Map<string, End>()
  readonly #ports = new Ports()
  /** Connections that cannot open, and ends that cannot be reached, while a link is down. */
  readonly #blockedOpenings = new Set<Connection>()
  readonly #blockedEnds = new Set<End>()
  #nextId = 1

  /** `chunkMax`: what arrives is glued and cut anew, into chunks of 1 to so many octets. */
  constructor(world: World, random: Random, chunkMax: number | undefined) {
    this.#world = world
    this.#random = random
    this.#chunkMax = chunkMax
  }

  send(party: Party, send: Send): void {
    const end = this.#endFor(party, send) ?? this.#connect(party, send)
    const { transport, calls } = end.connection
    const { bytes } = send
    const packet = { transport, local: end.address, remote: end.remote, bytes }
    const to = end.peer?.party.name ?? (calls === '' ? undefined : calls)
    this.#transmit(end, { bytes, entry: enterWire(this.#world, party, packet, 'delivered', to) })
  }

  /** The party is done with a connection: the other end gets what is on its way, then is told. */
  close(party: Party, id: number): void {
    const end = this.#ends.get(id)
    if (end === undefined || end.party !== party || end.ended) return
    this.#silence(end)
    this.#transmit(end, 'end')
  }

  /** Closes all connections of a party that leaves the network. */
  closeAll(party: Party): void {
    for (const end of [...this.#ends.values()]) if (end.party === party) this.close(party, end.id)
  }

  /** Ends all connections of a party from outside; both ends are told. Returns how many there were. */
  cut(party: Party, reason: 'closed' | 'reset'): number {
    const connections = new Set<Connection>()
    for (const end of this.#ends.values())
      if (end.party === party && !end.ended) connections.add(end.connection)
    for (const connection of connections) this.#destroy(connection, reason)
    return connections.size
  }

  /** A link has changed: what waited for one goes on, if it can. */
  linksChanged(): void {
    const { agenda, now, faults } = this.#world
    for (const connection of [...this.#blockedOpenings]) {
      this.#blockedOpenings.delete(connection)
      agenda.plan(now + this.#roundTripMs(connection), () => this.#answer(connection))
    }
    for (const end of [...this.#blockedEnds]) {
      if (this.#isCutOff(end)) continue
      this.#blockedEnds.delete(end)
      const at = now + faults.travelMs(end.peer!.party.name, end.party.name)
      end.lastArrival = Math.max(end.lastArrival, at)
      for (; end.waiting > 0; end.waiting--) agenda.plan(at, () => this.#arrive(end))
    }
  }

  // ---- opening ----

  #endFor(party: Party, { connection, transport, local, remote, channel }: Send): End | undefined {
    const numbered = connection === undefined ? undefined : this.#ends.get(connection)
    if (numbered !== undefined && numbered.party === party && !numbered.ended) return numbered
    if (channel !== undefined)
      return this.#byRemote.get(remoteKey(party, transport, remote, `${local.address} ${channel}`))
    return (
      this.#byRemote.get(remoteKey(party, transport, remote, local.address)) ??
      this.#byRemote.get(remoteKey(party, transport, remote))
    )
  }

  #connect(party: Party, { transport, local, remote, channel }: Send): End {
    const { places, now, agenda } = this.#world
    const { address } = local
    const isFree = (port: number): boolean => places.at(transport, { address, port }) === undefined
    const port = this.#ports.take(canonicalAddress(address), isFree)
    const calls = places.at(transport, remote)?.party.name ?? ''
    // Connection and end name each other: one of them has to be finished after the other is begun.
    const opening = { transport, openedAt: now, calls, state: 'opening' as const }
    const connection = opening as typeof opening & { caller: End; state: Connection['state'] }
    const from = channel === undefined ? address : `${address} ${channel}`
    connection.caller = this.#newEnd(party, { address, port }, remote, connection, from)
    const roundTripMs = Math.min(this.#roundTripMs(connection), CONNECT_TIMEOUT_MS)
    agenda.plan(now + roundTripMs, () => this.#answer(connection))
    return connection.caller
  }

  /** The answer to an opening arrives, or does not. */
  #answer(connection: Connection): void {
    const { places, now, agenda, faults } = this.#world
    const { caller, transport, openedAt, state, calls } = connection
    if (state !== 'opening') return
    if (now - openedAt >= CONNECT_TIMEOUT_MS) return this.#fail(connection, 'timeout')
    const place = places.at(transport, caller.remote)
    const name = place?.party.name ?? calls
    if (faults.isDown(caller.party.name, name) || faults.isDown(name, caller.party.name)) {
      this.#blockedOpenings.add(connection)
      agenda.plan(openedAt + CONNECT_TIMEOUT_MS, () => this.#fail(connection, 'timeout'))
    } else if (place === undefined) this.#fail(connection, 'refused')
    else this.#accept(connection, place.party)
  }

  #accept(connection: Connection, party: Party): void {
    const { caller } = connection
    const callee = this.#newEnd(party, caller.remote, caller.address, connection)
    connection.state = 'open'
    caller.peer = callee
    callee.peer = caller
    for (const segment of caller.queue.splice(0)) this.#ship(callee, segment)
  }

  #fail(connection: Connection, reason: 'timeout' | 'refused'): void {
    if (connection.state !== 'opening') return
    forget(connection.caller.queue, reason === 'refused' ? 'refused' : 'lost')
    this.#end(connection, [connection.caller], reason)
  }

  #roundTripMs({ caller, calls }: Connection): Milliseconds {
    const { faults } = this.#world
    return faults.travelMs(caller.party.name, calls) + faults.travelMs(calls, caller.party.name)
  }

  /** `from` is our address, and the channel if there is one, when we open it. */
  #newEnd(party: Party, address: Address, remote: Address, connection: Connection, from = ''): End {
    const key = remoteKey(party, connection.transport, remote, from)
    const end: End = {
      ...{ id: this.#nextId++, party, address, remote, connection, key, peer: undefined, ended: false },
      ...{ queue: [], lastArrival: 0, waiting: 0, inbox: '', endsAfterInbox: false },
    }
    this.#ends.set(end.id, end)
    this.#byRemote.set(key, end)
    return end
  }

  // ---- carrying ----

  #transmit(from: End, segment: Segment): void {
    if (from.connection.state === 'opening') from.queue.push(segment)
    else if (from.peer !== undefined) this.#ship(from.peer, segment)
  }

  #ship(to: End, segment: Segment): void {
    const { faults, agenda, now } = this.#world
    const from = to.peer!.party.name
    const { name } = to.party
    const travelMs =
      segment === 'end' ? faults.travelMs(from, name) : faults.chunkMs(from, name, segment.bytes)
    to.queue.push(segment)
    to.lastArrival = Math.max(to.lastArrival, now + travelMs)
    agenda.plan(to.lastArrival, () => this.#arrive(to))
  }

  /** Something arrives at an end: the oldest of what is on its way. */
  #arrive(to: End): void {
    if (to.connection.state === 'closed') return
    if (this.#isCutOff(to)) {
      to.waiting++
      this.#blockedEnds.add(to)
      return
    }
    const segment = to.queue.shift()
    if (segment === undefined) return
    if (segment !== 'end') return this.#receive(to, segment)
    if (to.inbox === '' || to.ended) this.#finish(to)
    else to.endsAfterInbox = true
  }

  #isCutOff(to: End): boolean {
    return this.#world.faults.isDown(to.peer!.party.name, to.party.name)
  }

  #receive(to: End, { bytes, entry }: Chunk): void {
    if (to.ended) {
      if (entry !== undefined) entry.fate = 'lost'
      return
    }
    if (entry !== undefined) entry.arrived = this.#world.now
    if (this.#chunkMax === undefined || arrivesWhole(to.connection.transport)) return this.#give(to, bytes)
    if (to.inbox === '') this.#world.agenda.plan(this.#world.now, () => this.#cutAnew(to))
    to.inbox += bytes
  }

  #cutAnew(to: End): void {
    if (to.ended) return
    const length = 1 + this.#random.below(this.#chunkMax ?? 1)
    const piece = to.inbox.slice(0, length)
    to.inbox = to.inbox.slice(length)
    if (to.inbox !== '') this.#world.agenda.plan(this.#world.now, () => this.#cutAnew(to))
    this.#give(to, piece)
    if (to.inbox === '' && to.endsAfterInbox) this.#finish(to)
  }

  #give({ party, id, address, remote, connection: { transport } }: End, bytes: Bytes): void {
    this.#world.step(party, { type: 'packet', transport, local: address, remote, bytes, connection: id })
  }

  // ---- ending ----

  /** The end of the connection has arrived at an end. */
  #finish(to: End): void {
    this.#end(to.connection, [to], 'closed')
  }

  #destroy(connection: Connection, reason: 'closed' | 'reset'): void {
    const { caller } = connection
    const ends = caller.peer === undefined ? [caller] : [caller, caller.peer]
    this.#end(connection, ends, reason)
  }

  /** Forgets a connection, then tells those ends that still listen: what they send now opens a new one. */
  #end(connection: Connection, ends: readonly End[], reason: Closed['reason']): void {
    const { agenda, now } = this.#world
    const told = ends.filter((end) => !end.ended)
    this.#discard(connection)
    const { transport } = connection
    for (const { party, id, remote } of told)
      agenda.plan(now, () =>
        this.#world.step(party, { type: 'closed', connection: id, transport, remote, reason }),
      )
  }

  #silence(end: End): void {
    end.ended = true
    if (this.#byRemote.get(end.key) === end) this.#byRemote.delete(end.key)
  }

  #discard(connection: Connection): void {
    const { caller } = connection
    connection.state = 'closed'
    this.#blockedOpenings.delete(connection)
    this.#ports.free(canonicalAddress(caller.address.address), caller.address.port)
    for (const end of [caller, caller.peer]) {
      if (end === undefined) continue
      this.#silence(end)
      forget(end.queue, 'lost')
      this.#blockedEnds.delete(end)
      this.#ends.delete(end.id)
    }
  }
}

/** What was on its way does not arrive. */
function forget(queue: Segment[], fate: 'lost' | 'refused'): void {
  for (const segment of queue.splice(0))
    if (segment !== 'end' && segment.entry !== undefined) segment.entry.fate = fate
}

function remoteKey(party: Party, transport: Transport, { address, port }: Address, from = ''): string {
  return `${party.name}\n${transport}\n${canonicalAddress(address)}:${port}\n${canonicalAddress(from)}`
}
