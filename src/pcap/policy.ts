// What counts as a difference: one line a rule, the later one wins.
//
//   # comment
//   Via: sip                             a header, and how its values are compared
//   Contact of 200 to REGISTER: sip except expires q
//   Server: ignore
//   *: text                              every header that has no rule of its own
//   body: text        first-line: sip
//   100: leave out                       messages that are not looked at
//   end: closed                          what comes behind the capture's end is extra (not said: it is not judged)
//   times: 1050 ms                       how far from the recorded time a message may come (not said: any time)
//
// How: ignore; present (there or not there on both sides); shape (the same but for digits and made-up words); sip (equal
// as RFC 3261 compares them); text (octet by octet, what the run names otherwise renamed).

import type { Milliseconds } from '../endpoint.js'
import type { Message } from '../sip/message.js'

export const WAYS = ['ignore', 'present', 'shape', 'sip', 'text'] as const
export type Way = (typeof WAYS)[number]

export interface HeaderRule {
  /** Lower case, "*" for any, "first-line" and "body" for the rest of a message. */
  readonly header: string
  /** Of which messages; undefined: all. */
  readonly of: MessageKind | undefined
  readonly way: Way
  /** Parameters that are not compared, lower case. */
  readonly except: readonly string[]
}

/** "INVITE", "200", "4xx", "200 to REGISTER". */
export interface MessageKind {
  readonly status: string | undefined
  readonly method: string | undefined
}

export interface Policy {
  readonly rules: readonly HeaderRule[]
  readonly leftOut: readonly MessageKind[]
  readonly timesMs: Milliseconds | undefined
  /** What comes when the whole capture has been played is extra, too. */
  readonly isClosed: boolean
}

/** What a correct proxy may change between two runs is quiet, everything else is compared as SIP. */
export const DEFAULT_POLICY = `
*: sip
first-line: sip
body: text
Via: sip except received rport ttl
Max-Forwards: ignore
Record-Route: shape
Route: shape
Contact: sip except expires
Content-Length: ignore
Server: ignore
User-Agent: ignore
Date: ignore
Timestamp: ignore
Warning: ignore
Retry-After: ignore
WWW-Authenticate: shape
Proxy-Authenticate: shape
Authorization: shape
Proxy-Authorization: shape
Authentication-Info: shape
100: leave out
`

const LINE = /^([!#$%&'*+.^`|~\w-]+)(?: of ([^:]+?))?[ \t]*:[ \t]*(.*)$/
const KIND = /^(?:(\d{3}|[1-6]xx)(?: to ([A-Za-z]+))?|([A-Za-z]+))$/

/** Reads a policy; the second value is what is wrong, with its line. */
export function readPolicy(text: string): Policy | { readonly line: number; readonly reason: string } {
  const rules: HeaderRule[] = []
  const leftOut: MessageKind[] = []
  let timesMs: Milliseconds | undefined
  let isClosed = false
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const rule = line.replace(/(?:^|\s)#.*$/, '').trim()
    if (rule === '') continue
    const wrong = (reason: string) => ({ line: index + 1, reason })
    const [, name = '', of, how = ''] = LINE.exec(rule) ?? []
    if (name === '') return wrong('a rule is "header: way", as in "Via: shape"')
    if (name === 'end') {
      if (how !== 'open' && how !== 'closed') return wrong(`"${how}" is no end: write open or closed`)
      isClosed = how === 'closed'
      continue
    }
    if (name === 'times') {
      timesMs = milliseconds(how)
      if (timesMs === undefined) return wrong(`"${how}" is no time: write 500 ms or 2 s`)
      continue
    }
    const kind = kindOf(of ?? (how === 'leave out' ? name : undefined))
    if (kind === null)
      return wrong(`"${of ?? name}" is no message: write INVITE, 200, 4xx or 200 to REGISTER`)
    if (how === 'leave out') {
      leftOut.push(kind!)
      continue
    }
    const [way = '', except, ...params] = how.split(/[\s,]+/)
    if (!isWay(way) || (except !== undefined && except !== 'except'))
      return wrong(
        `"${how}" is no way to compare: ${WAYS.join(', ')}, with "except" and parameters behind it`,
      )
    rules.push({
      header: name.toLowerCase(),
      of: kind,
      way,
      except: params.map((param) => param.toLowerCase()),
    })
  }
  return { rules, leftOut, timesMs, isClosed }
}

/** A policy that says only what it adds: the default's rules come first. */
export function withDefaults({ rules, leftOut, timesMs, isClosed }: Policy): Policy {
  const base = readPolicy(DEFAULT_POLICY) as Policy
  return { rules: [...base.rules, ...rules], leftOut: [...base.leftOut, ...leftOut], timesMs, isClosed }
}

/** The rule for a header (or "first-line", "body") of a message: the last that fits, one that names it before "*". */
export function ruleFor({ rules }: Policy, header: string, message: Message): HeaderRule {
  const name = header.toLowerCase()
  const fits = rules.filter(({ of }) => of === undefined || isOfKind(message, of))
  const rule = fits.findLast((each) => each.header === name) ?? fits.findLast((each) => each.header === '*')
  return rule ?? { header: name, of: undefined, way: 'text', except: [] }
}

/** Is the message one that is not looked at? */
export function isLeftOut({ leftOut }: Policy, message: Message | undefined): boolean {
  return message !== undefined && leftOut.some((kind) => isOfKind(message, kind))
}

function isOfKind(message: Message, { status, method }: MessageKind): boolean {
  if (status === undefined) return message.isRequest && message.method === method
  if (message.isRequest || (method !== undefined && message.cseqMethod !== method)) return false
  return status.endsWith('xx') ? String(message.status)[0] === status[0] : String(message.status) === status
}

/** undefined: any message; null: it cannot be read. */
function kindOf(text: string | undefined): MessageKind | undefined | null {
  if (text === undefined) return undefined
  const match = KIND.exec(text.trim())
  return match === null ? null : { status: match[1], method: (match[2] ?? match[3])?.toUpperCase() }
}

function isWay(text: string): text is Way {
  return (WAYS as readonly string[]).includes(text)
}

function milliseconds(text: string): Milliseconds | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(ms|s)$/.exec(text.trim())
  return match === null ? undefined : Number(match[1]) * (match[2] === 's' ? 1000 : 1)
}
