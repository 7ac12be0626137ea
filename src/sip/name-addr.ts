// From, To, Contact, Route, Record-Route values: [display name] <URI> ;parameters (RFC 3261 §20.10, §20.20, §20.30).

import { Malformed } from '../errors.js'
import {
  COMMA,
  EQUALS,
  GREATER,
  isSpace,
  LESS,
  QUOTE,
  quotedEnd,
  SEMICOLON,
  skipSpaces,
  trimmed,
  trimmedEnd,
} from './octets.js'

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
    display: trimmed(text, start, open),
    uri: trimmed(text, open + 1, close),
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
    if (code === LESS) return at
    if (code === QUOTE) {
      at = quotedEnd(text, at, end)
      if (at < 0) return new Malformed(start, 'a quoted string has no end')
    } else at++
  }
  return -1
}

function parseBare(text: string, start: number, end: number): NameAddr | Malformed {
  const from = skipSpaces(text, start, end)
  let at = from
  while (at < end && isBareOctet(text.charCodeAt(at))) at++
  const stop = skipSpaces(text, at, end)
  if (at === from || (stop < end && text.charCodeAt(stop) !== SEMICOLON))
    return new Malformed(start, 'an address is neither "name <URI>" nor a URI')
  const params = readParams(text, stop, end)
  if (params instanceof Malformed) return params
  const uri = text.slice(from, at)
  return { display: '', uri, params, tag: params.get('tag'), start, end, bracketed: false }
}

/** What a URI without brackets may hold: no white space, quotes or brackets, and a semicolon ends it. */
function isBareOctet(code: number): boolean {
  return !isSpace(code) && code !== SEMICOLON && code !== QUOTE && code !== LESS && code !== GREATER
}

function readParams(text: string, from: number, end: number): ReadonlyMap<string, string> | Malformed {
  let at = skipSpaces(text, from, end)
  if (at >= end) return EMPTY
  const params = new Map<string, string>()
  while (at < end) {
    const nameStart = skipSpaces(text, at + 1, end)
    const nameEnd = paramNameEnd(text, nameStart, end)
    if (text.charCodeAt(at) !== SEMICOLON || nameEnd === nameStart)
      return new Malformed(at, 'an address has a malformed parameter')
    const name = text.slice(nameStart, nameEnd).toLowerCase()
    let value = ''
    at = skipSpaces(text, nameEnd, end)
    if (at < end && text.charCodeAt(at) === EQUALS) {
      const valueStart = skipSpaces(text, at + 1, end)
      const valueEnd = paramValueEnd(text, valueStart, end)
      if (valueEnd < 0) return new Malformed(valueStart, 'a quoted string has no end')
      value = text.slice(valueStart, valueEnd)
      at = skipSpaces(text, valueEnd, end)
    }
    // The first of two parameters of one name counts.
    if (!params.has(name)) params.set(name, value)
  }
  return params
}

function paramNameEnd(text: string, at: number, end: number): number {
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (!isBareOctet(code) || code === EQUALS || code === COMMA) break
  }
  return at
}

/** Behind the value, quoted or not; -1 when a quoted one has no end. */
function paramValueEnd(text: string, at: number, end: number): number {
  if (at < end && text.charCodeAt(at) === QUOTE) return quotedEnd(text, at, end)
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (isSpace(code) || code === SEMICOLON || code === COMMA || code === QUOTE) break
  }
  return at
}

/** The text of a quoted string without its quotes and escapes; any other text as it is (RFC 3261 §25.1). */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== QUOTE) return text
  const end = quotedEnd(text, 0, text.length)
  const inner = text.slice(1, end < 0 ? text.length : end - 1)
  return inner.includes('\\') ? inner.replace(/\\([^])/g, '$1') : inner
}

/**
 * Splits text[start, end) at commas outside quotes and angle brackets; white space around each part is left out, and
 * so are empty parts. A quote or bracket that never closes makes the rest one part; a quote in brackets is no quote.
 */
export function splitList(text: string, start: number, end: number): (readonly [number, number])[] {
  const parts: (readonly [number, number])[] = []
  let from = start
  let inBrackets = false
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE && !inBrackets) {
      const close = quotedEnd(text, at, end)
      if (close < 0) break
      at = close - 1
    } else if (code === LESS) inBrackets = true
    else if (code === GREATER) inBrackets = false
    else if (code === COMMA && !inBrackets) {
      pushTrimmed(parts, text, from, at)
      from = at + 1
    }
  }
  pushTrimmed(parts, text, from, end)
  return parts
}

function pushTrimmed(parts: (readonly [number, number])[], text: string, start: number, end: number): void {
  const from = skipSpaces(text, start, end)
  const to = trimmedEnd(text, from, end)
  if (to > from) parts.push([from, to])
}

/** Escapes what must not stand bare in a quoted string, and quotes it. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
