// Stream connections of the virtual network (TCP and what runs over it): numbered, in order, reliable until closed.

import type { Address, Milliseconds, Transport } from '../endpoint.js'

/** One end of a connection. */
export interface End {
  readonly party: string
  readonly address: Address
  /** When the last chunk sent to this end arrives: later ones not before it. */
  lastArrival: Milliseconds
}

export interface Connection {
  readonly id: number
  readonly transport: Transport
  /** Who opened it, and who accepted it. */
  readonly ends: readonly [End, End]
  open: boolean
}

const EPHEMERAL_PORT_MIN = 49152
const EPHEMERAL_PORTS = 16384

export class Streams {
  readonly #connections = new Map<number, Connection>()
  #nextId = 1

  open(
    transport: Transport,
    caller: { party: string; address: string },
    callee: { party: string; address: Address },
  ): Connection {
    const id = this.#nextId++
    const port = EPHEMERAL_PORT_MIN + (id % EPHEMERAL_PORTS)
    const ends: [End, End] = [
      { party: caller.party, address: { address: caller.address, port }, lastArrival: 0 },
      { party: callee.party, address: callee.address, lastArrival: 0 },
    ]
    const connection = { id, transport, ends, open: true }
    this.#connections.set(id, connection)
    return connection
  }

  /** A number for a connection that was never opened (refused). */
  reserve(): number {
    return this.#nextId++
  }

  byId(id: number | undefined): Connection | undefined {
    return id === undefined ? undefined : this.#connections.get(id)
  }

  /** An open connection of `party` whose other end is at `remote`. */
  to(party: string, transport: Transport, remote: Address): Connection | undefined {
    for (const connection of this.#connections.values())
      for (const side of [0, 1] as const)
        if (
          connection.ends[side].party === party &&
          connection.transport === transport &&
          connection.ends[1 - side]!.address.address === remote.address &&
          connection.ends[1 - side]!.address.port === remote.port
        )
          return connection
    return undefined
  }

  /** All connections that a party takes part in. */
  of(party: string): Connection[] {
    return [...this.#connections.values()].filter(({ ends }) => ends.some((end) => end.party === party))
  }

  close(connection: Connection): void {
    connection.open = false
    this.#connections.delete(connection.id)
  }
}
