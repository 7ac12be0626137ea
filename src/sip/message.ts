// A SIP message: the text as received plus a table of header offsets found in one pass (RFC 3261 §7).
//
// Rules kept: nothing is decoded until somebody asks; nothing is ever changed in place (edits are pieces, see
// edit.ts); reading is as tolerant as SER's (a header without a colon is a header nobody knows), so that what is
// wrong with a message is judged by validate.ts and by the profile, not by the parser.

import type { Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { cseqAt, type Cseq } from './cseq.js'
import { parseFirstLine } from './first-line.js'
import { parseNameAddr, splitList, type NameAddr } from './name-addr.js'
import { couldBe, Header, headerId, headerIdAt, nameKey, type HeaderId } from './names.js'
import { CR, isBlank, LF, skipSpaces, trimmedEnd } from './octets.js'
import { parseUri, type Uri } from './uri.js'
import { parseVia, type Via } from './via.js'

/** As SER: larger than any UDP payload; the limit of a message on a stream too. */
export const MESSAGE_LENGTH_MAX = 65535
export const HEADERS_MAX = 1024

// One header takes four cells of the offset table; its line ends where the next one starts.
// The first cell holds the header's id, or its key while nobody has asked which header it is.
const START = 1
const VALUE_START = 2
const VALUE_END = 3
const CELLS = 4

/** More digits than any message has octets, and few enough to be exact. */
const LENGTH = /^\d{1,9}$/

/** Where the parts of a message stand. */
interface Layout {
  readonly start: number
  readonly headersStart: number
  readonly headersEnd: number
  readonly bodyStart: number
  readonly offsets: number[]
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
  private readonly offsets: number[]
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
    return this.#idAt(index * CELLS)
  }

  /** Which header stands in this row of the table; found out once. */
  #idAt(at: number): HeaderId {
    const name = this.offsets[at]!
    if (name >= 0) return name
    return (this.offsets[at] = headerIdAt(this.text, this.offsets[at + START]!, name))
  }

  /** The header's name as written. */
  nameOf(index: number): string {
    const start = this.lineStart(index)
    const valueStart = this.valueStart(index)
    const colon = this.text.indexOf(':', start)
    // Without a colon the whole line is the name, and the value is empty behind it.
    return this.text.slice(
      start,
      colon < 0 || colon >= valueStart ? valueStart : nameEndAt(this.text, start, colon),
    )
  }

  /** The header's value, unfolded, without blanks around it. */
  valueOf(index: number): string {
    const at = index * CELLS
    return unfold(this.text.slice(this.offsets[at + VALUE_START], this.offsets[at + VALUE_END]))
  }

  /** Where the whole header stands, from the first letter of its name to behind its line end. */
  lineStart(index: number): number {
    return this.offsets[index * CELLS + START]!
  }

  lineEnd(index: number): number {
    return index + 1 < this.headerCount ? this.lineStart(index + 1) : this.headersEnd
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
    for (let at = from * CELLS; at < offsets.length; at += CELLS) {
      const name = offsets[at]!
      if (name === id) return at / CELLS
      if (name < 0 && (id === Header.OTHER || couldBe(name, id)) && this.#idAt(at) === id) return at / CELLS
    }
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
      if (index >= 0) this.#cseq = cseqAt(this.text, this.valueStart(index), this.valueEnd(index))
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
    return LENGTH.test(value)
      ? Number(value)
      : new Malformed(this.valueStart(index), 'Content-Length is no number')
  }
}

/** Folded lines as one: white space around each line end becomes one blank (RFC 3261 §7.3.1). */
function unfold(value: string): string {
  if (!value.includes('\n')) return value
  let result = ''
  let from = 0
  for (let end = value.indexOf('\n'); end >= 0; end = value.indexOf('\n', from)) {
    // The value ends in no white space, so something stands behind the fold.
    result += `${value.slice(from, trimmedEnd(value, from, end))} `
    from = skipSpaces(value, end, value.length)
  }
  return result + value.slice(from)
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
  if (headersEnd < 0) return tooManyHeaders(-headersEnd)
  const line = parseFirstLine(text, start, lineEnd)
  if (line instanceof Malformed) return line
  const { isRequest, method, requestUri, status, reason, version } = line
  const bodyStart = skipLineEnd(text, headersEnd)
  const layout = { start, headersStart, headersEnd, bodyStart, offsets: scratch.slice(0, used) }
  return new Message(text, isRequest, method, requestUri, status, reason, version, layout)
}

/**
 * A request that parseMessage refuses, as far as it can be answered: the method is the first word, the Request-URI is ''.
 * undefined when the first line does not begin with a method or does not end in a version.
 */
