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

/** Takes a text piece by piece; gives the lines that have ended. */
export class LineReader {
  #rest = ''

  push(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-LINE_CHARACTERS_MAX)
    return lines.filter((line) => line !== '')
  }
}

const LINE_CHARACTERS_MAX = 100_000

/** "----- 2026-01-31 12:00:00.123456", then "UDP message sent (506 bytes):" or "UDP message received [506] bytes :". */
const HEAD = /^-{10,} (\d+-\d+-\d+) (\d+:\d+:\d+\.\d+)\n(\w+) message (sent|received) [([](\d+).*\n\n/gm

/** Takes the log piece by piece; gives the messages that are complete. */
export class MessageLogReader {
  #rest = ''

  push(piece: string): SippMessage[] {
    const text = this.#rest + piece
    const messages: SippMessage[] = []
    let read = 0
    HEAD.lastIndex = 0
    for (let head = HEAD.exec(text); head !== null; head = HEAD.exec(text)) {
      const [whole, day, time, transport, verb, length] = head
      const start = head.index + whole.length
      const end = start + Number(length)
      if (end > text.length) break
      const atMs = new Date(`${day}T${time!.slice(0, 12)}`).getTime()
      const bytes = text.slice(start, end)
      messages.push({ isSent: verb === 'sent', transport: transport === 'TCP' ? 'tcp' : 'udp', bytes, atMs })
      HEAD.lastIndex = read = end
    }
    this.#rest = text.slice(read).slice(-MESSAGE_CHARACTERS_MAX)
    return messages
  }
}

/** Of a message that is not complete yet, with its head. */
const MESSAGE_CHARACTERS_MAX = 200_000
