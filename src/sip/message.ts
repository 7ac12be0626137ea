// A SIP message: the text as received plus a table of header offsets found in one pass (RFC 3261 §7).
//
// Rules kept: nothing is decoded until somebody asks; nothing is ever changed in place (edits are pieces, see
// edit.ts); reading is as tolerant as SER's (a header without a colon is a header nobody knows), so that what is
// wrong with a message is judged by validate.ts and by the profile, not by the parser.

import type { Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseCseq, type Cseq } from './cseq.js'
import { parseNameAddr, splitList, type NameAddr } from './name-addr.js'
import { Header, headerId, headerIdAt, type HeaderId } from './names.js'
import { parseUri, type Uri } from './uri.js'
import { parseVia, type Via } from './via.js'

/** As SER: larger than any UDP payload; the limit of a message on a stream too. */
export const MESSAGE_LENGTH_MAX = 65535
export const HEADERS_MAX = 1024

// One header takes six cells of the offset table.
const ID = 0
const NAME_START = 1
const NAME_END = 2
const VALUE_START = 3
const VALUE_END = 4
const LINE_END = 5
const CELLS = 6

const CR = 13
const LF = 10
const SP = 32
const TAB = 9

/** Where the parts of a message stand. */
interface Layout {
  readonly start: number
  readonly headersStart: number
  readonly headersEnd: number
  readonly bodyStart: number
  readonly offsets: readonly number[]
}

export class Message {
  readonly headerCount: number
  /** Where the first line begins (leading CRLFs are skipped) and where the headers begin. */
  readonly start: number
  readonly headersStart: number
  /** Where the empty line stands; the end of the text when there is none. */
  readonly headersEnd: number
  readonly bodyStart: number
  /** False when the empty line that ends the headers is missing. */
  readonly complete: boolean
  private readonly offsets: readonly number[]
  #cseq: Cseq | Malformed | undefined
  #topVia: Via | Malformed | undefined
  #from: NameAddr | Malformed | undefined
  #to: NameAddr | Malformed | undefined
  #uri: Uri | Malformed | undefined

  constructor(
    /** The octets as received. */
    readonly text: Bytes,
    readonly isRequest: boolean,
    /** Of a request; of a response the version, as SER shows it to scripts. */
    readonly method: string,
    /** The Request-URI's text; '' for a response. */
    readonly requestUri: string,
    /** Of a response; 0 for a request. */
    readonly status: number,
    readonly reason: string,
    readonly version: string,
    layout: Layout,
  ) {
    this.start = layout.start
    this.headersStart = layout.headersStart
    this.headersEnd = layout.headersEnd
    this.bodyStart = layout.bodyStart
    this.complete = layout.bodyStart > layout.headersEnd
    this.offsets = layout.offsets
    this.headerCount = layout.offsets.length / CELLS
  }

  get body(): Bytes {
    return this.text.slice(this.bodyStart)
  }

  headerIdOf(index: number): HeaderId {
    return this.offsets[index * CELLS + ID]!
  }

  /** The header's name as written. */
  nameOf(index: number): string {
    const at = index * CELLS
    return this.text.slice(this.offsets[at + NAME_START], this.offsets[at + NAME_END])
  }

  /** The header's value, unfolded, without blanks around it. */
  valueOf(index: number): string {
    const at = index * CELLS
    return unfold(this.text.slice(this.offsets[at + VALUE_START], this.offsets[at + VALUE_END]))
  }

  /** Where the whole header stands, from the first letter of its name to behind its line end. */
  lineStart(index: number): number {
    return this.offsets[index * CELLS + NAME_START]!
  }

  lineEnd(index: number): number {
    return this.offsets[index * CELLS + LINE_END]!
  }

  valueStart(index: number): number {
    return this.offsets[index * CELLS + VALUE_START]!
  }

  valueEnd(index: number): number {
    return this.offsets[index * CELLS + VALUE_END]!
  }

  /** Index of the first header with this id at or after `from`; -1 when there is none. */
  find(id: HeaderId, from = 0): number {
    const { offsets } = this
    for (let at = from * CELLS; at < offsets.length; at += CELLS) if (offsets[at] === id) return at / CELLS
    return -1
  }

  /** Index of the first header of this name (any case; compact and full form are one) at or after `from`; -1. */
  findName(name: string, from = 0): number {
    const id = headerId(name)
    if (id !== Header.OTHER) return this.find(id, from)
    const lower = name.toLowerCase()
    for (let index = this.find(Header.OTHER, from); index >= 0; index = this.find(Header.OTHER, index + 1))
      if (this.nameOf(index).toLowerCase() === lower) return index
    return -1
  }

