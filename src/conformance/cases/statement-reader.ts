// The statements of a play, from text. One statement a line; lines below it, indented, are its details. The grammar is
// a table: a sentence as a pattern, and what it becomes.

import { ScriptError } from '../../errors.js'
import {
  PARTY_NAME,
  type Check,
  type HeaderChange,
  type Operator,
  type Play,
  type SendStatement,
  type Statement,
} from './case.js'
import { isPattern } from './pattern.js'

/** A line of a play and the lines that belong to it. */
export interface Line {
  readonly text: string
  readonly number: number
  readonly details: readonly Line[]
  /** The details as written, for raw messages. */
  readonly block: readonly string[]
}

type Fields = Readonly<Record<string, string | undefined>>
type Maker = (fields: Fields, line: Line, file: string) => Statement

const DURATION = String.raw`\d+(?:\.\d+)? ?(?:ms|s|min)`
const PARTY = String.raw`(?<party>\w+)`
const AS = String.raw`(?: as (?<as>\w+))?`
const OVER = String.raw`(?: over (?<over>udp|tcp|tls|new tcp))?(?: in pieces of (?<pieces>\d+))?`
const FROM = String.raw`(?: from (?<from>(?:\{[^}]+\}|\S)+))?(?: at (?<at>\{[^}]+\}))?`
const TO = String.raw`(?: to (?<to>(?:\{[^}]+\}|\S)+))?`

