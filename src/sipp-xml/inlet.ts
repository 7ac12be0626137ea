// What arrives, cut into messages: datagrams as they are, streams by their framing; keep-alives and what is no SIP at
// all are left out.

import type { Bytes, Packet } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { StreamFramer } from '../sip/framing.js'
import { MESSAGE_LENGTH_MAX } from './sizes.js'

const CONNECTIONS_MAX = 60_000

export class Inlet {
  readonly #framers = new Map<number, StreamFramer>()

  constructor(private readonly complain: (text: string) => void) {}

  /** The messages that a packet completes. */
  messages({ transport, bytes, connection }: Packet): readonly Bytes[] {
    if (transport === 'udp' || connection === undefined) return this.#isMessage(bytes) ? [bytes] : []
    let framer = this.#framers.get(connection)
    if (framer === undefined) {
      if (this.#framers.size >= CONNECTIONS_MAX) return []
      this.#framers.set(connection, (framer = new StreamFramer()))
    }
    const messages: Bytes[] = []
    for (const frame of framer.push(bytes)) {
      if (typeof frame === 'string') {
        if (this.#isMessage(frame)) messages.push(frame)
      } else if (frame instanceof Malformed) this.complain(`a stream that is no SIP: ${frame.reason}`)
    }
    return messages
  }

  closed(connection: number): void {
    this.#framers.delete(connection)
  }

  #isMessage(bytes: Bytes): boolean {
    const end = bytes.indexOf('\n')
    const first = bytes.slice(0, end < 0 ? 1000 : end)
    if (first.includes('SIP/2.0') && bytes.length <= MESSAGE_LENGTH_MAX) return true
    if (bytes.trim() !== '' && !/^\0*$/.test(bytes.slice(0, 4)))
      this.complain(`non SIP message discarded: "${first.slice(0, 200)}" (${bytes.length} octets)`)
    return false
  }
}
