// A request on its way out: kept as parts, because it may have to be sent again with another CSeq, another branch
// and credentials (RFC 3261 §22.2, §8.1.3.5), and because its ACK repeats some of them.

import type { Bytes } from '../endpoint.js'
import type { HeaderWishes } from './command.js'
import type { HeaderLine } from './text.js'

export interface Outgoing {
  readonly method: string
  readonly uri: string
  /** Where it goes: this URI's host, or the outbound proxy when undefined. */
  readonly next: string | undefined
  readonly routes: readonly string[]
  readonly from: string
  readonly to: string
  readonly callId: string
  cseq: number
  /** Headers that the method wants: Contact, Expires, Refer-To ... */
  readonly headers: readonly HeaderLine[]
  readonly wishes: HeaderWishes | undefined
  readonly body: Bytes
  /** Authorization and Proxy-Authorization by realm. */
  readonly credentials: Map<string, HeaderLine>
  /** How many times it was made. */
  attempts: number
  /** Gives the next CSeq number for sending it again. */
  readonly nextCseq: () => number
}

/** The header lines of a request, in the order in which they are sent. */
export function requestHeaders(outgoing: Outgoing, via: string, common: readonly HeaderLine[]): HeaderLine[] {
  const headers: HeaderLine[] = [
    ['Via', via],
    ['Max-Forwards', '70'],
  ]
  for (const route of outgoing.routes) headers.push(['Route', route])
  headers.push(['From', outgoing.from], ['To', outgoing.to], ['Call-ID', outgoing.callId])
  headers.push(['CSeq', `${outgoing.cseq} ${outgoing.method}`])
  headers.push(...outgoing.credentials.values(), ...outgoing.headers, ...common)
  if (outgoing.body !== '' && !outgoing.headers.some(([name]) => name === 'Content-Type'))
    headers.push(['Content-Type', 'application/sdp'])
  return headers
}
