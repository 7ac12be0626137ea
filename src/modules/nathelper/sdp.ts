// The addresses and ports in a session description, and where they stand in the message (RFC 4566 §5; SER nathelper).

import type { Edit } from '../../sip/edit.js'
import type { Message } from '../../sip/message.js'
import { Header } from '../../sip/names.js'

/** Streams of one description; one with more is not touched. */
export const MEDIA_MAX = 16

/** "IP4 10.0.0.1" as it stands in the message. */
export interface Connection {
  readonly at: number
  readonly end: number
  readonly address: string
}

export interface Stream {
  /** The port's digits. */
  readonly port: number
  readonly portAt: number
  readonly portEnd: number
  /** Its own address; undefined: that of the session. */
  readonly connection: Connection | undefined
  /** What follows "a=rtcp:" (RFC 3605). */
  readonly rtcp: { readonly at: number; readonly end: number } | undefined
}

export interface Description {
  readonly origin: Connection | undefined
  readonly connection: Connection | undefined
  readonly streams: readonly Stream[]
  /** Behind the last line. */
  readonly end: number
  /** An RTP proxy has been put in already. */
  readonly isMarked: boolean
}

export const MARK = 'a=nortpproxy:yes'
/** Addresses of streams on hold stay as they are. */
const HELD = new Set(['0.0.0.0', '::'])

/** The session description of a message; undefined when it has none, or one that cannot be read. */
export function descriptionOf(message: Message): Description | undefined {
  const type = message.header(Header.CONTENT_TYPE) ?? ''
  if (!/^application\/sdp\s*(?:;|$)/i.test(type)) return undefined
  const reader = new Reader(message.text, message.bodyStart, bodyEnd(message))
  return reader.read()
}

/** A datagram may be longer than Content-Length says. */
function bodyEnd(message: Message): number {
  const length = message.contentLength()
  const end = message.text.length
  return typeof length === 'number' ? Math.min(end, message.bodyStart + length) : end
}

class Reader {
  readonly #streams: { -readonly [K in keyof Stream]: Stream[K] }[] = []
  #origin: Connection | undefined
  #connection: Connection | undefined
  #isMarked = false

  constructor(
    private readonly text: string,
    private readonly start: number,
    private readonly end: number,
  ) {}

  read(): Description | undefined {
    if (!this.text.startsWith('v=', this.start)) return undefined
    for (let at = this.start; at < this.end;) {
      const feed = this.text.indexOf('\n', at)
      const next = feed < 0 || feed >= this.end ? this.end : feed + 1
      if (!this.#line(at, this.text.slice(at, next).replace(/\r?\n$/, ''))) return undefined
      at = next
    }
    const { end } = this
    const [origin, connection, isMarked] = [this.#origin, this.#connection, this.#isMarked]
    return { origin, connection, streams: this.#streams, end, isMarked }
  }

  /** False when the description cannot be used. */
  #line(at: number, line: string): boolean {
    const stream = this.#streams.at(-1)
    switch (line.slice(0, 2)) {
      case 'm=':
        return this.#media(at, line)
      case 'c=': {
        const connection = connectionIn(/^c=IN (IP[46] ([^\s/]{1,255}))/d.exec(line), at)
        if (stream === undefined) this.#connection ??= connection
        else stream.connection ??= connection
        return true
      }
      case 'o=':
        this.#origin ??= connectionIn(/^o=\S+ \S+ \S+ IN (IP[46] ([^\s/]{1,255}))/d.exec(line), at)
        return true
      case 'a=':
        if (line === MARK) this.#isMarked = true
        if (stream !== undefined && /^a=rtcp:\d/.test(line))
          stream.rtcp = { at: at + 'a=rtcp:'.length, end: at + line.length }
        return true
      default:
        return true
    }
  }

  #media(at: number, line: string): boolean {
    const match = /^m=\S+ (\d{1,5})(?:\/\d+)? /d.exec(line)
    const place = match?.indices?.[1]
    if (match === null || place === undefined || this.#streams.length >= MEDIA_MAX) return false
    const [portAt, portEnd] = [at + place[0], at + place[1]]
    this.#streams.push({ port: Number(match[1]), portAt, portEnd, connection: undefined, rtcp: undefined })
    return true
  }
}

function connectionIn(match: RegExpExecArray | null, lineAt: number): Connection | undefined {
  const place = match?.indices?.[1]
  if (match === null || place === undefined) return undefined
  return { at: lineAt + place[0], end: lineAt + place[1], address: match[2]! }
}

/** Puts another address in the place of one; undefined when that one means "on hold". */
export function readdress(connection: Connection, address: string): Edit | undefined {
  if (HELD.has(connection.address)) return undefined
  const put = `${address.includes(':') ? 'IP6' : 'IP4'} ${address}`
  return { at: connection.at, cut: connection.end - connection.at, put }
}

/** A line at the end of the description. */
export function appended(message: Message, { end }: Description, line: string): Edit {
  const isEnded = message.text[end - 1] === '\n'
  return { at: end, cut: 0, put: `${isEnded ? '' : '\r\n'}${line}\r\n` }
}
