// The first line of a message (RFC 3261 §7.1, §7.2, §25.1), read as tolerantly as SER's first-line parser reads it:
// any method, any word as Request-URI, any version; blanks behind the version; exactly one blank before each part.

import type { Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { methodAt } from './methods.js'
import { isBlank, isDigit, SP } from './octets.js'

export interface FirstLine {
  readonly isRequest: boolean
  /** Of a request; of a response the version, as SER shows it to scripts. */
  readonly method: string
  /** '' for a response. */
  readonly requestUri: string
  /** 0 for a request. */
  readonly status: number
  readonly reason: string
  readonly version: string
}

const VERSION = 'SIP/2.0'
const STATUS_LINE = /^(SIP\/\d+\.\d+) (\d{3})(?: ([^\n]*))?$/i
const ANY_VERSION = /^\w+\/\d+\.\d+$/

/** Reads the first line, text[start, end), without its line end. */
export function parseFirstLine(text: Bytes, start: number, end: number): FirstLine | Malformed {
  return isStatusLine(text, start) ? statusLine(text, start, end) : requestLine(text, start, end)
}

function isStatusLine(text: Bytes, start: number): boolean {
  if ((text.charCodeAt(start) & 31) !== 19) return false // neither "S" nor "s"
  return text.startsWith('SIP/', start) || /^sip\//i.test(text.slice(start, start + 4))
}

function statusLine(text: Bytes, start: number, end: number): FirstLine | Malformed {
  const usual = usualStatusLine(text, start, end)
  if (usual !== undefined) return usual
  const match = STATUS_LINE.exec(text.slice(start, end))
  if (match === null) return new Malformed(start, 'the status line is not "SIP/2.0 code reason"')
  return response(match[1]!, Number(match[2]), match[3] ?? '')
}

/** "SIP/2.0 200 OK" without a pattern. */
function usualStatusLine(text: Bytes, start: number, end: number): FirstLine | undefined {
  const digits = start + VERSION.length + 1
  if (end <= digits + 3 || !text.startsWith('SIP/2.0 ', start)) return undefined
  let status = 0
  for (let at = digits; at < digits + 3; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code)) return undefined
    status = status * 10 + code - 48
  }
  if (text.charCodeAt(digits + 3) !== SP) return undefined
  return response(VERSION, status, text.slice(digits + 4, end))
}

function response(version: string, status: number, reason: string): FirstLine {
  return { isRequest: false, method: version, requestUri: '', status, reason, version }
}

function requestLine(text: Bytes, start: number, end: number): FirstLine | Malformed {
  const methodEnd = text.indexOf(' ', start)
  if (methodEnd <= start || methodEnd >= end) return new Malformed(start, 'the request line has no method')
  const uriStart = methodEnd + 1
  const uriEnd = text.indexOf(' ', uriStart)
  if (uriEnd < 0 || uriEnd >= end) return new Malformed(uriStart, 'the request line has no SIP version')
  if (uriEnd === uriStart) return new Malformed(uriEnd, 'two blanks behind the method')
  const version = versionAt(text, uriEnd + 1, end)
  if (version instanceof Malformed) return version
  return {
    isRequest: true,
    method: methodAt(text, start, methodEnd),
    requestUri: text.slice(uriStart, uriEnd),
    status: 0,
    reason: '',
    version,
  }
}

function versionAt(text: Bytes, start: number, end: number): string | Malformed {
  if (end - start === VERSION.length && text.startsWith(VERSION, start)) return VERSION
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  const version = text.slice(start, end)
  if (version === '' || /[ \t]/.test(version))
    return new Malformed(start, 'a blank in the Request-URI or version')
  return ANY_VERSION.test(version)
    ? version
    : new Malformed(start, 'the request line does not end in a SIP version')
}
