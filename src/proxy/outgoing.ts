// Building what leaves: a forwarded request (new top Via, received/rport in the old one, edits) and a forwarded
// response (top Via taken off). The received text is joined with pieces once, for each branch.
// RFC 3261 §16.6, §16.7-3, §16.11, §18.2.1; RFC 3581; SER msg_translator.

import type { Address, Bytes, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { applyEdits, type Edit } from '../sip/edit.js'
import type { Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { requestUriOf } from '../sip/uri.js'
import type { Via } from '../sip/via.js'
import type { Context } from './context.js'

/** Which of our addresses a request leaves from, and how. */
export interface Sending {
  readonly transport: Transport
  readonly local: Address
}

export const SIP_PORT = 5060
export const SIPS_PORT = 5061

/** An address as it stands in headers: IPv6 in brackets. */
export function hostText(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}

export function isStream(transport: Transport): boolean {
  return transport !== 'udp'
}

/** What one branch has besides the edits that all of them share. */
export interface BranchHeaders {
  /** Its Max-Breadth; undefined: as it came. */
  readonly breadth?: number | undefined
  /** A Route above those that came. */
  readonly route?: string | undefined
  /** The multicast group that it goes to. */
  readonly group?: string | undefined
}

/** The request as it goes to one destination. */
export function forwardedRequest(
  context: Context,
  uri: string,
  branch: string,
  sending: Sending,
  own?: BranchHeaders,
): Bytes {
  const { message } = context
  const edits = [...context.edits]
  for (const late of context.recordRoutes)
    edits.unshift({ at: message.headersStart, cut: 0, put: late(sending) })
  if (context.engine.rules.maxForwardsByItself && !context.maxForwardsDone) decrement(message, edits)
  if (own?.route !== undefined)
    edits.push({ at: message.headersStart, cut: 0, put: `Route: ${own.route}\r\n` })
  if (own?.breadth !== undefined) setBreadth(message, edits, own.breadth)
  const via = message.find(Header.VIA)
  if (via >= 0)
    edits.push({ at: message.lineStart(via), cut: 0, put: ownVia(context, branch, sending, own?.group) })
  const top = message.topVia()
  if (top !== undefined && !(top instanceof Malformed)) editReceived(context, top, edits)
  fitContentLength(message, edits, sending.transport)
  return requestLine(context, uri) + applyEdits(message.text, edits, message.headersStart)
}

/** The first line with this Request-URI: as it came, or as RFC 3261 §7.1 and §19.1.1 have it. */
function requestLine({ message, engine }: Context, uri: string): string {
  if (engine.rules.requestLineWritten) return `${message.method} ${requestUriOf(uri)} SIP/2.0\r\n`
  const uriStart = message.start + message.method.length + 1
  const behindUri = message.text.slice(uriStart + message.requestUri.length, message.headersStart)
  return message.text.slice(0, uriStart) + uri + behindUri
}

/** RFC 3261 §16.6-3: one less, or 70 when there is none; what is no number stays. */
function decrement(message: Message, edits: Edit[]): void {
  const index = message.find(Header.MAX_FORWARDS)
  if (index < 0) {
    edits.push({ at: message.headersStart, cut: 0, put: 'Max-Forwards: 70\r\n' })
    return
  }
  const value = message.valueOf(index)
  const at = message.valueStart(index)
  if (/^\d+$/.test(value))
    edits.push({ at, cut: message.valueEnd(index) - at, put: String(Math.max(0, Number(value) - 1)) })
}

function setBreadth(message: Message, edits: Edit[], breadth: number): void {
  const index = message.find(Header.MAX_BREADTH)
  const at = index < 0 ? message.headersStart : message.valueStart(index)
  if (index < 0) edits.push({ at, cut: 0, put: `Max-Breadth: ${breadth}\r\n` })
  else edits.push({ at, cut: message.valueEnd(index) - at, put: String(breadth) })
}

/** Our own Via line (SER: port shown unless 5060 or advertised; `i=` marks the stream connection of the caller). */
function ownVia(context: Context, branch: string, sending: Sending, group?: string): string {
  const { engine, packet } = context
  const address = context.advertisedAddress ?? engine.settings.advertisedAddress
  const port = context.advertisedPort ?? engine.settings.advertisedPort
  const shown = port ?? (sending.local.port === SIP_PORT ? undefined : sending.local.port)
  const sentBy = hostText(address ?? sending.local.address) + (shown === undefined ? '' : `:${shown}`)
  const mark = packet.connection === undefined ? '' : `;i=${packet.connection.toString(16)}`
  const to = group === undefined ? '' : `;maddr=${group};ttl=1`
  return `Via: SIP/2.0/${sending.transport.toUpperCase()} ${sentBy}${to};branch=${branch}${mark}${engine.viaParams}\r\n`
}

/**
 * Puts `received` and `rport` into the caller's Via (the SER core; RFC 3581 §4): right behind the host in a
 * forwarded request, at the value's end in a reply of our own (SER).
 */
export function editReceived(context: Context, via: Via, edits: Edit[], at = via.paramsStart): void {
  const { remote } = context.packet
  const wantsRport = via.rport !== undefined || context.forceRport
  const isDue = via.rport !== undefined && context.engine.rules.rportReceived
  const wantsReceived = isDue || via.received !== undefined || bare(via.host) !== remote.address
  if (!wantsReceived && !wantsRport) return
  if (via.receivedRange && wantsReceived) edits.push(cut(via.receivedRange))
  if (wantsReceived) edits.push({ at, cut: 0, put: `;received=${remote.address}` })
  if (!wantsRport) return
  const put = `;rport=${remote.port}`
  if (via.rportRange) edits.push({ ...cut(via.rportRange), put })
  else edits.push({ at, cut: 0, put })
}

function cut([start, end]: readonly [number, number]): Edit {
  return { at: start, cut: end - start, put: '' }
}

function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

/**
 * Content-Length says how long the body is once it has been edited, and stands there on a stream (RFC 3261 §18.3). Of a
 * body that nobody edited it stays as it is, also when it is wrong (SER).
 */
function fitContentLength(message: Message, edits: Edit[], transport: Transport): void {
  let change = 0
  for (const { at, cut, put } of edits)
    if (at > message.headersEnd && at >= message.bodyStart) change += put.length - cut
  if (change === 0 && !isStream(transport)) return
  const length = message.text.length - message.bodyStart + change
  const index = message.find(Header.CONTENT_LENGTH)
  if (index < 0) {
    if (isStream(transport))
      edits.push({ at: message.headersEnd, cut: 0, put: `Content-Length: ${length}\r\n` })
  } else if (change !== 0) {
    const at = message.valueStart(index)
    edits.push({ at, cut: message.valueEnd(index) - at, put: String(length) })
  }
}

/** The response with our Via (the topmost value) taken off and the script's edits carried out. */
export function forwardedResponse(message: Message, edits: readonly Edit[], transport: Transport): Bytes {
  const all = [...edits]
  const index = message.find(Header.VIA)
  const top = message.topVia()
  if (index >= 0) {
    const next = top === undefined || top instanceof Malformed ? undefined : top.next
    const start = next === undefined ? message.lineStart(index) : message.valueStart(index)
    all.push(cut([start, next ?? message.lineEnd(index)]))
  }
  fitContentLength(message, all, transport)
  return applyEdits(message.text, all)
}

/** Where a response with this Via goes (RFC 3261 §18.2.2, RFC 3581 §4; SER: `rport`, then the Via's own port). */
export function viaTarget(via: Via): { host: string; port: number | undefined; transport: Transport } {
  const rport = via.rport === undefined || via.rport === '' ? undefined : Number(via.rport)
  const port = rport !== undefined && rport > 0 && rport < 65536 ? rport : via.port
  return { host: bare(via.received ?? via.host), port, transport: via.transport.toLowerCase() as Transport }
}