/** Sentences, the first that fits counts. */
const SENTENCES: readonly (readonly [RegExp, Maker])[] = [
  [
    sentence(`${PARTY} sends (?<what>.+) again${FROM}`),
    ({ party, what, from, at: door }, at) => ({
      kind: 'repeat',
      ...{ party: party!, what: what!, from, at: door },
      ...place(at),
    }),
  ],
  [
    sentence(`${PARTY} sends (?:raw|(?<what>octets))${FROM}${OVER}${AS}`),
    (fields, at) => ({ ...sending(fields, at), changes: [], raw: at.block.join('\r\n') }),
  ],
  [
    sentence(
      `${PARTY} sends file (?<file>\\S+)${FROM}${OVER}${AS}(?<cut> cut at every octet)?(?: changed in one octet (?<changed>\\d+) times)?(?: with)?`,
    ),
    (fields, at, file) => ({
      ...sending(fields, at),
      changes: [],
      raw: undefined,
      file: {
        name: fields['file']!,
        replacements: at.details.map((detail) => replacementOf(detail, file)),
        variation: variationOf(fields),
      },
    }),
  ],
  [
    sentence('the server (?:sends (?<method>[A-Z]+) to|calls) (?<to>(?:\\{[^{}]*\\}|\\S)+)(?: with)?'),
    ({ method, to }, at, file) => ({
      kind: 'order',
      method: method ?? 'INVITE',
      to: to!,
      changes: changesOf(at, file),
      ...place(at),
    }),
  ],
  [
    sentence(
      `${PARTY} sends (?<what>[A-Za-z]+|\\d{3}(?: .*?)??)${TO}${FROM}${OVER}${AS}(?: (?<times>\\d+) times)?(?: with)?`,
    ),
    (fields, at, file) => ({ ...sending(fields, at), changes: changesOf(at, file), raw: undefined }),
  ],
  [
    sentence(`${PARTY} receives (?<no>nothing|no (?<pattern>.+?))(?: for (?<for>${DURATION}))?`),
    ({ party, pattern, for: forMs }, at) => ({
      kind: 'silence',
      ...{
        parties: [party!],
        pattern,
        forMs: forMs === undefined ? undefined : durationMs(forMs),
        ...place(at),
      },
    }),
  ],
  [
    sentence(`nobody receives (?<pattern>.+?)(?: for (?<for>${DURATION}))?`),
    ({ pattern, for: forMs }, at) => ({
      kind: 'silence',
      parties: [],
      pattern: pattern === 'anything' ? undefined : pattern,
      forMs: forMs === undefined ? undefined : durationMs(forMs),
      ...place(at),
    }),
  ],
  [
    sentence(`${PARTY} receives octets matching (?<matching>.+)`),
    ({ party, matching }, at) => ({
      kind: 'octets',
      party: party!,
      matching: matching!,
      ...place(at),
    }),
  ],
  [
    sentence(`the server closes a connection(?: within (?<within>${DURATION}))?`),
    ({ within }, at) => ({
      kind: 'closed',
      withinMs: within === undefined ? undefined : durationMs(within),
      ...place(at),
    }),
  ],
  [
    sentence(`${PARTY} (?<only>listens on UDP only|also listens at (?<address>.+))`),
    ({ party, address }, at) => ({
      kind: address === undefined ? 'udp only' : 'listens',
      party: party!,
      at: address ?? '',
      ...place(at),
    }),
  ],
  [
    sentence(
      `${PARTY} receives (?<pattern>.+?)(?<again> again)?(?: after (?<after>${DURATION}))?(?: within (?<within>${DURATION}))?${AS}(?: with)?`,
    ),
    ({ party, pattern, again, after, within, as }, at, file) => ({
      kind: 'receive',
      party: party!,
      pattern: patternIn(pattern!, at, file),
      again: again !== undefined,
      afterMs: after === undefined ? undefined : durationMs(after),
      withinMs: within === undefined ? undefined : durationMs(within),
      as,
      checks: at.details.map((detail) => checkOf(detail, file)),
      ...place(at),
    }),
  ],
  [
    sentence('one of'),
    (_, at, file) => ({ kind: 'one of', alternatives: alternativesOf(at, file), ...place(at) }),
  ],
  [
    sentence(`wait (?<for>${DURATION})`),
    (fields, at) => ({ kind: 'wait', forMs: durationMs(fields['for']!), ...place(at) }),
  ],
  [
    sentence('check (?<left>\\{.+?\\}) (?<rest>.+)'),
    ({ left, rest }, at, file) => ({
      kind: 'check',
      left: left!,
      check: checkOf({ ...at, text: `it ${rest!}` }, file),
      ...place(at),
    }),
  ],
  [
    sentence(`${PARTY} registers(?: with)?`),
    ({ party }, at, file) => ({
      kind: 'register',
      party: party!,
      other: undefined,
      changes: changesOf(at, file),
      ...place(at),
    }),
  ],
  [
    sentence(`${PARTY} and (?<other>\\w+) are in a call(?: with)?`),
    ({ party, other }, at, file) => ({
      kind: 'call',
      party: party!,
      other: other!,
      changes: changesOf(at, file),
      ...place(at),
    }),
  ],
  [
    sentence(`${PARTY} closes its connections`),
    ({ party }, at) => ({ kind: 'close', party: party!, ...place(at) }),
  ],
  [
    sentence(`${PARTY} acknowledges by hand`),
    ({ party }, at) => ({ kind: 'by hand', party: party!, ...place(at) }),
  ],
  [
    sentence('dns (?<record>A|AAAA|SRV|NAPTR) (?<name>\\S+) (?<value>.+)'),
    ({ record, name, value }, at) => ({
      kind: 'dns',
      record: record!,
      name: name!,
      value: value!,
      ...place(at),
    }),
  ],
]

const OPERATORS: readonly Operator[] = [
  'is not',
  'is at least',
  'is at most',
  'is present',
  'is absent',
  'is same URI as',
  'is',
  'matches',
  'does not match',
  'contains',
  'does not contain',
]
const CHECK = new RegExp(`^(?<path>.+?) (?<operator>${OPERATORS.join('|')})(?: (?<value>.*))?$`)
const CHANGE = /^(?<how>[+-]?)(?<name>[^\s:]+) ?:? ?(?<value>.*)$/
const START_LINE = /^(?:[A-Za-z]+ \S.* SIP\/\d\.\d|SIP\/\d\.\d \d.*)$/

