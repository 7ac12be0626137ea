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
  PATH: 26,
  MAX_BREADTH: 28,
  DATE: 29,
  UNSUPPORTED: 30,
  RETRY_AFTER: 33,
} as const
export type HeaderId = number

const BY_NAME = new Map<string, HeaderId>()
const CANONICAL: string[] = []
/** Candidates by (length, first letter): at most three a cell, so a name costs a few comparisons and no allocation. */
const CELLS: { name: string; lower: string; id: HeaderId }[][] = []

for (const [id, name, compact] of NAMES) {
  CANONICAL[id] = name
  for (const form of [name, compact]) {
    if (form === '') continue
    BY_NAME.set(form.toLowerCase(), id)
    const cell = cellOf(form.length, form.charCodeAt(0))
    ;(CELLS[cell] ??= []).push({ name: form, lower: form.toLowerCase(), id })
  }
}

function cellOf(length: number, firstLetter: number): number {
  return (length << 5) | (firstLetter & 31)
}

/** The id of the header whose name stands at text[start, end). */
export function headerIdAt(text: string, start: number, end: number): HeaderId {
  const length = end - start
  if (length > 19 || length < 1) return Header.OTHER
  const cell = CELLS[cellOf(length, text.charCodeAt(start))]
  if (cell === undefined) return Header.OTHER
  for (const candidate of cell) if (text.startsWith(candidate.name, start)) return candidate.id
  const lower = text.slice(start, end).toLowerCase()
  for (const candidate of cell) if (lower === candidate.lower) return candidate.id
  return Header.OTHER
}

/** The id of a header by its name in any case, full or compact; OTHER when it is not in the table. */
export function headerId(name: string): HeaderId {
  return BY_NAME.get(name.toLowerCase()) ?? Header.OTHER
}

/** The full name of a known header as RFC 3261 §20 spells it. */
export function canonicalName(id: HeaderId): string | undefined {
  return CANONICAL[id]
}
