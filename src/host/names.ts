// Who is at which address: our own parties, and strangers that were introduced (programs of their own), so that the log
// has one wire entry a packet and names both ends.

import type { Address, Transport } from '../endpoint.js'

export class Names {
  readonly #own = new Map<string, string>()
  readonly #strangers = new Map<string, string>()

  take(transport: Transport, at: Address, name: string): void {
    this.#own.set(keyOf(transport, at), name)
  }

  giveBack(transport: Transport, at: Address): void {
    this.#own.delete(keyOf(transport, at))
  }

  /** A stranger's address. Over streams it calls from any port of it. */
  introduce(transport: Transport, at: Address, name: string): void {
    this.#strangers.set(keyOf(transport, at), name)
    if (transport !== 'udp') this.#strangers.set(keyOf(transport, { ...at, port: 0 }), name)
  }

  isOwn(transport: Transport, at: Address): boolean {
    return this.#own.has(keyOf(transport, at))
  }

  /** Whoever is there; undefined: somebody unknown. */
  at(transport: Transport, at: Address): string | undefined {
    const key = keyOf(transport, at)
    const known = this.#own.get(key) ?? this.#strangers.get(key)
    return (
      known ?? (transport === 'udp' ? undefined : this.#strangers.get(keyOf(transport, { ...at, port: 0 })))
    )
  }
}

function keyOf(transport: Transport, { address, port }: Address): string {
  return `${transport}:${address}:${port}`
}
