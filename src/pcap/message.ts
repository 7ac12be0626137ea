// A message out of a capture: who sent which octets to whom, when, over what.

import type { Address, Bytes, Milliseconds, Transport } from '../endpoint.js'

export interface CapturedMessage {
  /** Since 1970, as far as the source knows the date; else since its beginning. */
  readonly at: Milliseconds
  /** Number of the record that completed it, from 1; 0 when the source has none. */
  readonly frame: number
  readonly transport: Transport
  readonly source: Address
  readonly target: Address
  readonly bytes: Bytes
  /** False: its first line is not as RFC 3261 §7 writes it; what a speaker of SIP sent or got all the same. */
  readonly isSip: boolean
}

/** "10.0.0.1:5060", "[2001:db8::1]:5060" */
export function addressText({ address, port }: Address): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

const START_LINE = /^(?:[\w!%*+`'~.-]+ [^ \r\n]+ SIP\/2\.0\r?\n|SIP\/2\.0 \d{3}(?: |\r?\n))/

/** Does it begin with a request line or a status line, to the letter (RFC 3261 §7.1, §7.2)? */
export function hasStartLine(bytes: Bytes): boolean {
  return START_LINE.test(bytes)
}
