// Stream connections of a phone: chunks become messages, keep-alives are answered, what is no SIP ends the connection.

import type { Bytes, Output, Packet } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { StreamFramer } from '../sip/framing.js'

/** Stream connections that may hold half a message at once; beyond it the oldest is closed. */
const STREAMS_MAX = 1000

/** What is done with a stream's contents. */
export interface StreamUser {
  message(bytes: Bytes, packet: Packet): void
  keepAlive(packet: Packet): void
  broken(reason: string, bytes: Bytes): void
  output(output: Output): void
}

export class Streams {
  readonly #framers = new Map<number, StreamFramer>()

  constructor(private readonly user: StreamUser) {}

  receive(packet: Packet): void {
    const connection = packet.connection ?? 0
    for (const frame of this.#framer(connection).push(packet.bytes)) {
      if (typeof frame === 'string') this.user.message(frame, packet)
      else if (!(frame instanceof Malformed)) this.user.keepAlive(packet)
      else {
        this.user.broken(frame.reason, packet.bytes)
        this.#end(connection)
      }
    }
  }

  closed(connection: number): void {
    this.#framers.delete(connection)
  }

  #framer(connection: number): StreamFramer {
    const known = this.#framers.get(connection)
    if (known !== undefined) return known
    const [oldest] = this.#framers.keys()
    if (this.#framers.size >= STREAMS_MAX && oldest !== undefined) this.#end(oldest)
    const framer = new StreamFramer()
    this.#framers.set(connection, framer)
    return framer
  }

  #end(connection: number): void {
    this.#framers.delete(connection)
    this.user.output({ type: 'close', connection })
  }
}
