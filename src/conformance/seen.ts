// The packets of a run as rules read them: parsed, with who sent them to whom, and the requests they belong to.
// Only what was on the wire is known here; nothing of any endpoint's inside.

import type { LogEntry, WireEntry } from '../driver.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { parseVia, type Via } from '../sip/via.js'

/** One packet with a message that can be read. */
export interface Seen {
  readonly wire: WireEntry
  readonly message: Message
  readonly method: string
  readonly callId: string
  readonly cseq: number
  /** Via values, topmost first. */
  readonly vias: readonly Via[]
  /** Branch of the topmost Via. */
  readonly branch: string
  readonly fromProxy: boolean
  readonly toProxy: boolean
  /** The same packet has been sent before. */
  readonly again: boolean
}

/** Reads the packets; what cannot be read is left out (a peer's mistake is not a proxy's). */
export function seenIn(entries: readonly LogEntry[], proxies: readonly string[]): Seen[] {
  const seen: Seen[] = []
  const sent = new Set<string>()
  for (const entry of entries) {
    if (entry.kind !== 'wire' || entry.fate === 'duplicate') continue
    const message = parseMessage(entry.bytes)
    if (message instanceof Malformed) continue
    const cseq = message.cseq()
    const vias = viasOf(message)
    if (cseq === undefined || cseq instanceof Malformed || vias.length === 0 || message.callId === undefined)
      continue
    const key = `${entry.from} ${entry.to} ${entry.bytes}`
    seen.push({
      wire: entry,
      message,
      method: message.isRequest ? message.method : cseq.method,
      callId: message.callId,
      cseq: cseq.number,
      vias,
      branch: vias[0]!.branch ?? '',
      fromProxy: entry.from !== undefined && proxies.includes(entry.from),
      toProxy: entry.to !== undefined && proxies.includes(entry.to),
      again: sent.has(key),
    })
    sent.add(key)
  }
  return seen
}

function viasOf(message: Message): Via[] {
  const vias: Via[] = []
  for (let index = message.find(Header.VIA); index >= 0; index = message.find(Header.VIA, index + 1)) {
    let at: number | undefined = message.valueStart(index)
    while (at !== undefined) {
      const via: Via | Malformed = parseVia(message.text, at, message.valueEnd(index))
      if (via instanceof Malformed) return vias
      vias.push(via)
      at = via.next
    }
  }
  return vias
}

/** Requests only, each once. */
export function requestsOf(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ message, again }) => message.isRequest && !again)
}

/** Responses only, each once. */
export function responsesOf(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ message, again }) => !message.isRequest && !again)
}

/** The request that a party received and that this one, sent on by it, came from. */
export function originOf(sent: Seen, seen: readonly Seen[]): Seen | undefined {
  const below = sent.vias[1]?.branch
  return seen.find(
    ({ message, wire, method, branch, callId }) =>
      message.isRequest &&
      wire.to === sent.wire.from &&
      method === sent.method &&
      branch === below &&
      callId === sent.callId,
  )
}