function sentence(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`)
}

function place({ text, number }: Line): { text: string; line: number } {
  return { text, line: number }
}

function sending({ party, what, to, from, at: door, over, pieces, as, times }: Fields, at: Line) {
  return {
    kind: 'send',
    party: party!,
    over: over as SendStatement['over'],
    pieces: pieces === undefined ? undefined : Number(pieces),
    times: times === undefined ? undefined : Number(times),
    file: undefined,
    ...{ what, to, from, at: door, as },
    ...place(at),
  } as const
}

/** Reads a play. Throws a ScriptError with file:line:column for what is no sentence. */
export function readPlay(lines: readonly Line[], file: string): Play {
  return lines.map((line) => {
    for (const [pattern, make] of SENTENCES) {
      const match = pattern.exec(line.text)
      if (match === null) continue
      const statement = make(match.groups ?? {}, line, file)
      for (const name of namesIn(statement))
        if (!PARTY_NAME.test(name)) throw mistake(file, line, `"${name}" is no party`)
      return statement
    }
    throw mistake(file, line, `no such sentence: "${line.text}"`)
  })
}

function namesIn(statement: Statement): string[] {
  if (statement.kind === 'silence') return [...statement.parties]
  return 'party' in statement ? [statement.party] : []
}

/** "as" and "within" in the wrong order would be words of the pattern. */
function patternIn(pattern: string, at: Line, file: string): string {
  if (isPattern(pattern)) return pattern
  throw mistake(file, at, `"${pattern}" means no message (the order is: after, within, as)`)
}

function mistake(file: string, { number }: Line, reason: string): ScriptError {
  return new ScriptError(
    { file, line: number, column: 1 },
    reason,
    'the sentences stand in features/conformance/README.md',
  )
}

function alternativesOf({ details }: Line, file: string): Play[] {
  const alternatives: Line[][] = []
  for (const detail of details) {
    if (detail.text.startsWith('- '))
      alternatives.push([{ ...detail, text: detail.text.slice(2), ...indented(detail) }])
    else throw mistake(file, detail, 'an alternative begins with "- "')
  }
  return alternatives.map((lines) => readPlay(lines.flatMap(unfolded), file))
}

/** Lines under "- first statement": its own details are indented by four, further statements by two. */
function indented({ details }: Line): Pick<Line, 'details'> {
  return { details }
}

/** A first statement whose details hold further statements ("then caller receives ..."). */
function unfolded(line: Line): Line[] {
  const more = line.details.filter(({ text }) => text.startsWith('then '))
  const own = line.details.filter(({ text }) => !text.startsWith('then '))
  return [{ ...line, details: own }, ...more.map((one) => ({ ...one, text: one.text.slice(5) }))]
}

function variationOf({ cut, changed }: Fields): 'cut' | number | undefined {
  if (cut !== undefined) return 'cut'
  return changed === undefined ? undefined : Number(changed)
}

function replacementOf(line: Line, file: string): { from: string; to: string } {
  const [, from, to] = /^(.+?) becomes ?(.*)$/.exec(line.text) ?? []
  if (from === undefined) throw mistake(file, line, `no "this becomes that": "${line.text}"`)
  return { from, to: to! }
}

function checkOf(line: Line, file: string): Check {
  const { path, operator, value } = CHECK.exec(line.text)?.groups ?? {}
  if (path === undefined) throw mistake(file, line, `no check: "${line.text}"`)
  return { path, operator: operator as Operator, value: value ?? '', line: line.number }
}

function changesOf({ details }: Line, file: string): HeaderChange[] {
  return details.map((detail): HeaderChange => {
    if (detail.text === 'body')
      return { how: 'body', name: 'body', value: detail.block.join('\r\n') + '\r\n' }
    const padded = /^padded to (\d+) octets$/.exec(detail.text)?.[1]
    if (padded !== undefined) return { how: 'pad', name: 'X-Padding', value: padded }
    if (START_LINE.test(detail.text)) return { how: 'start', name: '', value: detail.text }
    const { how, name, value } = CHANGE.exec(detail.text)?.groups ?? {}
    if (name === undefined)
      throw mistake(file, detail, `neither "Name: value", "+Name: value" nor "-Name": "${detail.text}"`)
    return { how: how === '+' ? 'add' : how === '-' ? 'remove' : 'set', name, value: value ?? '' }
  })
}

/** Milliseconds of "500 ms", "32 s", "3 min". */
export function durationMs(text: string): number {
  const [, number, unit] = /^([\d.]+) ?(ms|s|min)$/.exec(text)!
  return Number(number) * (unit === 'ms' ? 1 : unit === 's' ? 1000 : 60_000)
}
