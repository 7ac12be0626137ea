// From the run log to the arrows of a ladder. It looks at a message only as far as a label needs (first line, Call-ID,
// CSeq, Content-Type) and makes something sensible of garbage too, because a ladder matters most when a message is bad.

import type { Bytes, Milliseconds, Transport } from '../endpoint.js'
import type { LogEntry, WireEntry } from '../driver.js'
import { oneLine, readable } from './printable.js'
import { messagesIn } from './frames.js'

/** One message from party to party. Every text but `bytes` is safe to show. */
export interface Arrow {
  readonly at: Milliseconds
  readonly arrivedAt?: Milliseconds
  readonly from: string
  readonly to: string
  readonly transport: Transport
  /** "INVITE (SDP)", "180 Ringing". */
  readonly label: string
  /** The method of the request, or of the request that is answered; '' when it cannot be told. */
  readonly method: string
  /** "1 INVITE" */
  readonly cseq: string
  readonly callId: string
  readonly bytes: Bytes
  readonly fate: WireEntry['fate']
  /** The same octets went from the same party to the same party before. */
  readonly retransmission: boolean
}

/** A remark between arrows: it stands before the arrow with this index. */
export interface Mark {
  readonly at: Milliseconds
  readonly text: string
  readonly before: number
}

export interface Ladder {
  readonly parties: readonly string[]
  readonly arrows: readonly Arrow[]
  readonly marks: readonly Mark[]
  /** How many arrows at the beginning were left out. */
  readonly omitted: number
}

/** Strangers beyond so many parties share one column. */
const PARTIES_MAX = 16
const OTHERS = 'other addresses'
const HEADER_LINES_MAX = 200
const MARK_CHARACTERS_MAX = 300

/** The ladder of a log. `order` puts parties first (those that never speak are left out), the others follow as they come. */
export function ladderOf(log: Iterable<LogEntry>, order: readonly string[] = []): Ladder {
  const arrows: Arrow[] = []
  const marks: Mark[] = []
  const seen = new Map<string, Set<Bytes>>()
  const columns = new Columns(order)
  for (const entry of log) {
    if (entry.kind === 'mark') {
      marks.push({ at: entry.at, text: oneLine(entry.text, MARK_CHARACTERS_MAX), before: arrows.length })
    } else if (entry.kind === 'wire') arrows.push(...arrowsOf(entry, columns, seen))
  }
  return { parties: columns.parties, arrows, marks, omitted: 0 }
}

/** Only the last `count` arrows (and the marks among them). */
export function lastArrows(ladder: Ladder, count: number): Ladder {
  const omitted = ladder.arrows.length - count
  if (omitted <= 0) return ladder
  const marks = ladder.marks.filter((mark) => mark.before >= omitted)
  return {
    parties: ladder.parties,
    arrows: ladder.arrows.slice(omitted),
    marks: marks.map((mark) => ({ ...mark, before: mark.before - omitted })),
    omitted: ladder.omitted + omitted,
  }
}

function arrowsOf(entry: WireEntry, columns: Columns, seen: Map<string, Set<Bytes>>): Arrow[] {
  const from = columns.name(entry.from, entry.source)
  const to = columns.name(entry.to, entry.target)
  const path = `${from}\n${to}`
  const before = seen.get(path) ?? new Set()
  seen.set(path, before)
  return messagesIn(entry.transport, entry.bytes).map((bytes) => {
    // A copy that the network made is not the sender's retransmission, and an empty line keeps a connection alive.
    const retransmission = entry.fate !== 'duplicate' && /[^\r\n]/.test(bytes) && before.has(bytes)
    before.add(bytes)
    const arrived = entry.arrived === undefined ? {} : { arrivedAt: entry.arrived }
    const { at, transport, fate } = entry
    return { at, ...arrived, from, to, transport, ...peek(bytes), bytes, fate, retransmission }
  })
}

/** The parties' columns: named ones by name, strangers by address and port. */
class Columns {
  readonly #seen = new Set<string>()
  readonly #order: readonly string[]

  constructor(order: readonly string[]) {
    this.#order = order.map((name) => oneLine(name, 60))
  }

  name(name: string | undefined, address: WireEntry['source']): string {
    const host = address.address.includes(':') ? `[${address.address}]` : address.address
    const party = oneLine(name ?? `${host}:${address.port}`, 60)
    if (name === undefined && !this.#seen.has(party) && this.#seen.size >= PARTIES_MAX - 1) {
      this.#seen.add(OTHERS)
      return OTHERS
    }
    this.#seen.add(party)
    return party
  }

  get parties(): string[] {
    const first = this.#order.filter((party) => this.#seen.has(party))
    return [...new Set([...first, ...this.#seen])]
  }
}

/** What a ladder needs to know of a message; never throws, whatever the octets are. */
export function peek(bytes: Bytes): Pick<Arrow, 'label' | 'method' | 'cseq' | 'callId'> {
  const lines = headLines(bytes)
  const first = lines[0] ?? ''
  const cseq = header(lines, 'cseq')
  const callId = oneLine(readable(header(lines, 'call-id', 'i')))
  const request = /^([!-~]{1,40}) \S.* SIP\/\d/i.exec(first)?.[1]
  const status = /^SIP\/\d\.\d (\d{3})(?: (.*))?$/i.exec(first)
  const method = request ?? /\d+\s+([!-~]{1,40})/.exec(cseq)?.[1] ?? ''
  const words = request ?? (status ? `${status[1]} ${status[2] ?? ''}` : otherLabel(bytes, first))
  const label = oneLine(readable(words), 60) + (carriesSdp(bytes, lines) ? ' (SDP)' : '')
  return { label, method: oneLine(method), cseq: oneLine(readable(cseq), 60), callId }
}

function otherLabel(bytes: Bytes, first: string): string {
  if (/^[\r\n\0]*$/.test(bytes)) return 'keep-alive'
  const http = /^(?:HTTP\/\d\.\d (\d{3}.*)|([A-Z]{3,10}) \S+ HTTP\/\d\.\d)$/.exec(first)
  if (http) return `${http[1] ?? http[2] ?? ''} (HTTP)`
  return `not SIP (${bytes.length} octets)`
}

/** The first line and the header lines, without the line ends (RFC 3261 §7.5: empty lines before the start line are skipped). */
function headLines(bytes: Bytes): Bytes[] {
  const lines: Bytes[] = []
  let start = /^[\r\n]*/.exec(bytes)?.[0].length ?? 0
  while (lines.length < HEADER_LINES_MAX) {
    const end = bytes.indexOf('\n', start)
    const line = bytes.slice(start, end < 0 ? bytes.length : end).replace(/\r$/, '')
    if (line === '') break
    lines.push(line)
    if (end < 0) break
    start = end + 1
  }
  return lines
}

function header(lines: readonly Bytes[], ...names: string[]): Bytes {
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0 && names.includes(line.slice(0, colon).trim().toLowerCase()))
      return line.slice(colon + 1).trim()
  }
  return ''
}

function carriesSdp(bytes: Bytes, lines: readonly Bytes[]): boolean {
  const type = header(lines, 'content-type', 'c').toLowerCase()
  if (type.startsWith('application/sdp')) return /\r?\n\r?\n[^]/.test(bytes)
  return type.startsWith('multipart/') && /^content-type[ \t]*:[ \t]*application\/sdp/im.test(bytes)
}
