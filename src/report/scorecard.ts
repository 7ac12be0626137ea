// A scorecard: how a server fared against the conformance catalogue, as data, and what is counted of it. The forms for
// people and machines are scorecard-html.ts's and scorecard-text.ts's.

import type { LogEntry } from '../driver.js'

export type RowVerdict = 'pass' | 'fail' | 'not applicable' | 'not executable' | 'not run'

export interface ScorecardRow {
  readonly id: string
  readonly title: string
  readonly level: 'MUST' | 'SHOULD' | 'MAY'
  /** "RFC 3261 §16.6-3". */
  readonly source: string
  readonly role: string
  readonly verdict: RowVerdict
  /** Of a failure what was expected and seen, else why the row was not played. */
  readonly text: string
  /** The packets of a failure. */
  readonly log: readonly LogEntry[]
}

/** A test purpose of ETSI TS 102 027-2 and the groups of rows that cover its clause. */
export interface Purpose {
  readonly id: string
  readonly section: string
  readonly groups: readonly string[]
}

export interface Scorecard {
  /** The server: make, version, profile. */
  readonly target: string
  /** ISO 8601. */
  readonly date: string
  /** Of sipwright. */
  readonly version: string
  readonly seed: number
  readonly durationMs: number
  readonly rows: readonly ScorecardRow[]
  readonly purposes: readonly Purpose[]
}

export type Counts = Record<RowVerdict, number>

export const VERDICTS: readonly RowVerdict[] = ['pass', 'fail', 'not applicable', 'not executable', 'not run']

export function countsOf(rows: readonly ScorecardRow[]): Counts {
  const counts: Counts = { pass: 0, fail: 0, 'not applicable': 0, 'not executable': 0, 'not run': 0 }
  for (const { verdict } of rows) counts[verdict]++
  return counts
}

/** Rows by a key, keys in the order of their first row. */
export function rowsBy(
  rows: readonly ScorecardRow[],
  keyOf: (row: ScorecardRow) => string,
): Map<string, ScorecardRow[]> {
  const groups = new Map<string, ScorecardRow[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}

/** The ways in which a scorecard is summed up. */
export const VIEWS: Readonly<Record<string, (row: ScorecardRow) => string>> = {
  level: ({ level }) => level,
  section: ({ source }) => source.replace(/^(RFC \d+ §\d+(?:\.\d+)?).*/, '$1'),
  role: ({ role }) => role,
}

/** The counts by one of the views, keys in their natural order. */
export function sumsBy(rows: readonly ScorecardRow[], view: string): [name: string, counts: Counts][] {
  return [...rowsBy(rows, VIEWS[view]!)]
    .sort(([one], [two]) => one.localeCompare(two, 'en', { numeric: true }))
    .map(([name, group]) => [name, countsOf(group)])
}

/** ETSI purposes whose groups have no failed MUST row, those with one, and those that nothing was played for. */
export function purposeCounts({ rows, purposes }: Scorecard): {
  clean: number
  failing: number
  open: number
} {
  const groups = rowsBy(rows, groupOf)
  const counts = { clean: 0, failing: 0, open: 0 }
  for (const { groups: names } of purposes) {
    const played = names
      .flatMap((name) => groups.get(name) ?? [])
      .filter(({ verdict }) => verdict === 'pass' || verdict === 'fail')
    const failed = played.some(({ verdict, level }) => verdict === 'fail' && level === 'MUST')
    counts[played.length === 0 ? 'open' : failed ? 'failing' : 'clean']++
  }
  return counts
}

/** "PFW" of "PFW-004". */
export function groupOf({ id }: { readonly id: string }): string {
  return id.slice(0, id.indexOf('-'))
}

export interface Difference {
  readonly id: string
  readonly title: string
  readonly level: string
  readonly one: RowVerdict | undefined
  readonly other: RowVerdict | undefined
}

/** Rows that two servers fared differently at. */
export function differences(one: Scorecard, other: Scorecard): Difference[] {
  const others = new Map(other.rows.map((row) => [row.id, row]))
  const firsts = new Set(one.rows.map(({ id }) => id))
  const both = one.rows.map((row) => ({ row, one: row.verdict, other: others.get(row.id)?.verdict }))
  const onlyOther = other.rows
    .filter(({ id }) => !firsts.has(id))
    .map((row) => ({ row, one: undefined, other: row.verdict }))
  return [...both, ...onlyOther]
    .filter((pair) => pair.one !== pair.other)
    .map(({ row: { id, title, level }, ...verdicts }) => ({ id, title, level, ...verdicts }))
}
