// One Via value with the places of its parts in the message, so that `received` and `rport` can be put in by an edit
// (RFC 3261 §20.42, §18.2.1; RFC 3581).

import { Malformed } from '../errors.js'
import { parsePlainVia } from './plain-via.js'

export interface Via {
  /** Upper case as far as known: "UDP", "TCP", "TLS", "SCTP", "WS", "WSS", or as written. */
  readonly transport: string
  /** "SIP/2.0" as written, blanks taken out. */
  readonly protocol: string
  /** As written; IPv6 keeps its brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly branch: string | undefined
  readonly received: string | undefined
  /** undefined: absent. '': asked for, without a value (RFC 3581). */
  readonly rport: string | undefined
  readonly maddr: string | undefined
  readonly ttl: string | undefined
  /** Where this value begins and ends in the message (the end excludes a following comma). */
  readonly start: number
  readonly end: number
  /** Right behind host[:port]: where parameters are put in. */
  readonly paramsStart: number
  /** [start, end) of ";rport[=value]" in the message, when present. */
  readonly rportRange: readonly [number, number] | undefined
  /** [start, end) of ";received=value" in the message, when present. */
  readonly receivedRange: readonly [number, number] | undefined
  /** Where the next value of the same header line begins, when the line holds several. */
  readonly next: number | undefined
}

const SENT_BY =
  /([A-Za-z0-9!%*_+`'~.-]+)\s*\/\s*([A-Za-z0-9!%*_+`'~.-]+)\s*\/\s*([A-Za-z0-9!%*_+`'~.-]+)\s+(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)\s*(?::\s*(\d{1,5}))?\s*/y
const PARAM = /;\s*([A-Za-z0-9!%*_+`'~.-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s;,"]+)\s*)?/y
const COMMENT = /\((?:[^()\\]|\\.)*\)\s*/y
const SPACES = /\s*/y

/** Reads the Via value that begins at text[start]; the header's value ends at `end`. */
export function parseVia(message: string, start: number, end: number): Via | Malformed {
  return parsePlainVia(message, start, end) ?? parseAnyVia(message, start, end)
}

/** Any Via value, with blanks, quotes, comments and lists (RFC 3261 §25.1). */
export function parseAnyVia(message: string, start: number, end: number): Via | Malformed {
  // The patterns skip blanks, which must not lead them across the value's end into the next header line.
  const text = message.slice(0, end)
  SENT_BY.lastIndex = start
  const sentBy = SENT_BY.exec(text)
  if (sentBy === null || SENT_BY.lastIndex > end)
    return new Malformed(start, 'Via is not "SIP/2.0/transport host[:port]"')
  const protocol = `${sentBy[1]}/${sentBy[2]}`
  const port = sentBy[5] === undefined ? undefined : Number(sentBy[5])
  if (port !== undefined && port > 65535) return new Malformed(start, 'Via has a port above 65535')
  const paramsStart = start + sentBy[0].trimEnd().length
  const found = readParams(text, SENT_BY.lastIndex, end)
  if (typeof found === 'number') return new Malformed(found, 'Via has a malformed parameter')
  return {
    transport: sentBy[3]!.toUpperCase(),
    protocol,
    host: sentBy[4]!,
    port,
    start,
    paramsStart,
    ...found,
  }
}

type Found = Omit<Via, 'transport' | 'protocol' | 'host' | 'port' | 'start' | 'paramsStart'>

/** The parameters from `at` on, or the offset of the first one that is malformed. */
function readParams(text: string, at: number, end: number): Found | number {
  let branch: string | undefined
  let received: string | undefined
  let rport: string | undefined
  let maddr: string | undefined
  let ttl: string | undefined
  let rportRange: readonly [number, number] | undefined
  let receivedRange: readonly [number, number] | undefined
  while (at < end && text.charCodeAt(at) === 59) {
    PARAM.lastIndex = at
    const param = PARAM.exec(text)
    if (param === null || PARAM.lastIndex > end) return at
    const value = param[2]
    switch (param[1]!.toLowerCase()) {
      case 'branch':
        if (value === undefined) return at
        branch = value
        break
      case 'received':
        received = value
        receivedRange = [at, at + param[0].trimEnd().length]
        break
      case 'rport':
        rport = value ?? ''
        rportRange = [at, at + param[0].trimEnd().length]
        break
      case 'maddr':
        maddr = value
        break
      case 'ttl':
        ttl = value
        break
    }
    at = PARAM.lastIndex
  }
  const after = skip(COMMENT, text, at)
  if (after >= end)
    return { branch, received, rport, maddr, ttl, rportRange, receivedRange, end: at, next: undefined }
  if (text.charCodeAt(after) !== 44) return after
  return {
    branch,
    received,
    rport,
    maddr,
    ttl,
    rportRange,
    receivedRange,
    end: at,
    next: skip(SPACES, text, after + 1),
  }
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
