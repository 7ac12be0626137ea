// What a phone received and sent, in order, the oldest dropped beyond a limit.

import type { Address, Bytes, Milliseconds, Packet, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { Message, parseMessage } from '../sip/message.js'
import { JOURNAL_MESSAGES_MAX, type ReceivedMessage, type SentMessage } from './state.js'

/** A sent message; parsed only when somebody looks. */
class Sent implements SentMessage {
  #message: Message | undefined

  constructor(
    readonly at: Milliseconds,
    readonly text: Bytes,
    readonly transport: Transport,
    readonly to: Address,
  ) {}

  get message(): Message {
    if (this.#message === undefined) {
      const parsed = parseMessage(this.text)
      // Only a raw order can send what is no message; it is shown as one line without headers.
      this.#message = parsed instanceof Malformed ? noMessage(this.text) : parsed
    }
    return this.#message
  }
}

function noMessage(text: Bytes): Message {
  const layout = { start: 0, headersStart: 0, headersEnd: 0, bodyStart: 0, offsets: [] }
  return new Message(text, true, '', '', 0, '', '', layout)
}

export class Journal {
  readonly received: ReceivedMessage[] = []
  readonly sent: SentMessage[] = []

  noteReceived(at: Milliseconds, { remote, transport }: Packet, message: Message): void {
    this.received.push({ at, text: message.text, transport, message, from: remote })
    bound(this.received, JOURNAL_MESSAGES_MAX)
  }

  noteSent(at: Milliseconds, text: Bytes, transport: Transport, to: Address): void {
    this.sent.push(new Sent(at, text, transport, to))
    bound(this.sent, JOURNAL_MESSAGES_MAX)
  }
}

/** Drops the oldest of a list that has grown over its limit by half, so that dropping costs next to nothing. */
export function bound(list: unknown[], limit: number): void {
  if (list.length > limit * 1.5) list.splice(0, list.length - limit)
}
