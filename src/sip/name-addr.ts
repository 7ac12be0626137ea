// From, To, Contact, Route, Record-Route values: [display name] <URI> ;parameters (RFC 3261 §20.10, §20.20, §20.30).

import { Malformed } from '../errors.js'

export interface NameAddr {
  /** As written (quotes included); '' when absent. */
  readonly display: string
  /** The URI's text, without angle brackets. */
  readonly uri: string
  /** Header parameters by lower-case name; a parameter without a value has ''. */
  readonly params: ReadonlyMap<string, string>
  readonly tag: string | undefined
  /** Where the value stands in the text. */
  readonly start: number
  readonly end: number
  /** Was the URI in angle brackets? (Without, `;` and `?` end it: RFC 3261 §20.10.) */
  readonly bracketed: boolean
}

const PARAM = /\s*;\s*([^\s;=,"<>]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?/y
const EMPTY: ReadonlyMap<string, string> = new Map()

/** Reads the one value that stands at text[start, end). */
export function parseNameAddr(text: string, start: number, end: number): NameAddr | Malformed {
  const open = findOpen(text, start, end)
  if (open instanceof Malformed) return open
  if (open < 0) return parseBare(text, start, end)
  const close = text.indexOf('>', open)
  if (close < 0 || close >= end) return new Malformed(open, 'an opening < has no closing >')
  const params = readParams(text, close + 1, end)
  if (params instanceof Malformed) return params
  return {
    display: text.slice(start, open).trim(),
    uri: text.slice(open + 1, close).trim(),
    params,
    tag: params.get('tag'),
    start,
    end,
    bracketed: true,
  }
}

/** Where the < stands outside quotes; -1 when there is none. */
function findOpen(text: string, start: number, end: number): number | Malformed {
  let at = start
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code === 60) return at
    if (code === 34) {
      at = quotedEnd(text, at, end)
      if (at < 0) return new Malformed(start, 'a quoted string has no end')
    } else at++
  }
  return -1
}

/** Behind the closing quote of the quoted string that opens at `at`; -1 when it never closes. */
function quotedEnd(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) return i + 1
  }
  return -1
}

function parseBare(text: string, start: number, end: number): NameAddr | Malformed {
  let stop = text.indexOf(';', start)
  if (stop < 0 || stop > end) stop = end
  const uri = text.slice(start, stop).trim()
  if (uri === '' || /[\s"<>]/.test(uri))
    return new Malformed(start, 'an address is neither "name <URI>" nor a URI')
  const params = readParams(text, stop, end)
  if (params instanceof Malformed) return params
  return { display: '', uri, params, tag: params.get('tag'), start, end, bracketed: false }
}

function readParams(text: string, at: number, end: number): ReadonlyMap<string, string> | Malformed {
  if (at >= end) return EMPTY
  const params = new Map<string, string>()
  while (at < end) {
    PARAM.lastIndex = at
    const match = PARAM.exec(text)
    if (match === null || PARAM.lastIndex > end) {
      if (text.slice(at, end).trim() === '') break
      return new Malformed(at, 'an address has a malformed parameter')
    }
    const name = match[1]!.toLowerCase()
    if (!params.has(name)) params.set(name, match[2] ?? '')
    at = PARAM.lastIndex
  }
  return params
}

/** Splits text[start, end) at commas outside quotes and angle brackets; blanks around each part are left out. */
export function splitList(text: string, start: number, end: number): (readonly [number, number])[] {
  const parts: (readonly [number, number])[] = []
  let from = start
  let inBrackets = false
  for (let at = start; at <= end; at++) {
    const code = at < end ? text.charCodeAt(at) : 44
    if (code === 34 && at < end) {
      const quoteEnd = quotedEnd(text, at, end)
      if (quoteEnd < 0) at = end - 1
      else at = quoteEnd - 1
    } else if (code === 60) inBrackets = true
    else if (code === 62) inBrackets = false
    else if (code === 44 && (!inBrackets || at === end)) {
      pushTrimmed(parts, text, from, at)
      from = at + 1
    }
  }
  return parts
}

function pushTrimmed(parts: (readonly [number, number])[], text: string, start: number, end: number): void {
  while (start < end && /\s/.test(text[start]!)) start++
  while (end > start && /\s/.test(text[end - 1]!)) end--
  if (end > start) parts.push([start, end])
}
