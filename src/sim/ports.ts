// Ephemeral ports of the simulated machines, in turn (RFC 6335 §6: 49152-65535).

const PORT_MIN = 49152
const PORTS = 65536 - PORT_MIN

export class Ports {
  readonly #taken = new Map<string, Set<number>>()
  #next = 0

  /** A port of this address that no connection has and that `isFree`. When all are taken, one is shared. */
  take(address: string, isFree: (port: number) => boolean): number {
    let taken = this.#taken.get(address)
    if (taken === undefined) this.#taken.set(address, (taken = new Set()))
    let port = PORT_MIN + (this.#next++ % PORTS)
    for (let tries = 1; tries < PORTS && (taken.has(port) || !isFree(port)); tries++)
      port = PORT_MIN + (this.#next++ % PORTS)
    taken.add(port)
    return port
  }

  free(address: string, port: number): void {
    this.#taken.get(address)?.delete(port)
  }
}
