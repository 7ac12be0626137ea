// Message logs as text: Kamailio's sipdump files, and what SIPp writes with -trace_msg. Both hold every message octet by
// octet behind a few lines that say when and (sipdump only) between whom.
//
// SIPp names no addresses: they are read from the messages (Via, Request-URI), as a guess.

import type { Address, Bytes, Milliseconds, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { hasStartLine, type CapturedMessage } from './message.js'

const ENTRY_OCTETS_MAX = 1024 * 1024
const CALLS_MAX = 10_000
const UNKNOWN: Address = { address: '0.0.0.0', port: 5060 }

const SIPDUMP_HEAD = /={20}\r?\n((?:[^\n]*\n){1,20}?)~{20}\r?\n/g
const SIPDUMP_END = /\|{20}\r?(?:\n|$)/g
const SIPP_HEAD =
  /-{20,}[ \t]*(\d{4})-(\d\d)-(\d\d)[ T\t](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?[^\n]*\n(\w+) message (sent|received) [([](\d{1,7})(?:[)\]] bytes ?| bytes\)) ?:\r?\n\r?\n/g

/** Does a text begin as a message log does? */
export function isMessageLog(text: Bytes): boolean {
  return /^\s*(?:={20}\r?\n(?:tag|pid|process|time): |-{20,}[ \t]*\d{4}-\d\d-\d\d)/.test(text)
}

export class MessageLogReader {
  octets = 0
  records = 0
  /** Octets of an entry that did not end. */
  leftOut = 0
  broken: string | undefined
  #buffer = ''
  readonly #calls = new Map<string, { own: Address; peer: Address }>()

  constructor(private readonly message: (message: CapturedMessage) => void) {}

  push(text: Bytes): void {
    this.octets += text.length
    if (this.broken !== undefined) return
    this.#buffer += text
    for (let used = this.#entry(); used > 0; used = this.#entry()) this.#buffer = this.#buffer.slice(used)
    if (this.#buffer.length > ENTRY_OCTETS_MAX)
      this.#stop(`an entry is longer than ${ENTRY_OCTETS_MAX} octets`)
  }

  end(): void {
    if (this.broken === undefined && this.#buffer.trim() !== '')
      this.#stop('it ends in the middle of an entry')
  }

  #stop(reason: string): void {
    this.broken = reason
    this.leftOut = this.#buffer.length
    this.#buffer = ''
  }

  /** Reads the entry at the beginning; returns its length, 0 while it is not whole. */
  #entry(): number {
    const dumped = at(SIPDUMP_HEAD, this.#buffer)
    const traced = at(SIPP_HEAD, this.#buffer)
    if (dumped !== undefined && (traced === undefined || dumped.index < traced.index))
      return this.#dumped(dumped)
    return traced === undefined ? 0 : this.#traced(traced)
  }

  #dumped(head: RegExpExecArray): number {
    const start = head.index + head[0].length
    const end = at(SIPDUMP_END, this.#buffer, start)
    if (end === undefined) return 0
    const field = (name: string): string => new RegExp(`^${name}: *(.*?)\\r?$`, 'm').exec(head[1]!)?.[1] ?? ''
    const bytes = this.#buffer.slice(start, end.index)
    const [proto = 'udp'] = field('proto').split(' ')
    this.#found({
      at: Number(field('time')) * 1000 || 0,
      transport: transportOf(proto),
      source: { address: field('srcip'), port: Number(field('srcport')) || 0 },
      target: { address: field('dstip'), port: Number(field('dstport')) || 0 },
      bytes,
    })
    return end.index + end[0].length
  }

  #traced(head: RegExpExecArray): number {
    const [whole, year, month, day, hour, minute, second, fraction = '0', proto, way, length] = head
    const start = head.index + whole.length
    const end = start + Number(length)
    if (end > this.#buffer.length) return 0
    const bytes = this.#buffer.slice(start, end)
    const time = Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    )
    const { own, peer } = this.#ends(bytes, way === 'sent')
    const [source, target] = way === 'sent' ? [own, peer] : [peer, own]
    const ms = time + Number(`0.${fraction}`) * 1000
    this.#found({ at: ms, transport: transportOf(proto!), source, target, bytes })
    return end
  }

  #found(message: Omit<CapturedMessage, 'frame' | 'isSip'> & { readonly at: Milliseconds }): void {
    this.records++
    this.message({ ...message, frame: this.records, isSip: hasStartLine(message.bytes) })
  }

  /** Who SIPp was and whom it spoke to, by the requests of the call. */
  #ends(bytes: Bytes, isSent: boolean): { own: Address; peer: Address } {
    const message = parseMessage(bytes)
    if (message instanceof Malformed) return { own: UNKNOWN, peer: UNKNOWN }
    const key = message.callId ?? ''
    const known = this.#calls.get(key)
    if (known !== undefined && !message.isRequest) return known
    const sender = viaAddress(message)
    const receiver = message.isRequest ? uriAddress(message) : undefined
    const sentBy = message.isRequest === isSent ? sender : receiver
    const sentTo = message.isRequest === isSent ? receiver : sender
    const ends = { own: sentBy ?? known?.own ?? UNKNOWN, peer: sentTo ?? known?.peer ?? UNKNOWN }
    const [oldest] = this.#calls.keys()
    if (this.#calls.size >= CALLS_MAX && oldest !== undefined) this.#calls.delete(oldest)
    this.#calls.set(key, ends)
    return ends
  }
}

function at(pattern: RegExp, text: Bytes, from = 0): RegExpExecArray | undefined {
  pattern.lastIndex = from
  return pattern.exec(text) ?? undefined
}

function transportOf(text: string): Transport {
  const word = text.toLowerCase()
  return word === 'tcp' || word === 'tls' || word === 'ws' || word === 'wss' ? word : 'udp'
}

function viaAddress(message: Message): Address | undefined {
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed) return undefined
  const port = Number(via.rport) || via.port || 5060
  return { address: (via.received ?? via.host).replace(/[[\]]/g, ''), port }
}

function uriAddress(message: Message): Address | undefined {
  const uri = message.uri()
  if (uri instanceof Malformed || uri.host === undefined) return undefined
  return { address: uri.host.replace(/[[\]]/g, ''), port: uri.port ?? 5060 }
}
