// Which transaction does a message belong to? The matching keys of an agent (RFC 3261 §17.1.3, §17.2.3).
//
// A branch that begins with the magic cookie identifies the transaction together with sent-by and method; without it
// (RFC 2543) the key is made of the fields that a retransmission repeats. tm has keys of its own (SER's way).

import { Malformed } from '../errors.js'
import type { Message } from '../sip/message.js'
import type { Via } from '../sip/via.js'

/** Begins every branch parameter of an RFC 3261 element (§8.1.1.7). */
export const BRANCH_COOKIE = 'z9hG4bK'

/**
 * The server transaction's key of a request: the same for its retransmissions, and for the ACK of a non-2xx.
 * `method` is the transaction's (an ACK and, looking for its target, a CANCEL ask with 'INVITE').
 * undefined: Via, From, CSeq or Call-ID cannot be read, so no transaction can be told.
 */
export function serverKey(message: Message, method = transactionMethod(message)): string | undefined {
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed) return undefined
  if (hasCookie(via.branch)) return `${via.branch}|${sentBy(via)}|${method}`
  return oldServerKey(message, via, method)
}

/** RFC 3261 §17.2.3 for elements without the cookie. To is left out: an ACK's has the tag of the response. */
function oldServerKey(message: Message, via: Via, method: string): string | undefined {
  const cseq = message.cseq()
  const { callId, fromTag } = message
  if (cseq === undefined || cseq instanceof Malformed || callId === undefined) return undefined
  const topVia = message.text.slice(via.start, via.end)
  return [method, message.requestUri, callId, fromTag ?? '', cseq.number, topVia].join('\n')
}

/** The client transaction's key of a response (RFC 3261 §17.1.3): top Via's branch and CSeq's method. */
export function responseKey(message: Message): string | undefined {
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed || via.branch === undefined) return undefined
  const method = message.cseqMethod
  return method === '' ? undefined : clientKey(via.branch, method)
}

/** The key under which a client transaction of this branch and method is kept. */
export function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`
}

function transactionMethod(message: Message): string {
  return message.method === 'ACK' ? 'INVITE' : message.method
}

function hasCookie(branch: string | undefined): boolean {
  return branch !== undefined && branch.startsWith(BRANCH_COOKIE) && branch.length > BRANCH_COOKIE.length
}

function sentBy(via: Via): string {
  return `${via.host.toLowerCase()}:${via.port ?? (via.transport === 'TLS' ? 5061 : 5060)}`
}
