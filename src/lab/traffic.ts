// Messages on the wire: who received what, how often, in which order, and what stands in them.

import { Malformed, ExpectationError, UsageError } from '../errors.js'
import type { WireEntry } from '../driver.js'
import type { Bytes, Milliseconds } from '../endpoint.js'
import { parseMessage, type Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import type { Lab } from './lab.js'
import { messageName, type Count, type MessagePattern } from './patterns.js'

/** Packets that arrived at a party (or at nobody else's), oldest first; copies of one message count each. */
export function arrivedAt(lab: Lab, party: string): WireEntry[] {
  return lab.wires.filter(({ to, arrived }) => to === party && arrived !== undefined)
}

/** Like arrivedAt, retransmissions left out. */
export function distinctAt(lab: Lab, party: string): WireEntry[] {
  const seen = new Set<Bytes>()
  return arrivedAt(lab, party).filter(({ bytes }) => !seen.has(bytes) && seen.add(bytes))
}

function list(entries: readonly WireEntry[]): string {
  return entries.map(({ bytes }) => messageName(bytes)).join(', ') || 'nothing'
}

/** The latest message of this kind that the party received; waits for it. */
export async function received(lab: Lab, party: string, pattern: MessagePattern): Promise<Message> {
  await lab.settle()
  const find = (): WireEntry | undefined =>
    arrivedAt(lab, party).findLast(({ bytes }) => pattern.matches(bytes))
  await lab.until(
    () => find() !== undefined,
    `${party} receives ${pattern.text}`,
    () => `${party} received ${list(arrivedAt(lab, party))}`,
  )
  const message = parseMessage(find()!.bytes)
  if (message instanceof Malformed)
    throw new ExpectationError(`${party} received a malformed message`, pattern.text, message.reason)
  return message
}

/** So many different messages of this kind reached the party; a lower bound is waited for. */
export async function expectCount(
  lab: Lab,
  party: string,
  count: Count,
  pattern: MessagePattern,
): Promise<void> {
  const number = (): number => distinctAt(lab, party).filter(({ bytes }) => pattern.matches(bytes)).length
  const actual = (): string => `${number()} (${party} received ${list(arrivedAt(lab, party))})`
  if (count.least > 0) await lab.until(() => number() >= count.least, `${count.text} ${pattern.text}`, actual)
  await lab.holds(
    () => number() >= count.least && number() <= count.most,
    `${count.text} ${pattern.text}`,
    actual,
  )
}

/** Nothing but registrations was sent to the party. */
export async function expectNoMessage(lab: Lab, party: string): Promise<void> {
  const sent = (): WireEntry[] => lab.wires.filter(({ to, bytes }) => to === party && !isRegistration(bytes))
  await lab.holds(
    () => sent().length === 0,
    `no message is sent to ${party}`,
    () => list(sent()),
  )
}

function isRegistration(bytes: Bytes): boolean {
  return /^(?:REGISTER |SIP\/2\.0 )/.test(bytes) && /^CSeq:\s*\d+ REGISTER/im.test(bytes)
}

/** How a header is checked. */
export interface HeaderCheck {
  readonly header: string
  readonly check: string
  readonly value: string
}

export function checkHeaders(lab: Lab, message: Message, checks: readonly HeaderCheck[]): void {
  for (const { header, check, value } of checks) {
    const values = message.headersNamed(header)
    const actual = values.length > 0 ? values.join(' | ') : '(absent)'
    const wanted = value.replace(/<(\w+)>/g, (whole, name: string) => lab.remembered.get(name) ?? whole)
    if (!holds(check, values, wanted))
      throw new ExpectationError(
        `${header} of the ${messageName(message.text)}`,
        `${check} ${wanted}`.trim(),
        actual,
      )
  }
}

function holds(check: string, values: readonly string[], wanted: string): boolean {
  switch (check) {
    case 'is':
      return values.some((value) => value === wanted)
    case 'contains':
      return values.some((value) => value.includes(wanted))
    case 'matches':
      return values.some((value) => new RegExp(wanted.replace(/^\/|\/$/g, '')).test(value))
    case 'absent':
      return values.length === 0
    case 'present':
      return values.length > 0
    case 'count':
      return values.length === Number(wanted)
    default:
      throw new UsageError(`unknown check "${check}": write is, contains, matches, present, absent or count`)
  }
}

export function equal(what: string, expected: string, actual: string): void {
  if (expected !== actual) throw new ExpectationError(what, expected, actual)
}

export function countVias(message: Message): number {
  return message.valuesOf(Header.VIA).length
}

/** One row of a message flow table. */
export interface FlowRow {
  readonly from: string
  readonly message: string
  readonly to: string
}

/** The messages since the first row's, retransmissions left out: exactly these (in order, or in any). */
export async function expectFlow(
  lab: Lab,
  rows: readonly FlowRow[],
  anyOrder: boolean,
  nothingElse: boolean,
): Promise<void> {
  const actual = (): string[] => flowOf(lab)
  const wanted = rows.map(({ from, message, to }) => `${from} ${message} ${to}`)
  // Of two packets of another system, to two phones, nobody here knows which one left first: each phone has its own order.
  const views = lab.options.system === undefined ? undefined : [...lab.phones.keys()]
  const complete = (): boolean => {
    const lines = actual()
    if (nothingElse && lines.length !== wanted.length) return false
    if (anyOrder) return haveAll(lines, wanted)
    if (views === undefined) return areInOrder(lines, wanted)
    const isSeen = (line: string, name: string): boolean => parts(line).includes(name)
    const seenBy = (all: readonly string[], name: string): string[] =>
      all.filter((line) => isSeen(line, name))
    return (
      haveAll(lines, wanted) && views.every((name) => areInOrder(seenBy(lines, name), seenBy(wanted, name)))
    )
  }
  const show = (lines: readonly string[]): string => `\n    ${lines.join('\n    ')}`
  await lab.until(complete, show(wanted), () => show(actual()))
}

function haveAll(lines: readonly string[], wanted: readonly string[]): boolean {
  const left = [...lines]
  return wanted.every((line) => {
    const at = left.findIndex((one) => fits(one, line))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

function areInOrder(lines: readonly string[], wanted: readonly string[]): boolean {
  let at = 0
  for (const line of lines) if (at < wanted.length && fits(line, wanted[at]!)) at++
  return at === wanted.length
}

/** "Alice 180 Ringing Bob" fits the row "Alice 180 Bob". */
function fits(line: string, wanted: string): boolean {
  if (line === wanted) return true
  const [from, message, to] = parts(line)
  const [wantedFrom, wantedMessage, wantedTo] = parts(wanted)
  return from === wantedFrom && to === wantedTo && message!.split(' ')[0] === wantedMessage
}

function parts(line: string): readonly [string, string, string] {
  const words = line.split(' ')
  return [words[0]!, words.slice(1, -1).join(' '), words.at(-1)!]
}

/** "Alice INVITE proxy" ..., registrations and retransmissions left out, lost packets too. */
function flowOf(lab: Lab): string[] {
  const seen = new Set<string>()
  const lines: string[] = []
  for (const { from = '?', to = '?', bytes, arrived } of lab.wires) {
    const key = `${from} ${to} ${bytes}`
    if (arrived === undefined || isRegistration(bytes) || seen.has(key)) continue
    seen.add(key)
    lines.push(`${from} ${messageName(bytes)} ${to}`)
  }
  return lines
}

/** The times, relative to the first, at which a party sent the same message again. */
export async function expectRetransmissions(
  lab: Lab,
  party: string,
  pattern: MessagePattern,
  expected: readonly Milliseconds[],
): Promise<void> {
  const copies = (): Milliseconds[] => {
    const matching = lab.wires.filter(({ from, bytes }) => from === party && pattern.matches(bytes))
    const target =
      matching.findLast(({ bytes }, at) => matching.findIndex((one) => one.bytes === bytes) < at) ??
      matching[0]
    const same = matching.filter(({ bytes, to }) => bytes === target?.bytes && to === target?.to)
    return same.slice(1).map(({ at }) => at - same[0]!.at)
  }
  const show = (times: readonly Milliseconds[]): string =>
    times.map((ms) => `${ms} ms`).join(', ') || 'not retransmitted'
  await lab.until(
    () => copies().length >= expected.length,
    show(expected),
    () => show(copies()),
  )
  equal(
    `retransmissions of the ${pattern.text} by ${party}`,
    show(expected),
    show(copies().slice(0, expected.length)),
  )
}
