// Which transaction does a request belong to? (RFC 3261 §17.2.3; SER tm)
//
// With the RFC's branch cookie: branch, sent-by and method. Without: the RFC 2543 way, byte-equal header bodies.
// ACK and CANCEL look for the INVITE's key.

import { Malformed } from '../../errors.js'
import { Header } from '../../sip/names.js'
import type { Message } from '../../sip/message.js'

const COOKIE = 'z9hG4bK'

/** Which fields the RFC 2543 key takes in besides Call-ID, CSeq, From and To. */
export interface OldMatching {
  readonly ruri: boolean
  readonly via1: boolean
}

/** The key of a request as if its method were `method`; undefined when fields are missing. */
export function requestKey(message: Message, method: string, old: OldMatching): string | undefined {
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed) return undefined
  if (via.branch !== undefined && via.branch.length > COOKIE.length && via.branch.startsWith(COOKIE))
    return `${via.branch}|${via.host}|${via.port ?? ''}|${via.transport}|${method}`
  return oldKey(message, method, old)
}

function oldKey(message: Message, method: string, old: OldMatching): string | undefined {
  const cseq = message.cseq()
  const from = message.header(Header.FROM)
  const callId = message.callId
  if (cseq === undefined || cseq instanceof Malformed || from === undefined || callId === undefined)
    return undefined
  const parts = ['2543', method, callId, String(cseq.number), from]
  // An ACK's To has the tag of the final response, its INVITE's has none: only the URI is compared.
  parts.push(toUri(message))
  if (old.ruri) parts.push(message.requestUri)
  if (old.via1) parts.push(topViaText(message))
  return parts.join('\n')
}

function toUri(message: Message): string {
  const to = message.to()
  return to === undefined || to instanceof Malformed ? '' : to.uri
}

function topViaText(message: Message): string {
  const via = message.topVia()
  return via === undefined || via instanceof Malformed ? '' : message.text.slice(via.start, via.end)
}

/** The dialog key by which the ACK for our own 2xx finds its INVITE: Call-ID, CSeq number, From tag. */
export function dialogKey(message: Message): string {
  const cseq = message.cseq()
  const number = cseq === undefined || cseq instanceof Malformed ? '' : cseq.number
  return `2xx\n${message.callId}\n${number}\n${message.fromTag ?? ''}`
}