export function parseUnreadable(text: Bytes): Message | undefined {
  const start = skipSpaces(text, 0, text.length)
  const lineEnd = text.indexOf('\n', start)
  const version = lineEnd < 0 ? '' : text.slice(Math.max(start, lineEnd - VERSION_TAIL), lineEnd)
  const method = UNREADABLE_METHOD.exec(text.slice(start, start + METHOD_LENGTH_MAX))?.[1]
  if (method === undefined || /^SIP\//i.test(method) || !/[ \t]SIP\/2\.0[ \t]*\r?$/i.test(version))
    return undefined
  const headersStart = lineEnd + 1
  const end = indexHeaders(text, headersStart)
  const headersEnd = Math.abs(end)
  const bodyStart = end < 0 ? headersEnd : skipLineEnd(text, headersEnd)
  const layout = { start, headersStart, headersEnd, bodyStart, offsets: scratch.slice(0, used) }
  return new Message(text, true, method, '', 0, '', 'SIP/2.0', layout)
}

/** Of an unreadable first line: so many octets of it are looked at. */
const METHOD_LENGTH_MAX = 64
const VERSION_TAIL = 40
const UNREADABLE_METHOD = /^([A-Za-z0-9!%*_+`'~.-]+)[ \t]/

/**
 * The body's length by the Content-Length of `head`, a message up to its empty line whatever its first line is;
 * undefined when there is none. On a stream it decides where the next message begins, so two of them must agree
 * (RFC 3261 §18.3).
 */
export function announcedLength(head: Bytes): number | Malformed | undefined {
  const headersEnd = indexHeaders(head, head.indexOf('\n') + 1)
  if (headersEnd < 0) return tooManyHeaders(-headersEnd)
  let length: number | undefined
  for (let at = 0; at < used; at += CELLS) {
    const key = scratch[at]!
    if (!couldBe(key, Header.CONTENT_LENGTH)) continue
    if (headerIdAt(head, scratch[at + START]!, key) !== Header.CONTENT_LENGTH) continue
    const start = scratch[at + VALUE_START]!
    const value = head.slice(start, scratch[at + VALUE_END])
    if (!LENGTH.test(value)) return new Malformed(start, 'Content-Length is no number')
    if (length !== undefined && length !== Number(value))
      return new Malformed(start, 'two Content-Length headers')
    length = Number(value)
  }
  return length
}

function tooManyHeaders(offset: number): Malformed {
  return new Malformed(offset, `more than ${HEADERS_MAX} headers`, 513)
}

/** The offset table of the message that is being read: filled here, then copied at its true length. */
const scratch: number[] = new Array<number>(HEADERS_MAX * CELLS).fill(0)
let used = 0

/** Fills the offset table; returns where the empty line (or the text's end) stands, negative when over the limit. */
function indexHeaders(text: Bytes, start: number): number {
  used = 0
  const length = text.length
  let at = start
  while (at < length) {
    const first = text.charCodeAt(at)
    if (first === LF || (first === CR && text.charCodeAt(at + 1) === LF)) return at
    if (used >= HEADERS_MAX * CELLS) return -at
    let end = text.indexOf('\n', at)
    while (end >= 0 && isBlank(text.charCodeAt(end + 1))) end = text.indexOf('\n', end + 1)
    const next = end < 0 ? length : end + 1
    if (end < 0) end = length
    if (text.charCodeAt(end - 1) === CR) end--
    indexHeader(text, at, first, end)
    at = next
  }
  return length
}

function indexHeader(text: Bytes, start: number, first: number, end: number): void {
  const colon = text.indexOf(':', start)
  if (colon < 0 || colon >= end) return note(Header.OTHER, start, end, end)
  const key = nameKey(nameEndAt(text, start, colon) - start, first)
  const valueStart = skipSpaces(text, colon + 1, end)
  note(key, start, valueStart, trimmedEnd(text, valueStart, end))
}

/** Blanks may stand before the colon (RFC 3261 §25.1 HCOLON). */
function nameEndAt(text: Bytes, start: number, colon: number): number {
  while (colon > start && isBlank(text.charCodeAt(colon - 1))) colon--
  return colon
}

function note(name: number, start: number, valueStart: number, valueEnd: number): void {
  scratch[used++] = name
  scratch[used++] = start
  scratch[used++] = valueStart
  scratch[used++] = valueEnd
}

function skipLineEnd(text: Bytes, at: number): number {
  if (text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF) return at + 2
  return text.charCodeAt(at) === LF ? at + 1 : at
}
