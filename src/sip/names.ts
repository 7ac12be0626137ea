// Header names: one small number a known header, so that finding one is a number comparison (RFC 3261 §7.3.1, §20).

/** Known headers with their compact forms, in one table: [id, canonical name, compact form]. */
const NAMES = [
  [1, 'Via', 'v'],
  [2, 'From', 'f'],
  [3, 'To', 't'],
  [4, 'Call-ID', 'i'],
  [5, 'CSeq', ''],
  [6, 'Contact', 'm'],
  [7, 'Max-Forwards', ''],
  [8, 'Route', ''],
  [9, 'Record-Route', ''],
  [10, 'Content-Length', 'l'],
  [11, 'Content-Type', 'c'],
  [12, 'Expires', ''],
  [13, 'Require', ''],
  [14, 'Proxy-Require', ''],
  [15, 'Supported', 'k'],
  [16, 'Authorization', ''],
  [17, 'Proxy-Authorization', ''],
  [18, 'WWW-Authenticate', ''],
  [19, 'Proxy-Authenticate', ''],
  [20, 'Event', 'o'],
  [21, 'User-Agent', ''],
  [22, 'Content-Encoding', 'e'],
  [23, 'Subject', 's'],
  [24, 'Refer-To', 'r'],
  [25, 'Allow-Events', 'u'],
  [26, 'Path', ''],
  [27, 'Session-Expires', 'x'],
  [28, 'Max-Breadth', ''],
  [29, 'Date', ''],
  [30, 'Unsupported', ''],
  [31, 'RSeq', ''],
  [32, 'RAck', ''],
  [33, 'Retry-After', ''],
  [34, 'Min-Expires', ''],
  [35, 'Reason', ''],
  [36, 'Warning', ''],
  [37, 'Server', ''],
  [38, 'Allow', ''],
  [39, 'Referred-By', 'b'],
  [40, 'Accept', ''],
  [41, 'Timestamp', ''],
] as const

/** The number of a header; OTHER for one not in the table. */
export const Header = {
  OTHER: 0,
  VIA: 1,
  FROM: 2,
  TO: 3,
  CALL_ID: 4,
  CSEQ: 5,
  CONTACT: 6,
  MAX_FORWARDS: 7,
  ROUTE: 8,
  RECORD_ROUTE: 9,
  CONTENT_LENGTH: 10,
  CONTENT_TYPE: 11,
  EXPIRES: 12,
  REQUIRE: 13,
  PROXY_REQUIRE: 14,
  SUPPORTED: 15,
  AUTHORIZATION: 16,
  PROXY_AUTHORIZATION: 17,
  WWW_AUTHENTICATE: 18,
  PROXY_AUTHENTICATE: 19,
  EVENT: 20,
  USER_AGENT: 21,
  CONTENT_ENCODING: 22,
  PATH: 26,
  MAX_BREADTH: 28,
  DATE: 29,
  UNSUPPORTED: 30,
  RETRY_AFTER: 33,
  TIMESTAMP: 41,
} as const
export type HeaderId = number

const NAME_LENGTH_MAX = 19
const LONG_NAME = -1

const BY_NAME = new Map<string, HeaderId>()
const CANONICAL: string[] = []

/**
 * What is cheaply known of a header's name: its length and first letter. A message keeps that (below zero, so that it is
 * no id) until somebody asks which header it is.
 */
export type NameKey = number

interface Spelling {
  readonly id: HeaderId
  readonly lower: Uint8Array
  readonly upper: Uint8Array
}

/** The known spellings by key: at most three a cell. */
const SPELLINGS: Spelling[][] = []
const KEYS: NameKey[] = [0]
const COMPACT_KEYS: NameKey[] = [0]

for (const [id, name, compact] of NAMES) {
  CANONICAL[id] = name
  KEYS[id] = learn(id, name)
  COMPACT_KEYS[id] = compact === '' ? KEYS[id] : learn(id, compact)
}

function learn(id: HeaderId, form: string): NameKey {
  BY_NAME.set(form.toLowerCase(), id)
  const key = nameKey(form.length, form.charCodeAt(0))
  ;(SPELLINGS[-key] ??= []).push({ id, lower: octets(form.toLowerCase()), upper: octets(form.toUpperCase()) })
  return key
}

function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** Below zero, and the same for all cases of a name. Names longer than any known one share one key. */
export function nameKey(length: number, firstLetter: number): NameKey {
  return length > NAME_LENGTH_MAX ? LONG_NAME : -((length << 5) | (firstLetter & 31)) - 1
}

/** Could a name with this key be the header `id`? */
export function couldBe(key: NameKey, id: HeaderId): boolean {
  return key === KEYS[id] || key === COMPACT_KEYS[id]
}

/** The id of the header whose name, with this key, begins at text[at]. */
export function headerIdAt(text: string, at: number, key: NameKey): HeaderId {
  const cell = SPELLINGS[-key]
  if (cell === undefined) return Header.OTHER
  for (const spelling of cell) if (standsAt(spelling, text, at)) return spelling.id
  return Header.OTHER
}

/** In any case. Walking a few octets costs less than text.startsWith(). */
function standsAt({ lower, upper }: Spelling, text: string, at: number): boolean {
  for (let i = 0; i < lower.length; i++) {
    const code = text.charCodeAt(at + i)
    if (code !== lower[i] && code !== upper[i]) return false
  }
  return true
}

/** The id of a header by its name in any case, full or compact; OTHER when it is not in the table. */
export function headerId(name: string): HeaderId {
  return BY_NAME.get(name.toLowerCase()) ?? Header.OTHER
}

/** The full name of a known header as RFC 3261 §20 spells it. */
export function canonicalName(id: HeaderId): string | undefined {
  return CANONICAL[id]
}
