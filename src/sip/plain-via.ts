// The Via that nearly all messages carry, read without patterns: "SIP/2.0/UDP host[:port];name[=value]...", no blanks,
// quotes, brackets or comments; further values may follow a comma. Anything else is left to via.ts, whose reading is
// the one that counts: what is read here is read there the same.

import type { Via } from './via.js'

const PROTOCOL = 'SIP/2.0'
const PORT_MAX = 65535
const PORT_DIGITS_MAX = 5

const SP = 32
const COMMA = 44
const COLON = 58
const SEMICOLON = 59
const EQUALS = 61

// What an octet may stand in.
const HOST = 1
const TOKEN = 2
const VALUE = 4
const KINDS = new Uint8Array(256)
for (let code = 33; code < 127; code++) {
  const letter = String.fromCharCode(code)
  if (/[A-Za-z0-9_.-]/.test(letter)) KINDS[code]! |= HOST
  if (/[A-Za-z0-9!%*_+`'~.-]/.test(letter)) KINDS[code]! |= TOKEN
  if (/[^;,"()[\]]/.test(letter)) KINDS[code]! |= VALUE
}

/** Parameters as they are found. */
interface Found {
  branch: string | undefined
  received: string | undefined
  rport: string | undefined
  maddr: string | undefined
  ttl: string | undefined
  rportRange: readonly [number, number] | undefined
  receivedRange: readonly [number, number] | undefined
  /** Where the value ends: at the header's end or at a comma. */
  end: number
}

/** The Via value that begins at text[start], in a header that ends at `end`; undefined when it is not of the plain kind. */
export function parsePlainVia(text: string, start: number, end: number): Via | undefined {
  if (!text.startsWith('SIP/2.0/', start)) return undefined
  const transportStart = start + PROTOCOL.length + 1
  const transportEnd = transportStart + 3
  if (text.charCodeAt(transportEnd) !== SP) return undefined
  const transport = transportAt(text, transportStart)
  const hostStart = transportEnd + 1
  const hostEnd = runOf(HOST, text, hostStart, end)
  if (transport === undefined || hostEnd === hostStart) return undefined
  let at = hostEnd
  let port: number | undefined
  if (at < end && text.charCodeAt(at) === COLON) {
    const portEnd = digitsEnd(text, at + 1, end)
    port = numberAt(text, at + 1, portEnd)
    if (port === undefined) return undefined
    at = portEnd
  }
  const found = readParams(text, at, end)
  if (found === undefined) return undefined
  return {
    transport,
    protocol: PROTOCOL,
    host: text.slice(hostStart, hostEnd),
    port,
    branch: found.branch,
    received: found.received,
    rport: found.rport,
    maddr: found.maddr,
    ttl: found.ttl,
    start,
    end: found.end,
    paramsStart: at,
    rportRange: found.rportRange,
    receivedRange: found.receivedRange,
    next: found.end === end ? undefined : nextValue(text, found.end, end),
  }
}

function transportAt(text: string, at: number): string | undefined {
  if (text.startsWith('UDP', at)) return 'UDP'
  if (text.startsWith('TCP', at)) return 'TCP'
  return text.startsWith('TLS', at) ? 'TLS' : undefined
}

/** Behind the octets of a kind that begin at `at`. */
function runOf(kind: number, text: string, at: number, end: number): number {
  while (at < end && (KINDS[text.charCodeAt(at)]! & kind) !== 0) at++
  return at
}

function digitsEnd(text: string, at: number, end: number): number {
  while (at < end && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++
  return at
}

function numberAt(text: string, start: number, end: number): number | undefined {
  if (end === start || end - start > PORT_DIGITS_MAX) return undefined
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - 48
  return value > PORT_MAX ? undefined : value
}

/** The parameters from `at` to the end; undefined when one of them is not plain. */
function readParams(text: string, at: number, end: number): Found | undefined {
  const found: Found = {
    branch: undefined,
    received: undefined,
    rport: undefined,
    maddr: undefined,
    ttl: undefined,
    rportRange: undefined,
    receivedRange: undefined,
    end,
  }
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code === COMMA) {
      found.end = at
      return nextValue(text, at, end) === undefined ? undefined : found
    }
    if (code !== SEMICOLON) return undefined
    const nameEnd = runOf(TOKEN, text, at + 1, end)
    if (nameEnd === at + 1) return undefined
    let valueEnd = nameEnd
    if (nameEnd < end && text.charCodeAt(nameEnd) === EQUALS) {
      valueEnd = runOf(VALUE, text, nameEnd + 1, end)
      if (valueEnd === nameEnd + 1) return undefined
    }
    if (!note(found, text, at, nameEnd, valueEnd)) return undefined
    at = valueEnd
  }
  return found
}

/** Where the value behind the comma at `comma` begins; undefined when it must be looked for with more care. */
function nextValue(text: string, comma: number, end: number): number | undefined {
  let at = comma + 1
  while (at < end && text.charCodeAt(at) === SP) at++
  return at < end && (KINDS[text.charCodeAt(at)]! & TOKEN) !== 0 ? at : undefined
}

/** Keeps a parameter that matters; false when it must be read with more care. */
function note(found: Found, text: string, at: number, nameEnd: number, valueEnd: number): boolean {
  const value = valueEnd > nameEnd ? text.slice(nameEnd + 1, valueEnd) : undefined
  switch (text.slice(at + 1, nameEnd).toLowerCase()) {
    case 'branch':
      found.branch = value
      return value !== undefined
    case 'received':
      found.received = value
      found.receivedRange = [at, valueEnd]
      return true
    case 'rport':
      found.rport = value ?? ''
      found.rportRange = [at, valueEnd]
      return true
    case 'maddr':
      found.maddr = value
      return true
    case 'ttl':
      found.ttl = value
      return true
    default:
      return true
  }
}
