// Messages out of a stream (RFC 3261 §18.3, §7.5; RFC 5626 §3.5.1 keep-alives). A chunk may end anywhere.

import type { Bytes, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { announcedLength, MESSAGE_LENGTH_MAX } from './message.js'

/** A whole message's text, a keep-alive that asks for an answer ('ping'), or the mistake that ends the stream. */
export type Frame = Bytes | Malformed | { readonly kind: 'ping' }

/** Is a packet of this transport a whole message: a datagram, or a WebSocket frame (RFC 7118 §5)? */
export function arrivesWhole(transport: Transport): boolean {
  return transport === 'udp' || transport === 'ws' || transport === 'wss'
}

export class StreamFramer {
  #buffer = ''
  /** How far the buffer is known to hold no end of headers. */
  #searched = 0
  /** Length of the message at the buffer's start, once its headers are complete. */
  #wanted: number | undefined
  #broken = false

  /** Octets held back: at most one message. */
  get pending(): number {
    return this.#buffer.length
  }

  /** Takes a chunk; returns what is complete, in order. Behind a Malformed nothing more comes out. */
  push(chunk: Bytes): Frame[] {
    const frames: Frame[] = []
    if (this.#broken) return frames
    this.#buffer += chunk
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      frames.push(frame)
      if (frame instanceof Malformed) {
        this.#broken = true
        this.#buffer = ''
        break
      }
    }
    return frames
  }

  #next(): Frame | undefined {
    if (this.#wanted === undefined) {
      const skipped = this.#skipLineEnds()
      if (skipped !== undefined) return skipped
      const found = this.#headersEnd()
      if (typeof found !== 'number') return found
      const length = announcedLength(this.#buffer.slice(0, found))
      // RFC 3261 §18.3: on a stream Content-Length is a must.
      if (length === undefined) return new Malformed(found, 'no Content-Length on a stream')
      if (length instanceof Malformed) return length
      if (found + length > MESSAGE_LENGTH_MAX)
        return new Malformed(0, `message longer than ${MESSAGE_LENGTH_MAX} octets`, 513)
      this.#wanted = found + length
    }
    if (this.#buffer.length < this.#wanted) return undefined
    const message = this.#buffer.slice(0, this.#wanted)
    this.#buffer = this.#buffer.slice(this.#wanted)
    this.#wanted = undefined
    this.#searched = 0
    return message
  }

  /** CRLFs between messages are skipped; a double one asks for an answer. */
  #skipLineEnds(): Frame | undefined {
    const [blank] = /^(?:\r?\n)*/.exec(this.#buffer)!
    if (blank === '') return undefined
    this.#buffer = this.#buffer.slice(blank.length)
    this.#searched = 0
    return blank.includes('\r\n\r\n') ? { kind: 'ping' } : this.#skipLineEnds()
  }

  /** Where the body begins; undefined while the headers are incomplete. */
  #headersEnd(): number | Malformed | undefined {
    const from = Math.max(0, this.#searched - 3)
    const crlf = this.#buffer.indexOf('\r\n\r\n', from)
    const lf = this.#buffer.indexOf('\n\n', from)
    if (crlf >= 0 && (lf < 0 || crlf < lf)) return crlf + 4
    if (lf >= 0) return lf + 2
    this.#searched = this.#buffer.length
    if (this.#buffer.length > MESSAGE_LENGTH_MAX)
      return new Malformed(0, `headers longer than ${MESSAGE_LENGTH_MAX} octets`, 513)
    return undefined
  }
}
