// A message as SIPp's own small parser sees it: searched, not parsed, so that scenarios find in it what they would find
// there, also when it is malformed. Searches are linear in the message, and its length is limited.

import type { Bytes } from '../endpoint.js'

/** Names that have a compact form (RFC 3261 §7.3.3, §20). */
const COMPACT: Readonly<Record<string, string>> = {
  'call-id': 'i',
  contact: 'm',
  'content-encoding': 'e',
  'content-length': 'l',
  'content-type': 'c',
  from: 'f',
  subject: 's',
  supported: 'k',
  to: 't',
  via: 'v',
}

const PATTERNS_MAX = 500
const patterns = new Map<string, RegExp>()

/** Matches every header of a name, folded lines included. */
function patternFor(name: string): RegExp {
  const known = patterns.get(name)
  if (known !== undefined) return known
  if (patterns.size >= PATTERNS_MAX) patterns.clear()
  const escaped = name.replace(/[^\w-]/g, '\\$&')
  const compact = COMPACT[name.toLowerCase()]
  const names = compact === undefined ? escaped : `(?:${escaped}|${compact})`
  const pattern = new RegExp(`\\n${names}[ \\t]*: *([^\\n]*(?:\\n[ \\t][^\\n]*)*)`, 'gi')
  patterns.set(name, pattern)
  return pattern
}

export class Received {
  /** undefined in a response. */
  readonly method: string | undefined
  /** 0 in a request, or when there is none. */
  readonly code: number
  #headers: string | undefined
  #cseq: { number: number; method: string } | undefined

  constructor(readonly text: Bytes) {
    if (text.startsWith('SIP/2.0')) {
      this.method = undefined
      const code = Number(text.slice(8, 11))
      this.code = code >= 100 && code < 700 ? code : 0
    } else {
      const space = text.indexOf(' ')
      this.method = space > 0 && space < 64 ? text.slice(0, space) : ''
      this.code = 0
    }
  }

  get isResponse(): boolean {
    return this.method === undefined
  }

  /** The first line and the headers. */
  get headers(): string {
    if (this.#headers === undefined) {
      const end = this.text.indexOf('\r\n\r\n')
      this.#headers = end < 0 ? this.text : this.text.slice(0, end)
    }
    return this.#headers
  }

  /** What stands behind the blank line; undefined when there is none. */
  get body(): string | undefined {
    const end = this.text.indexOf('\r\n\r\n')
    return end < 0 ? undefined : this.text.slice(end + 4)
  }

  /** The values of a header, joined by ", "; '' when it is not there. */
  header(name: string): string {
    return headerIn(this.headers, name)
  }

  get callId(): string {
    return callIdIn(this.text)
  }

  get cseq(): { readonly number: number; readonly method: string } {
    if (this.#cseq === undefined) {
      const [, number, method] = /^\s*(\d{1,10})\s+(\S{1,64})/.exec(this.header('CSeq')) ?? []
      this.#cseq = { number: Number(number ?? 0), method: method ?? '' }
    }
    return this.#cseq
  }

  /** The branch of the topmost Via. */
  get branch(): string {
    return branchIn(this.header('Via'))
  }

  /** The tag of the To header. */
  get peerTag(): string | undefined {
    const to = this.header('To')
    const from = Math.max(0, to.indexOf('>'))
    return /;\s*tag\s*=\s*([^ ;\t\r\n,]+)/i.exec(to.slice(from))?.[1]
  }
}

/** A header's values in a message's headers, joined by ", ". */
export function headerIn(headers: string, name: string): string {
  const pattern = patternFor(name)
  pattern.lastIndex = 0
  let joined = ''
  for (let found = pattern.exec(headers); found !== null; found = pattern.exec(headers)) {
    const value = found[1]!.trim().replace(/\r\n/g, '\n')
    joined = joined === '' ? value : `${joined}, ${value}`
    // A match ends before the next line feed, which may begin the next header.
  }
  return joined
}

/** The Call-ID of a message; '' when there is none. The usual spelling costs one search. */
export function callIdIn(text: Bytes): string {
  const usual = text.indexOf('\nCall-ID: ')
  if (usual < 0) {
    const end = text.indexOf('\r\n\r\n')
    return headerIn(end < 0 ? text : text.slice(0, end), 'Call-ID')
  }
  const end = text.indexOf('\n', usual + 10)
  return text.slice(usual + 10, end < 0 ? undefined : end).trim()
}

/** The branch parameter of a Via value. */
export function branchIn(via: string): string {
  return /;branch=([^;,\s]*)/.exec(via)?.[1] ?? ''
}

/** The part of a message that <ereg search_in="hdr"> looks at: behind the header's name, to the end of its line. */
export function headerPart(
  text: string,
  name: string,
  { caseIndep, startLine, occurrence }: { caseIndep: boolean; startLine: boolean; occurrence: number },
): string {
  const hay = caseIndep ? text.toLowerCase() : text
  const needle = caseIndep ? name.toLowerCase() : name
  let left = occurrence
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) {
    if (startLine && at > 0 && hay[at - 1] !== '\n') continue
    if (--left > 0) continue
    const from = at + needle.length
    return /^[^\r\n]*/.exec(text.slice(from, from + PART_LENGTH_MAX))![0]
  }
  return ''
}

/** SIPp's buffer for a part. */
const PART_LENGTH_MAX = 2048
