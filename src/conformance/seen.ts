// The packets of a run as rules read them: parsed, with who sent them to whom, and the requests they belong to.
// Only what was on the wire is known here; nothing of any endpoint's inside.

import type { LogEntry, WireEntry } from '../driver.js'
import type { Address, Bytes, Milliseconds } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { parseVia, type Via } from '../sip/via.js'
import { messagesOf } from './streams.js'

/** Via values of one message that are read; a message with more is left out. */
const VIAS_MAX = 100

/** One packet with a message that can be read. */
export interface Seen {
  readonly wire: WireEntry
  /** Its place in the run. */
  readonly order: number
  /** Who sent it and to whom; a stranger's name is its address:port. */
  readonly from: string
  readonly to: string
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
  /** Its receiver is meant to leave out what it owes. */
  readonly toSilent: boolean
  /** When the last packet of the run was sent. */
  readonly runEnd: Milliseconds
}

/** What the rules are told about the parties. */
export interface Parties {
  readonly proxies: readonly string[]
  readonly silent: readonly string[]
}

/** Reads the packets; what cannot be read is left out (a peer's mistake is not a proxy's). */
export function seenIn(entries: readonly LogEntry[], { proxies, silent }: Parties): Seen[] {
  const seen: Seen[] = []
  const sent = new Set<string>()
  const wires = entries.filter((entry) => entry.kind === 'wire')
  const runEnd = wires.reduce((latest, { at }) => Math.max(latest, at), 0)
  for (const { wire, bytes } of messagesOf(wires)) {
    if (wire.fate === 'duplicate') continue
    const read = readMessage(bytes)
    if (read === undefined) continue
    const from = wire.from ?? placeOf(wire.source)
    const to = wire.to ?? placeOf(wire.target)
    const key = `${from} ${to} ${bytes}`
    seen.push({
      ...{ ...read, wire, from, to, runEnd },
      order: seen.length,
      fromProxy: proxies.includes(from),
      toProxy: proxies.includes(to),
      again: sent.has(key),
      toSilent: silent.includes(to),
    })
    sent.add(key)
  }
  return seen
}

/** The packets of each call, in order. */
export function byCall(seen: readonly Seen[]): Seen[][] {
  const calls = new Map<string, Seen[]>()
  for (const one of seen) {
    const call = calls.get(one.callId)
    if (call === undefined) calls.set(one.callId, [one])
    else call.push(one)
  }
  return [...calls.values()]
}

function readMessage(bytes: Bytes) {
  const message = parseMessage(bytes)
  if (message instanceof Malformed) return undefined
  const cseq = message.cseq()
  const vias = viasOf(message)
  const { callId } = message
  if (cseq === undefined || cseq instanceof Malformed || vias === undefined || callId === undefined)
    return undefined
  const method = message.isRequest ? message.method : cseq.method
  return { message, method, callId, cseq: cseq.number, vias, branch: vias[0]!.branch ?? '' }
}

function placeOf({ address, port }: Address): string {
  return `${address}:${port}`
}

/** All Via values from the top; undefined when there is none or one cannot be read. */
function viasOf(message: Message): Via[] | undefined {
  const vias: Via[] = []
  for (let index = message.find(Header.VIA); index >= 0; index = message.find(Header.VIA, index + 1)) {
    let at: number | undefined = message.valueStart(index)
    while (at !== undefined) {
      const via: Via | Malformed = parseVia(message.text, at, message.valueEnd(index))
      if (via instanceof Malformed || vias.length >= VIAS_MAX) return undefined
      vias.push(via)
      at = via.next
    }
  }
  return vias.length > 0 ? vias : undefined
}

/** The same Via values, whatever servers put into them on the way (`received`, `rport`). */
export function sameVias(one: readonly Via[], two: readonly Via[]): boolean {
  return one.length === two.length && one.every((via, at) => sameVia(via, two[at]!))
}

export function sameVia(one: Via, two: Via): boolean {
  return (
    one.branch === two.branch &&
    one.host.toLowerCase() === two.host.toLowerCase() &&
    one.port === two.port &&
    one.transport === two.transport
  )
}

/** Had `earlier` arrived when `later` was sent? */
export function precedes(earlier: Seen, later: Seen): boolean {
  const { arrived } = earlier.wire
  return earlier.order < later.order && arrived !== undefined && arrived <= later.wire.at
}

/** Requests only, each once. */
export function requestsOf(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ message, again }) => message.isRequest && !again)
}

/** Responses only, each once. */
export function responsesOf(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ message, again }) => !message.isRequest && !again)
}

/** What a party had received when it sent this, of the same sender, number and method. */
export function receivedBefore(sent: Seen, seen: readonly Seen[]): Seen[] {
  const { fromTag } = sent.message
  return seen.filter(
    (one) =>
      one.to === sent.from &&
      one.method === sent.method &&
      (one.cseq === sent.cseq || (Number.isNaN(one.cseq) && Number.isNaN(sent.cseq))) &&
      one.message.fromTag === fromTag &&
      precedes(one, sent),
  )
}

/** The request that a party received and that this one, sent on by it, came from: below its top Via stand the same. */
export function originOf(sent: Seen, seen: readonly Seen[]): Seen | undefined {
  const below = sent.vias.slice(1)
  return receivedBefore(sent, seen).findLast(
    ({ message, vias }) => message.isRequest && sameVias(vias, below),
  )
}