  /** The value of the first header with this id. */
  header(id: HeaderId): string | undefined {
    const index = this.find(id)
    return index < 0 ? undefined : this.valueOf(index)
  }

  /** The value of the first header of this name. */
  headerNamed(name: string): string | undefined {
    const index = this.findName(name)
    return index < 0 ? undefined : this.valueOf(index)
  }

  /** The values of all headers of this name, one a header line (a line may hold several). */
  headersNamed(name: string): string[] {
    const values: string[] = []
    for (let index = this.findName(name); index >= 0; index = this.findName(name, index + 1))
      values.push(this.valueOf(index))
    return values
  }

  /** All comma-separated values of all headers with this id, in order (Via, Route, Contact ...; RFC 3261 §7.3.1). */
  valuesOf(id: HeaderId): string[] {
    const values: string[] = []
    for (let index = this.find(id); index >= 0; index = this.find(id, index + 1)) {
      const value = this.valueOf(index)
      for (const [start, end] of splitList(value, 0, value.length)) values.push(value.slice(start, end))
    }
    return values
  }

  /** The topmost Via value; undefined when there is no Via. */
  topVia(): Via | Malformed | undefined {
    if (this.#topVia === undefined) {
      const index = this.find(Header.VIA)
      if (index >= 0) this.#topVia = parseVia(this.text, this.valueStart(index), this.valueEnd(index))
    }
    return this.#topVia
  }

  /** The Via value below the topmost one; undefined when there is none. */
  secondVia(): Via | Malformed | undefined {
    const index = this.find(Header.VIA)
    if (index < 0) return undefined
    const top = this.topVia()
    if (top === undefined || top instanceof Malformed) return undefined
    if (top.next !== undefined) return parseVia(this.text, top.next, this.valueEnd(index))
    const second = this.find(Header.VIA, index + 1)
    return second < 0 ? undefined : parseVia(this.text, this.valueStart(second), this.valueEnd(second))
  }

