// The recording and the run, message by message and header by header, under a policy: what changed, what is missing, what
// is extra.

import type { Bytes, Milliseconds } from '../endpoint.js'
import type { Message } from '../sip/message.js'
import { addressText } from './message.js'
import type { Performance, Received } from './performance.js'
import type { PlannedReceive } from './plan.js'
import { isLeftOut, ruleFor, type Policy } from './policy.js'
import { nameOf } from './quick.js'
import { Renames } from './renames.js'
import { sameHeader, sameUris } from './same-header.js'

/** One header (or the first line, the body, the time) that is not as recorded. */
export interface Change {
  readonly what: string
  /** One text a header line; none: it is not there. */
  readonly recorded: readonly string[]
  readonly came: readonly string[]
}

export interface Difference {
  readonly kind: 'changed' | 'missing' | 'extra'
  /** Who got it, or should have: an address of the capture. */
  readonly party: string
  /** "INVITE", "180 Ringing". */
  readonly message: string
  readonly at: Milliseconds
  /** With 'changed'. */
  readonly changes: readonly Change[]
  /** The whole messages, in the capture's terms. */
  readonly recorded: Bytes | undefined
  readonly came: Bytes | undefined
}

export interface Comparison {
  /** Messages that both sides have. */
  readonly compared: number
  /** Came when the whole capture had been played; not judged. */
  readonly beyond: number
  readonly differences: readonly Difference[]
}

/** Compares what a party got with what it should have got. */
export function compared(performance: Performance, policy: Policy): Comparison {
  const { plan, received } = performance
  const party = addressText(plan.address)
  const renames = new Renames()
  const differences: Difference[] = []
  let count = 0
  let beyond = 0
  for (const one of received) {
    if (isLeftOut(policy, one.message)) continue
    const planned = one.planned === undefined ? undefined : plan.receives[one.planned]
    const { at, text } = one
    if (planned === undefined) {
      if (one.isBeyond && !policy.isClosed) beyond++
      else
        differences.push({
          kind: 'extra',
          party,
          message: nameOf(text),
          at,
          changes: [],
          recorded: undefined,
          came: text,
        })
      continue
    }
    count++
    const changes = changesOf(planned, one, policy, renames)
    if (changes.length > 0)
      differences.push({
        kind: 'changed',
        party,
        message: nameOf(text),
        at,
        changes,
        recorded: planned.text,
        came: text,
      })
  }
  for (const { at, text, message } of performance.missing)
    if (!isLeftOut(policy, message))
      differences.push({
        kind: 'missing',
        party,
        message: nameOf(text),
        at,
        changes: [],
        recorded: text,
        came: undefined,
      })
  differences.sort((one, two) => one.at - two.at)
  return { compared: count, beyond, differences }
}

function changesOf(planned: PlannedReceive, came: Received, policy: Policy, renames: Renames): Change[] {
  const changes: Change[] = []
  const { timesMs } = policy
  if (timesMs !== undefined && Math.abs(came.at - planned.at) > timesMs)
    changes.push({ what: 'time', recorded: [`${planned.at} ms`], came: [`${came.at} ms`] })
  if (planned.message === undefined || came.message === undefined) {
    if (planned.text !== came.text)
      changes.push({ what: 'text', recorded: [planned.text], came: [came.text] })
    return changes
  }
  return [...changes, ...messageChanges(planned.message, came.message, policy, renames)]
}

/** What differs between two messages. */
export function messageChanges(recorded: Message, came: Message, policy: Policy, renames: Renames): Change[] {
  const changes: Change[] = []
  if (!sameFirstLine(recorded, came, policy, renames))
    changes.push({ what: 'first line', recorded: [firstLine(recorded)], came: [firstLine(came)] })
  const names = new Set([...headerNames(recorded), ...headerNames(came)])
  for (const name of names) {
    const [one, two] = [recorded.headersNamed(name), came.headersNamed(name)]
    const rule = ruleFor(policy, name, recorded)
    if (!sameHeader(rule, name, one, two, renames))
      changes.push({ what: shownName(recorded, came, name), recorded: one, came: two })
  }
  const { way } = ruleFor(policy, 'body', recorded)
  if (!sameBody(way, recorded.body, came.body))
    changes.push({ what: 'body', recorded: [recorded.body], came: [came.body] })
  return changes
}

function sameFirstLine(one: Message, two: Message, policy: Policy, renames: Renames): boolean {
  const { way } = ruleFor(policy, 'first-line', one)
  if (way === 'ignore' || way === 'present') return true
  if (way === 'text') return firstLine(one) === firstLine(two)
  if (one.isRequest !== two.isRequest || one.method !== two.method || one.status !== two.status) return false
  return !one.isRequest || sameUris(one.requestUri, two.requestUri, renames)
}

function sameBody(way: string, one: Bytes, two: Bytes): boolean {
  if (way === 'ignore') return true
  if (way === 'present') return (one === '') === (two === '')
  const text = (body: Bytes): string => (way === 'text' ? body : body.replace(/\s+/g, ' ').trim())
  return way === 'shape'
    ? text(one).replace(/\d+/g, '9') === text(two).replace(/\d+/g, '9')
    : text(one) === text(two)
}

function firstLine(message: Message): string {
  return message.text.slice(message.start, message.headersStart).trimEnd()
}

/** Long names in lower case: compact and full form are one header. */
function headerNames(message: Message): string[] {
  const names: string[] = []
  for (let index = 0; index < message.headerCount; index++)
    names.push(longName(message.nameOf(index).toLowerCase()))
  return names
}

const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact', b: 'referred-by', c: 'content-type', d: 'request-disposition', e: 'content-encoding',
  f: 'from', i: 'call-id', j: 'reject-contact', k: 'supported', l: 'content-length', m: 'contact', o: 'event',
  r: 'refer-to', s: 'subject', t: 'to', u: 'allow-events', v: 'via', x: 'session-expires', y: 'identity',
} // prettier-ignore

function longName(name: string): string {
  return COMPACT[name] ?? name
}

function shownName(recorded: Message, came: Message, name: string): string {
  for (const message of [recorded, came])
    for (let index = 0; index < message.headerCount; index++)
      if (longName(message.nameOf(index).toLowerCase()) === name) return message.nameOf(index)
  return name
}
