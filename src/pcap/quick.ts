// What a message is about, read from its text without parsing it: for the many messages of a large capture.

import type { Bytes } from '../endpoint.js'

const CALL_ID = /(?:^|\n)(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*)/i
const CSEQ = /(?:^|\n)cseq[ \t]*:[ \t]*(\d+)[ \t]+([^\s]+)/i
const REQUEST = /^[\r\n]*([\w.-]+) \S/

/** The Call-ID; '' when there is none. */
export function quickCallId(bytes: Bytes): string {
  // As nearly everybody writes it.
  const at = bytes.indexOf('\nCall-ID: ')
  const end = at < 0 ? -1 : bytes.indexOf('\r', at)
  if (end > 0) return bytes.slice(at + 10, end).trim()
  return CALL_ID.exec(bytes)?.[1]?.trim() ?? ''
}

/** The method of a request, or of the request that is answered, in upper case; ''. */
export function methodOf(bytes: Bytes): string {
  const isResponse = bytes.startsWith('SIP/') || /^[\r\n]*SIP\//i.test(bytes)
  const method = isResponse ? CSEQ.exec(bytes)?.[2] : REQUEST.exec(bytes)?.[1]
  return method?.toUpperCase() ?? ''
}

/** The status of a response; 0 for a request. */
export function statusOf(bytes: Bytes): number {
  return Number(/^[\r\n]*SIP\/\d\.\d +(\d{3})/i.exec(bytes)?.[1] ?? 0)
}

/** "INVITE", "180 Ringing": the first line without its version and URI. */
export function nameOf(bytes: Bytes): string {
  const [line = ''] = bytes.replace(/^[\r\n]+/, '').split(/\r?\n/, 1)
  const status = /^SIP\/\d\.\d +(\d{3}.*)$/i.exec(line)?.[1]
  return (status ?? /^([\w.-]+) \S/.exec(line)?.[1] ?? `${bytes.length} octets that are no SIP`).trim()
}
