// Who is at which address: our own parties, and strangers that were introduced (programs of their own), so that the log
// has one wire entry a packet and names both ends.

import type { Address, Bytes, Packet, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { arrivesWhole, StreamFramer } from '../sip/framing.js'

export class Names {
  readonly #own = new Map<string, string>()
  readonly #strangers = new Map<string, string>()
  /** By connection; undefined: what came is no SIP, nothing is cut any more. Few: of introduced strangers only. */
  readonly #framers = new Map<number, StreamFramer | undefined>()

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

  /**
   * A stranger's packet as the log has it: of one that was introduced a message each, as our own are, however its stream
   * brought them; of anybody else what came.
   */
  said(
    remote: Address,
    { transport, bytes, connection }: Packet,
  ): { from: string | undefined; pieces: readonly Bytes[] } {
    const from = this.at(transport, remote)
    const isCut = from !== undefined && connection !== undefined && !arrivesWhole(transport)
    return { from, pieces: isCut ? this.#cut(connection, bytes) : [bytes] }
  }

  #cut(connection: number, bytes: Bytes): readonly Bytes[] {
    const framer = this.#framers.has(connection) ? this.#framers.get(connection) : new StreamFramer()
    this.#framers.set(connection, framer)
    if (framer === undefined) return [bytes]
    const frames = framer.push(bytes)
    if (!frames.some((frame) => frame instanceof Malformed))
      return frames.map((frame) => (typeof frame === 'string' ? frame : KEEP_ALIVE))
    this.#framers.set(connection, undefined)
    return [bytes]
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

const KEEP_ALIVE = '\r\n\r\n'

function keyOf(transport: Transport, { address, port }: Address): string {
  return `${transport}:${address}:${port}`
}
