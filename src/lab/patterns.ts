// The words of the steps, read: durations, counts, statuses, messages. Each `parse` throws a UsageError that says how
// the word is written.

import type { Bytes, Milliseconds } from '../endpoint.js'
import { UsageError } from '../errors.js'

const T1_MS = 500
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1000,
  second: 1000,
  seconds: 1000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
}

/** "500 ms", "20 s", "2 minutes", "T1", "64*T1" in milliseconds. */
export function parseDuration(text: string): Milliseconds {
  const times = /^(?:(\d+)\*)?T([124])$/.exec(text)
  if (times !== null)
    return Number(times[1] ?? 1) * { 1: T1_MS, 2: 4000, 4: 5000 }[times[2] as '1' | '2' | '4']
  const plain = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text)
  const unit = plain === null ? undefined : UNITS[plain[2]!]
  if (plain === null || unit === undefined)
    throw new UsageError(`"${text}" is no duration: write 500 ms, 20 s, 2 minutes or 64*T1`)
  return Number(plain[1]) * unit
}

/** "no", "exactly 2", "at least 1", "at most 10", "between 1 and 3", "2". */
export interface Count {
  readonly text: string
  readonly least: number
  readonly most: number
}

export function parseCount(text: string): Count {
  if (text === 'no') return { text, least: 0, most: 0 }
  const [first = 0, second] = (text.match(/\d+/g) ?? []).map(Number)
  if (text.startsWith('at least')) return { text, least: first, most: Infinity }
  if (text.startsWith('at most')) return { text, least: 0, most: first }
  if (text.startsWith('between')) return { text, least: first, most: second ?? first }
  return { text, least: first, most: first }
}

/** "486", "486 Busy Here" or a class "4xx". */
export interface StatusPattern {
  readonly text: string
  readonly code: number | undefined
  readonly reason: string | undefined
  matches(status: number, reason?: string): boolean
}

export function parseStatus(text: string): StatusPattern {
  const kind = /^([1-6])xx$/.exec(text)
  if (kind !== null) {
    const digit = Number(kind[1])
    return {
      text,
      code: undefined,
      reason: undefined,
      matches: (status) => Math.floor(status / 100) === digit,
    }
  }
  const code = Number(text.slice(0, 3))
  const reason = text.slice(4) || undefined
  return {
    text,
    code,
    reason,
    matches: (status, phrase) =>
      status === code && (reason === undefined || phrase === undefined || phrase === reason),
  }
}

/** What a step calls a message: "INVITE", "486 Busy Here", "200 to INVITE", "4xx". */
export interface MessagePattern {
  readonly text: string
  matches(bytes: Bytes): boolean
}

const FIRST_LINE = /^(?:SIP\/2\.0 (\d{3}) ?([^\r\n]*)|(\S+) )/
const CSEQ = /^CSeq[ \t]*:\s*\d+\s+(\S+)/im

export function parseMessagePattern(text: string): MessagePattern {
  const response = /^(\d{3}(?: .+?)??|[1-6]xx)(?: (?:to|response to) ([A-Z]+))?$/.exec(text)
  if (response === null) return { text, matches: (bytes) => FIRST_LINE.exec(bytes)?.[3] === text }
  const status = parseStatus(response[1]!)
  const method = response[2]
  return {
    text,
    matches: (bytes) => {
      const line = FIRST_LINE.exec(bytes)
      if (line?.[1] === undefined || !status.matches(Number(line[1]), line[2])) return false
      return method === undefined || CSEQ.exec(bytes)?.[1] === method
    },
  }
}

const ORDINALS = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
]

/** "first", "2nd" ... as a number from 1. */
export function parseOrdinal(text: string): number {
  const at = ORDINALS.indexOf(text)
  return at >= 0 ? at + 1 : parseInt(text, 10)
}

/** "INVITE", "180 Ringing", "200 OK": how a message is called in tables and failures. */
export function messageName(bytes: Bytes): string {
  const line = FIRST_LINE.exec(bytes)
  if (line === null) return '(no SIP message)'
  return line[1] === undefined ? line[3]! : `${line[1]} ${line[2]}`.trim()
}
