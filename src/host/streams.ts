// The stream connections of a driver over all transports, numbered together.

import type { Transport } from '../endpoint.js'
import { assert } from '../errors.js'
import { streamKinds, TLS_DEFAULTS, type TlsSettings } from './stream-kinds.js'
import { Tcp, TCP_LIMITS, type TcpEvents, type TcpLimits } from './tcp.js'

export class Streams {
  readonly #byTransport: ReadonlyMap<Transport, Tcp>
  #next = 1

  constructor(limits: TcpLimits = TCP_LIMITS, tls: TlsSettings = TLS_DEFAULTS) {
    const kinds = streamKinds(tls)
    this.#byTransport = new Map(kinds.map((kind) => [kind.transport, new Tcp(limits, kind, this.nextNumber)]))
  }

  readonly nextNumber = (): number => this.#next++

  of(transport: Transport): Tcp {
    const streams = this.#byTransport.get(transport)
    assert(streams !== undefined, `${transport} has no streams`)
    return streams
  }

  /** Ends a party's listeners and connections; resolves when its ports are free. */
  async detach(events: TcpEvents): Promise<void> {
    await Promise.all([...this.#byTransport.values()].map((streams) => streams.detach(events)))
  }

  /** Ends a party's connections as if others had; returns how many. */
  cut(events: TcpEvents, reset: boolean): number {
    return [...this.#byTransport.values()].reduce((sum, streams) => sum + streams.cut(events, reset), 0)
  }

  /** Closes a connection of a party, whichever transport it has. */
  close(events: TcpEvents, connection: number): void {
    for (const streams of this.#byTransport.values()) streams.close(events, connection)
  }
}
