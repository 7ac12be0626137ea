// The strict checks an element makes before it works on a message (RFC 3261 §8.2, §16.3-1, §18.3, §20; RFC 4475).
// The profile `rfc3261` answers with what stands in the Malformed; the profile `ser` does not ask.

import { Malformed } from '../errors.js'
import { CSEQ_MAX } from './cseq.js'
import type { Message } from './message.js'
import { parseNameAddr, splitList } from './name-addr.js'
import { Header, canonicalName } from './names.js'
import { CR } from './octets.js'
import { parseVia } from './via.js'

const REQUIRED = [Header.VIA, Header.FROM, Header.TO, Header.CALL_ID, Header.CSEQ] as const
const SINGLE = [
  Header.FROM,
  Header.TO,
  Header.CALL_ID,
  Header.CSEQ,
  Header.MAX_FORWARDS,
  Header.CONTENT_LENGTH,
  Header.CONTENT_TYPE,
  Header.EXPIRES,
] as const
const ROUTES = [Header.ROUTE, Header.RECORD_ROUTE] as const
const TOKEN = /^[A-Za-z0-9!%*_+`'~.-]+$/
const MAX_FORWARDS_MAX = 255
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/
const BROADCAST = '255.255.255.255'
/** What no token holds (RFC 3261 §25.1); other octets that none holds either are let through, for names in UTF-8. */
const SEPARATORS = /[()<>@,;:\\"/[\]?={}]/

type Check = (message: Message) => Malformed | undefined

/** What is wrong with a request; undefined when nothing is. */
export function validateRequest(message: Message): Malformed | undefined {
  return firstOf(message, REQUEST_CHECKS)
}

/** What is wrong with a response; undefined when nothing is. */
export function validateResponse(message: Message): Malformed | undefined {
  return firstOf(message, RESPONSE_CHECKS)
}

function firstOf(message: Message, checks: readonly Check[]): Malformed | undefined {
  for (const check of checks) {
    const wrong = check(message)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const version: Check = ({ version: text, start }) =>
  /^SIP\/2\.0$/i.test(text)
    ? undefined
    : new Malformed(
        start,
        /^SIP\//i.test(text) ? 'Version Not Supported' : 'Bad Version',
        /^SIP\//i.test(text) ? 505 : 400,
      )

const method: Check = ({ method: text, start }) =>
  TOKEN.test(text) ? undefined : new Malformed(start, 'Bad Method')

const requestUri: Check = (message) => {
  const { requestUri: text, start } = message
  if (/[\s<>"]/.test(text)) return new Malformed(start, 'Bad Request-URI')
  const uri = message.uri()
  if (uri instanceof Malformed)
    return uri.status === 416 ? undefined : new Malformed(start, 'Bad Request-URI')
  const isBad = uri.user === '' || uri.port === 0 || BAD_ESCAPE.test(text)
  return isBad ? new Malformed(start, 'Bad Request-URI') : undefined
}

const statusRange: Check = ({ status, start }) =>
  status >= 100 && status <= 699 ? undefined : new Malformed(start, 'Status Out Of Range')

const required: Check = (message) => {
  for (const id of REQUIRED)
    if (message.find(id) < 0)
      return new Malformed(message.headersStart, `Missing ${canonicalName(id)} Header`)
  return undefined
}

const single: Check = (message) => {
  for (const id of SINGLE) {
    const first = message.find(id)
    const second = first < 0 ? -1 : message.find(id, first + 1)
    if (second >= 0) return new Malformed(message.lineStart(second), `Multiple ${canonicalName(id)} Headers`)
  }
  return undefined
}

const vias: Check = (message) => {
  for (let index = message.find(Header.VIA); index >= 0; index = message.find(Header.VIA, index + 1)) {
    let at: number | undefined = message.valueStart(index)
    while (at !== undefined) {
      const via = parseVia(message.text, at, message.valueEnd(index))
      if (via instanceof Malformed) return new Malformed(via.offset, 'Bad Via Header')
      if (via.host === BROADCAST) return new Malformed(via.start, 'Via Of Everybody')
      at = via.next
    }
  }
  return undefined
}

const parties: Check = (message) => {
  for (const [name, party, id] of [
    ['From', message.from(), Header.FROM],
    ['To', message.to(), Header.TO],
  ] as const) {
    if (party instanceof Malformed) return new Malformed(party.offset, `Bad ${name} Header`)
    if (party === undefined) continue
    const bad = badAddress(party.bracketed, party.uri) || SEPARATORS.test(displayOf(party.display))
    if (bad) return new Malformed(message.valueStart(message.find(id)), `Bad ${name} Header`)
  }
  return undefined
}

/** An unquoted display name is made of tokens (RFC 3261 §25.1). */
function displayOf(display: string): string {
  return display.startsWith('"') ? '' : display
}

function badAddress(bracketed: boolean, uri: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri) || /[\s<>]/.test(uri)) return true
  // RFC 3261 §20: without brackets a URI with comma, semicolon or question mark cannot stand.
  return !bracketed && /[,?;]/.test(uri)
}

const cseq: Check = (message) => {
  const value = message.cseq()
  const at = message.find(Header.CSEQ)
  if (value === undefined) return undefined
  if (value instanceof Malformed || !(value.number <= CSEQ_MAX) || !TOKEN.test(value.method))
    return new Malformed(at < 0 ? 0 : message.valueStart(at), 'Bad CSeq Header')
  return undefined
}

const cseqMethod: Check = (message) =>
  message.cseqMethod === message.method
    ? undefined
    : new Malformed(message.headersStart, 'CSeq Method Does Not Match')

const contentLength: Check = (message) => {
  const length = message.contentLength()
  if (length instanceof Malformed) return new Malformed(length.offset, 'Bad Content-Length Header')
  if (!message.complete) return new Malformed(message.headersEnd, 'Headers Not Ended')
  if (length !== undefined && length > message.text.length - message.bodyStart)
    return new Malformed(message.bodyStart, 'Content-Length Larger Than Message')
  return undefined
}

const maxForwards: Check = (message) => {
  const value = message.header(Header.MAX_FORWARDS)
  if (value === undefined) return undefined
  if (/^\d+$/.test(value) && Number(value) <= MAX_FORWARDS_MAX) return undefined
  return new Malformed(message.headersStart, 'Bad Max-Forwards Header')
}

const contacts: Check = (message) => {
  for (const value of message.valuesOf(Header.CONTACT)) {
    if (value === '*') continue
    const contact = parseNameAddr(value, 0, value.length)
    if (contact instanceof Malformed || badAddress(contact.bracketed, contact.uri))
      return new Malformed(message.headersStart, 'Bad Contact Header')
  }
  return undefined
}

/** RFC 3261 §20: Route and Record-Route are always in angle brackets. */
const routes: Check = (message) => {
  for (const id of ROUTES)
    for (let index = message.find(id); index >= 0; index = message.find(id, index + 1))
      if (badRoute(message, message.valueStart(index), message.valueEnd(index)))
        return new Malformed(message.valueStart(index), `Bad ${canonicalName(id)} Header`)
  return undefined
}

function badRoute({ text }: Message, start: number, end: number): boolean {
  return splitList(text, start, end).some(([from, to]) => {
    const address = parseNameAddr(text, from, to)
    return address instanceof Malformed || !address.bracketed || badAddress(true, address.uri)
  })
}

/** RFC 3261 §7: each line ends in CRLF. */
const lineEnds: Check = (message) => {
  for (let index = 0; index <= message.headerCount; index++) {
    const end = index < message.headerCount ? message.lineStart(index) : message.headersEnd
    if (message.text.charCodeAt(end - 2) !== CR) return new Malformed(end, 'Bad Line End')
  }
  return undefined
}

const COMMON: readonly Check[] = [required, single, vias, parties, cseq, contentLength]
const REQUEST_CHECKS: readonly Check[] = [
  ...[version, method, requestUri],
  ...COMMON,
  ...[lineEnds, cseqMethod, maxForwards, contacts, routes],
]
const RESPONSE_CHECKS: readonly Check[] = [version, statusRange, ...COMMON]