  from(): NameAddr | Malformed | undefined {
    return (this.#from ??= this.#nameAddr(Header.FROM))
  }

  to(): NameAddr | Malformed | undefined {
    return (this.#to ??= this.#nameAddr(Header.TO))
  }

  #nameAddr(id: HeaderId): NameAddr | Malformed | undefined {
    const index = this.find(id)
    return index < 0 ? undefined : parseNameAddr(this.text, this.valueStart(index), this.valueEnd(index))
  }

  get fromTag(): string | undefined {
    const from = this.from()
    return from === undefined || from instanceof Malformed ? undefined : from.tag
  }

  get toTag(): string | undefined {
    const to = this.to()
    return to === undefined || to instanceof Malformed ? undefined : to.tag
  }

  get callId(): string | undefined {
    return this.header(Header.CALL_ID)
  }

  cseq(): Cseq | Malformed | undefined {
    if (this.#cseq === undefined) {
      const index = this.find(Header.CSEQ)
      if (index >= 0) this.#cseq = parseCseq(this.valueOf(index), this.valueStart(index))
    }
    return this.#cseq
  }

  /** The method in CSeq; '' when there is none. */
  get cseqMethod(): string {
    const cseq = this.cseq()
    return cseq === undefined || cseq instanceof Malformed ? '' : cseq.method
  }

  /** The parsed Request-URI. */
  uri(): Uri | Malformed {
    return (this.#uri ??= parseUri(this.requestUri))
  }

  /** Content-Length's number; undefined when absent, Malformed when it is no number. */
  contentLength(): number | Malformed | undefined {
    const index = this.find(Header.CONTENT_LENGTH)
    if (index < 0) return undefined
    const value = this.valueOf(index)
    return /^\d{1,9}$/.test(value)
      ? Number(value)
      : new Malformed(this.valueStart(index), 'Content-Length is no number')
  }
}

function unfold(value: string): string {
  return value.includes('\n') ? value.replace(/\s*\r?\n[ \t]+/g, ' ') : value
}

/**
 * Reads a message (RFC 3261 §7, §25.1; tolerant as SER 0.9's first-line parser).
 * Returns Malformed when the first line is neither a request line nor a status line.
 */
export function parseMessage(text: Bytes): Message | Malformed {
  let start = 0
  while (text.charCodeAt(start) === CR || text.charCodeAt(start) === LF) start++
  let lineEnd = text.indexOf('\n', start)
  if (lineEnd < 0) lineEnd = text.length
  const headersStart = Math.min(lineEnd + 1, text.length)
  if (text.charCodeAt(lineEnd - 1) === CR) lineEnd--
  const headersEnd = indexHeaders(text, headersStart)
  if (headersEnd < 0) return new Malformed(-headersEnd, `more than ${HEADERS_MAX} headers`)
  const bodyStart = skipLineEnd(text, headersEnd)
  const layout = { start, headersStart, headersEnd, bodyStart, offsets: scratch.slice(0, used) }
  return isStatusLine(text, start)
    ? parseStatusLine(text, start, lineEnd, layout)
    : parseRequestLine(text, start, lineEnd, layout)
}

/** The usual methods, so that their names are one string each. */
const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER']

/** The offset table of the message that is being read: filled here, then copied at its true length. */
const scratch: number[] = new Array<number>(HEADERS_MAX * CELLS).fill(0)
let used = 0

function isStatusLine(text: Bytes, start: number): boolean {
  return (
    text.startsWith('SIP/', start) ||
    (text.charCodeAt(start + 3) === 47 && /^sip\//i.test(text.substr(start, 4)))
  )
}

function parseStatusLine(text: Bytes, start: number, end: number, layout: Layout): Message | Malformed {
  const match = /^(SIP\/\d+\.\d+) (\d{3})(?: (.*))?$/i.exec(text.slice(start, end))
  if (match === null) return new Malformed(start, 'the status line is not "SIP/2.0 code reason"')
  return new Message(text, false, match[1]!, '', Number(match[2]), match[3] ?? '', match[1]!, layout)
}

function parseRequestLine(text: Bytes, start: number, end: number, layout: Layout): Message | Malformed {
  const methodEnd = text.indexOf(' ', start)
  if (methodEnd <= start || methodEnd >= end) return new Malformed(start, 'the request line has no method')
  const uriEnd = text.indexOf(' ', methodEnd + 1)
  if (uriEnd < 0 || uriEnd >= end) return new Malformed(methodEnd + 1, 'the request line has no SIP version')
  if (uriEnd === methodEnd + 1) return new Malformed(uriEnd, 'two blanks behind the method')
  let versionEnd = end
  while (versionEnd > uriEnd + 1 && isBlank(text.charCodeAt(versionEnd - 1))) versionEnd--
  const version = text.slice(uriEnd + 1, versionEnd)
  if (version === '' || /[ \t]/.test(version))
    return new Malformed(uriEnd + 1, 'a blank in the Request-URI or version')
  if (!/^\w+\/\d+\.\d+$/.test(version))
    return new Malformed(uriEnd + 1, 'the request line does not end in a SIP version')
  const method =
    METHODS.find((known) => known.length === methodEnd - start && text.startsWith(known, start)) ??
    text.slice(start, methodEnd)
  return new Message(text, true, method, text.slice(methodEnd + 1, uriEnd), 0, '', version, layout)
}

/** Fills the offset table; returns where the empty line (or the text's end) stands, negative when over the limit. */
function indexHeaders(text: Bytes, start: number): number {
  used = 0
  const length = text.length
  let at = start
  while (at < length) {
    const first = text.charCodeAt(at)
    if (first === LF || (first === CR && text.charCodeAt(at + 1) === LF)) return at
    let end = text.indexOf('\n', at)
    while (end >= 0 && isBlank(text.charCodeAt(end + 1))) end = text.indexOf('\n', end + 1)
    const next = end < 0 ? length : end + 1
    if (end < 0) end = length
    if (text.charCodeAt(end - 1) === CR) end--
    if (used >= HEADERS_MAX * CELLS) return -at
    indexHeader(text, at, end, next)
    at = next
  }
  return length
}

function indexHeader(text: Bytes, start: number, end: number, next: number): void {
  const colon = text.indexOf(':', start)
  if (colon < 0 || colon >= end) {
    return note(Header.OTHER, start, end, end, end, next)
  }
  let nameEnd = colon
  while (nameEnd > start && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd--
  let valueStart = colon + 1
  while (valueStart < end && isSpace(text.charCodeAt(valueStart))) valueStart++
  while (end > valueStart && isSpace(text.charCodeAt(end - 1))) end--
  note(headerIdAt(text, start, nameEnd), start, nameEnd, valueStart, end, next)
}

function note(
  id: HeaderId,
  start: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
  next: number,
): void {
  scratch[used++] = id
  scratch[used++] = start
  scratch[used++] = nameEnd
  scratch[used++] = valueStart
  scratch[used++] = valueEnd
  scratch[used++] = next
}

function skipLineEnd(text: Bytes, at: number): number {
  if (text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF) return at + 2
  return text.charCodeAt(at) === LF ? at + 1 : at
}

function isBlank(code: number): boolean {
  return code === SP || code === TAB
}

function isSpace(code: number): boolean {
  return code === SP || code === TAB || code === CR || code === LF
}
