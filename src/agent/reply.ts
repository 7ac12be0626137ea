// Responses of ours (RFC 3261 §8.2.6), and where the sender's Via is completed (§18.2.1, RFC 3581 §4).

import type { Bytes, Packet } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import { reasonPhrase } from '../sip/reasons.js'
import type { HeaderWishes } from './command.js'
import type { Core } from './core.js'
import type { ServerTransaction } from './server.js'
import { writeMessage, type HeaderLine } from './text.js'

export interface ReplyParts {
  readonly reason?: string | undefined
  readonly headers?: readonly HeaderLine[]
  readonly wishes?: HeaderWishes | undefined
  readonly body?: Bytes | undefined
}

/** Sends a response through its transaction; false when a final one has already gone. */
export function reply(
  core: Core,
  server: ServerTransaction,
  status: number,
  parts: ReplyParts = {},
): boolean {
  const { request } = server
  const { body = '', reason = reasonPhrase(status) } = parts
  if (status > 100) server.toTag ??= request.toTag ?? core.identity.newTag()
  const headers = responseHeaders(server, status)
  headers.push(...(parts.headers ?? []), ...core.commonHeaders())
  if (body !== '' && !headers.some(([name]) => name === 'Content-Type'))
    headers.push(['Content-Type', 'application/sdp'])
  const bytes = writeMessage(`SIP/2.0 ${status} ${reason}`, headers, parts.wishes, body)
  return core.stack.servers.respond(server, status, bytes)
}

/** Via, Record-Route, From, To, Call-ID and CSeq of the response. */
function responseHeaders({ request, packet, toTag }: ServerTransaction, status: number): HeaderLine[] {
  const headers: HeaderLine[] = []
  const vias = request.valuesOf(Header.VIA)
  vias.forEach((via, index) => headers.push(['Via', index === 0 ? completedVia(request, packet, via) : via]))
  // §12.1.1: for responses that make a dialog.
  if (status > 100 && status < 300)
    for (const route of request.headersNamed('Record-Route')) headers.push(['Record-Route', route])
  headers.push(['From', request.header(Header.FROM) ?? ''])
  const to = request.header(Header.TO) ?? ''
  headers.push(['To', toTag === undefined || request.toTag !== undefined ? to : `${to};tag=${toTag}`])
  headers.push(['Call-ID', request.callId ?? ''], ['CSeq', request.header(Header.CSEQ) ?? ''])
  return headers
}

/** The top Via with `received`, and `rport` filled in where it was asked for. */
function completedVia(request: Message, { remote }: Packet, value: string): string {
  const via = request.topVia()
  if (via === undefined || via instanceof Malformed) return value
  const filled = via.rport === '' ? value.replace(/;\s*rport\s*(?==|;|,|$)/i, `;rport=${remote.port}`) : value
  const host = via.host.replace(/^\[|\]$/g, '').toLowerCase()
  const needed = via.received === undefined && (host !== remote.address.toLowerCase() || via.rport === '')
  return needed ? `${filled};received=${remote.address}` : filled
}
