// The control command t_uac_dlg (SER's FIFO): a request of whoever runs the server, with header fields as they are
// given. The answer is the final reply, with what a request inside the dialog would need (RFC 3261 §12.1.2).
//
// Rules kept: From and To are given, what else a request must have is added; texts of what is wrong are SER's.

import type { Bytes } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import { faultReply } from '../../proxy/faults.js'
import type { ControlAnswer } from '../../proxy/module.js'
import { hostText, type Sending } from '../../proxy/outgoing.js'
import { CSEQ_MAX } from '../../sip/cseq.js'
import { parseMessage, type Message } from '../../sip/message.js'
import { Header } from '../../sip/names.js'
import { reasonPhrase } from '../../sip/reasons.js'
import { parseUri, type Uri } from '../../sip/uri.js'
import type { Tm } from './tm.js'
import { dialogOf, sendAck, type Dialog } from './uac-ack.js'
import { ownVia, sendWritten } from './uac.js'

/** Lengths of what is read (SER). */
const METHOD_LENGTH_MAX = 64
const HEADERS_LENGTH_MAX = 1024
const BODY_LENGTH_MAX = 1024
/** CSeq of a request that brings none (SER). */
const CSEQ = 10
const TIMED_OUT = 408

/** What is asked for, once it has been found sound. */
interface Asked {
  readonly method: string
  readonly uri: string
  readonly hop: Uri
  /** The header fields as a message. */
  readonly given: Message
  readonly body: Bytes
  readonly cseq: number
}

/** Sends the request; the answer comes with its final reply. */
export function uacDialog(tm: Tm, args: readonly string[], answer: (answer: ControlAnswer) => void): void {
  const asked = askedBy(args)
  if (typeof asked === 'string') return answer({ code: 400, reason: `fifo_uac: ${asked}` })
  const { method, uri, hop } = asked
  const write = (sending: Sending, branch: string): Bytes => written(tm, asked, sending, branch)
  sendWritten(tm, { method, uri, hop, write }, (status, response) => {
    if (response === undefined) return answer(unanswered(status))
    const dialog = makesDialog(method, status) ? dialogOf(response) : undefined
    if (method === 'INVITE' && status < 300 && dialog !== undefined) sendAck(tm, dialog, response)
    answer(answered(status, response, dialog))
  })
}

function makesDialog(method: string, status: number): boolean {
  return status < 300 && (method === 'INVITE' || method === 'SUBSCRIBE')
}

/** The request, or what is wrong with it. */
function askedBy([method = '', uri = '', hop = '', headers = '', rawBody = '']: readonly string[]):
  Asked | string {
  if (!/^[A-Za-z0-9.!%*_+`'~-]+$/.test(method) || method.length > METHOD_LENGTH_MAX || method === 'ACK')
    return 'method expected'
  if (uri === '') return 'ruri expected'
  if (/[\s<>]/.test(uri) || parseUri(uri) instanceof Malformed) return 'ruri invalid'
  if (hop === '') return 'next hop address expected'
  const there = parseUri(hop === '.' ? uri : hop)
  if (there instanceof Malformed) return 'next hop uri invalid'
  if (headers === '' || headers.length > HEADERS_LENGTH_MAX) return 'HFs expected'
  if (rawBody.length > BODY_LENGTH_MAX) return 'body expected'
  const given = headerFields(headers)
  if (given === undefined) return 'HFs unparseable'
  const body = rawBody === '' ? '' : `${rawBody.split('\n').join('\r\n')}\r\n`
  const cseq = checked(method, given, body)
  return typeof cseq === 'string' ? cseq : { method, uri, hop: there, given, body, cseq }
}

/** Header lines as a message; undefined when they are none. */
function headerFields(lines: string): Message | undefined {
  const isField = (line: string): boolean => /^(?:[A-Za-z0-9.!%*_+`'~-]+[ \t]*:|[ \t]+\S)[^\0\r]*$/.test(line)
  const list = lines.split('\n')
  if (!list.every(isField) || /^[ \t]/.test(lines)) return undefined
  const text = `X sip:x SIP/2.0\r\n${list.map((line) => `${line}\r\n`).join('')}\r\n`
  const message = parseMessage(text)
  return message instanceof Malformed ? undefined : message
}

/** The CSeq number, or what is wrong. */
function checked(method: string, given: Message, body: Bytes): number | string {
  if (body !== '' && given.headerNamed('Content-Type') === undefined) return 'Content-Type missing'
  if (given.find(Header.CONTENT_LENGTH) >= 0) return 'Content-Length disallowed'
  if (given.find(Header.TO) < 0) return 'To missing'
  if (given.find(Header.FROM) < 0) return 'From missing'
  if (given.from() instanceof Malformed || given.to() instanceof Malformed) return 'Error in From'
  if (given.find(Header.CSEQ) < 0) return CSEQ
  const cseq = given.cseq()
  if (cseq === undefined || cseq instanceof Malformed || !(cseq.number <= CSEQ_MAX))
    return 'non-nummerical CSeq'
  return given.cseqMethod === method ? cseq.number : 'CSeq method mismatch'
}

function written(tm: Tm, { method, uri, given, body, cseq }: Asked, sending: Sending, branch: string): Bytes {
  const { settings, rules, random } = tm.engine
  const { local } = sending
  const tag = given.fromTag === undefined ? `;tag=${random.hex(32)}-${random.hex(4)}` : ''
  const callId = given.callId ?? `${random.hex(16)}-${settings.pid}@${hostText(local.address)}`
  const own = `${hostText(local.address)}:${local.port}`
  return (
    `${method} ${uri} SIP/2.0\r\n` +
    ownVia(tm.engine, sending, branch) +
    `To: ${given.header(Header.TO)}\r\n` +
    `From: ${given.header(Header.FROM)}${tag}\r\n` +
    `CSeq: ${cseq} ${method}\r\n` +
    `Call-ID: ${callId}\r\n` +
    (rules.maxForwardsGenerated && given.find(Header.MAX_FORWARDS) < 0 ? 'Max-Forwards: 70\r\n' : '') +
    otherLines(given).split('!!').join(own) +
    (settings.serverSignature ? `User-Agent: ${settings.signature}\r\n` : '') +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

const WRITTEN_HERE: ReadonlySet<number> = new Set([
  Header.TO,
  Header.FROM,
  Header.CSEQ,
  Header.CALL_ID,
  Header.VIA,
])

function otherLines(given: Message): string {
  let lines = ''
  for (let index = 0; index < given.headerCount; index++)
    if (!WRITTEN_HERE.has(given.headerIdOf(index)))
      lines += given.text.slice(given.lineStart(index), given.lineEnd(index))
  return lines
}

/** Nobody replied: a time-out, or it could not be sent. */
function unanswered(status: number): ControlAnswer {
  if (status === TIMED_OUT) return { code: status, reason: 'Request Timeout' }
  const [code, reason] = status === 478 ? faultReply(status) : [status, reasonPhrase(status)]
  return { code, reason: `${reason} (${status}/FIFO/UAC)` }
}

/** Remote target, next hop and routes of the dialog, a dot each where there is none; then the reply's header fields. */
function answered(status: number, response: Message, dialog: Dialog | undefined): ControlAnswer {
  const { target, hop, routes = [] } = dialog ?? {}
  const route = routes.length === 0 ? '.' : `Route: ${routes.join(', ')}`
  const fields = response.text.slice(response.headersStart)
  return { code: status, reason: response.reason, lines: [target ?? '.', hop ?? '.', route, fields] }
}
