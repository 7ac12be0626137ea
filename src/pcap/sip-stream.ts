// SIP messages out of one direction of a captured connection (RFC 3261 §18.3). A capture may begin in the middle of a
// message and lack pieces, so this reader looks for the next beginning where an endpoint would close the connection.

import type { Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { announcedLength, MESSAGE_LENGTH_MAX } from '../sip/message.js'

const BEGINNING = /^(?:SIP\/\d|[\w.%-]{1,32} [^\r\n]{1,4096} SIP\/\d\.\d *\r?\n)/i
/** Could more octets make a beginning of it? */
const UNDECIDED = /^(?:[\w./%-]{0,32}|[\w.%-]{1,32} [^\r\n]{0,4096}\r?)$/
const HEP_MAGIC = 'HEP3'
const HEP_HEADER_OCTETS = 6

export class MessageStream {
  /** Octets given up: no message began there, or its rest was missing. */
  dropped = 0
  #buffer = ''
  #searched = 0
  /** How much there must be before looking again is of use. */
  #wanted = 0

  /** Octets held back. */
  get pending(): number {
    return this.#buffer.length
  }

  /** Takes what follows; returns the messages (and HEP packets) that are whole now. */
  push(chunk: Bytes): Bytes[] {
    this.#buffer += chunk
    // Small pieces of a long message are not looked at one by one.
    if (this.#buffer.length < this.#wanted) return []
    const whole: Bytes[] = []
    for (let message = this.#next(); message !== undefined; message = this.#next()) whole.push(message)
    return whole
  }

  /** Something is missing here, or the stream ends: what was begun cannot be finished. */
  gap(): void {
    this.#drop()
  }

  #next(): Bytes | undefined {
    this.#buffer = this.#buffer.replace(/^[\r\n]+/, '')
    if (this.#buffer === '') return undefined
    if (this.#buffer.startsWith(HEP_MAGIC)) return this.#hep()
    if (!BEGINNING.test(this.#buffer)) {
      if (!UNDECIDED.test(this.#buffer)) this.#drop()
      return undefined
    }
    const end = this.#end()
    if (end === undefined || end > this.#buffer.length) {
      if ((end ?? this.#buffer.length) > MESSAGE_LENGTH_MAX) this.#drop()
      else this.#wanted = end ?? 0
      return undefined
    }
    return this.#take(end)
  }

  /** Where the first message ends; undefined while its headers are incomplete. */
  #end(): number | undefined {
    const from = Math.max(0, this.#searched - 3)
    const crlf = this.#buffer.indexOf('\r\n\r\n', from)
    const lf = this.#buffer.indexOf('\n\n', from)
    this.#searched = this.#buffer.length
    if (crlf < 0 && lf < 0) return undefined
    const head = crlf >= 0 && (lf < 0 || crlf < lf) ? crlf + 4 : lf + 2
    // Next time the end of the headers is found at once.
    this.#searched = head - 1
    const length = announcedLength(this.#buffer.slice(0, head))
    // Without a length the rest of what has come belongs to it: better than losing it.
    return length === undefined || length instanceof Malformed ? this.#buffer.length : head + length
  }

  #hep(): Bytes | undefined {
    if (this.#buffer.length < HEP_HEADER_OCTETS) return undefined
    const length = this.#buffer.charCodeAt(4) * 256 + this.#buffer.charCodeAt(5)
    if (length < HEP_HEADER_OCTETS) this.#drop()
    return this.#buffer.length < length || length === 0 ? undefined : this.#take(length)
  }

  #take(end: number): Bytes {
    const message = this.#buffer.slice(0, end)
    this.#buffer = this.#buffer.slice(end)
    this.#searched = 0
    this.#wanted = 0
    return message
  }

  #drop(): void {
    this.dropped += this.#buffer.length
    this.#buffer = ''
    this.#searched = 0
    this.#wanted = 0
  }
}
