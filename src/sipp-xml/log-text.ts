// SIPp's log files, entry by entry: messages.log, shortmessages.log, errors.log. Times are handed in as text.

import type { Bytes, Transport } from '../endpoint.js'
import { headerIn } from './received.js'

const DASHES = '-'.repeat(47)

/** An entry of messages.log. */
export function messageEntry(
  time: string,
  direction: 'sent' | 'received',
  transport: Transport,
  bytes: Bytes,
): string {
  const length = direction === 'sent' ? `(${bytes.length} bytes):` : `[${bytes.length}] bytes :`
  return `${DASHES} ${time}\n${transport.toUpperCase()} message ${direction} ${length}\n\n${bytes}\n`
}

/** A remark in messages.log. */
export function remarkEntry(text: string): string {
  return `${DASHES}\n${text}\n`
}

/** An entry of shortmessages.log: time, S or R, Call-ID, CSeq, first line. */
export function shortEntry(stamp: string, direction: 'sent' | 'received', bytes: Bytes): string {
  const end = bytes.indexOf('\r\n\r\n')
  const headers = end < 0 ? bytes : bytes.slice(0, end)
  const first = bytes.slice(0, Math.max(0, bytes.indexOf('\r\n')))
  const letter = direction === 'sent' ? 'S' : 'R'
  return `${stamp}\t${letter}\t${headerIn(headers, 'Call-ID')}\tCSeq:${headerIn(headers, 'CSeq')}\t${first}\n`
}

/** The head of errors.log. */
export const ERRORS_HEAD = 'The following events occurred:\n'

/** An entry of errors.log. */
export function errorEntry(stamp: string, text: string): string {
  return `${stamp}: ${text}\n`
}
