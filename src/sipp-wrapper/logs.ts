// SIPp's log files, read while they grow: lines of errors and <log> actions, and messages with their octets.

import type { Bytes } from '../endpoint.js'

/** A message in SIPp's log of messages. */
export interface SippMessage {
  readonly isSent: boolean
  readonly transport: 'udp' | 'tcp'
  readonly bytes: Bytes
  /** Milliseconds since 1970, by SIPp's clock. */
  readonly atMs: number
}

/** Takes a growing text whole; gives the lines that are new and ended. */
export class LineReader {
  #read = 0

  push(text: string): string[] {
    const end = text.lastIndexOf('\n') + 1
    const lines = text.slice(this.#read, end).split('\n')
    this.#read = Math.max(end, this.#read)
    return lines.filter((line) => line !== '')
  }
}

/** "----- 2026-01-31 12:00:00.123456", then "UDP message sent (506 bytes):" or "UDP message received [506] bytes :". */
const HEAD = /^-{10,} (\d+-\d+-\d+) (\d+:\d+:\d+\.\d+)\n(\w+) message (sent|received) [([](\d+).*\n\n/gm

/** Takes the growing log whole; gives the messages that are new and complete. */
export class MessageLogReader {
  #read = 0

  push(text: string): SippMessage[] {
    const messages: SippMessage[] = []
    HEAD.lastIndex = this.#read
    for (let head = HEAD.exec(text); head !== null; head = HEAD.exec(text)) {
      const [whole, day, time, transport, verb, length] = head
      const start = head.index + whole.length
      const end = start + Number(length)
      if (end > text.length) break
      const atMs = new Date(`${day}T${time!.slice(0, 12)}`).getTime()
      const bytes = text.slice(start, end)
      messages.push({ isSent: verb === 'sent', transport: transport === 'TCP' ? 'tcp' : 'udp', bytes, atMs })
      HEAD.lastIndex = this.#read = end
    }
    return messages
  }
}
