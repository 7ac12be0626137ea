// Calls in a capture: what belongs together by its Call-ID, what came of it, what is missing, and which calls are two
// legs of one (a B2BUA makes a new Call-ID). The last is a guess, and says on what it rests.

import type { Milliseconds } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { addressText, type CapturedMessage } from './message.js'
import { missingOf } from './missing.js'

export interface CallMessage {
  readonly captured: CapturedMessage
  readonly message: Message
  /** Upper case; of a response, of the request that it answers. */
  readonly method: string
  /** 0 for a request. */
  readonly status: number
  /** The same octets went the same way before. */
  readonly retransmission: boolean
}

export interface Call {
  /** From 1, in the order of their beginnings. */
  readonly number: number
  readonly callId: string
  /** Of its first request; of a capture that begins later, of what is answered. */
  readonly method: string
  readonly from: string
  readonly to: string
  readonly startMs: Milliseconds
  readonly endMs: Milliseconds
  readonly messages: readonly CallMessage[]
  /** Addresses, in the order in which they appear. */
  readonly parties: readonly string[]
  /** "answered", "failed: 486 Busy Here", "cancelled", "no final response" ... */
  readonly outcome: string
  /** What should be there and is not, one line each. */
  readonly missing: readonly string[]
}

/** Two calls that are one, as far as can be told. */
export interface Leg {
  readonly one: Call
  readonly other: Call
  readonly because: string
}

/** The calls (and registrations, and other transactions) among the messages. */
export function callsOf(messages: readonly CapturedMessage[]): Call[] {
  const found = new Map<string, CallMessage[]>()
  const seen = new Map<string, Set<string>>()
  for (const captured of messages) {
    const message = parseMessage(captured.bytes)
    if (message instanceof Malformed) continue
    const callId = message.callId ?? ''
    const path = `${addressText(captured.source)} ${addressText(captured.target)}`
    const before = seen.get(path) ?? new Set()
    seen.set(path, before)
    const retransmission = before.has(captured.bytes)
    before.add(captured.bytes)
    const call = found.get(callId) ?? []
    found.set(callId, call)
    const method = (message.isRequest ? message.method : message.cseqMethod).toUpperCase()
    call.push({ captured, message, method, status: message.status, retransmission })
  }
  return [...found].map(([callId, call], index) => callOf(index + 1, callId, call))
}

function callOf(number: number, callId: string, messages: readonly CallMessage[]): Call {
  const first = messages.find(({ message }) => message.isRequest) ?? messages[0]!
  const parties = messages.flatMap(({ captured }) => [
    addressText(captured.source),
    addressText(captured.target),
  ])
  return {
    number,
    callId,
    method: first.method,
    from: uriOf(first.message.from()),
    to: uriOf(first.message.to()),
    startMs: messages[0]!.captured.at,
    endMs: messages.at(-1)!.captured.at,
    messages,
    parties: [...new Set(parties)],
    outcome: outcomeOf(first, messages),
    missing: missingOf(messages),
  }
}

function uriOf(value: ReturnType<Message['from']>): string {
  return value === undefined || value instanceof Malformed ? '' : value.uri
}

/** What the first request came to, at whoever sent it. */
function outcomeOf(first: CallMessage, messages: readonly CallMessage[]): string {
  const sender = addressText(first.captured.source)
  const finals = messages.filter(
    ({ method, status, captured }) =>
      status >= 200 && method === first.method && addressText(captured.target) === sender,
  )
  const ends = (finals.length > 0 ? finals : messages).filter(({ status }) => status >= 200)
  const success = ends.find(({ status, method }) => status < 300 && method === first.method)
  if (success !== undefined && first.method === 'INVITE') return 'answered'
  const last = success ?? ends.findLast(({ method }) => method === first.method)
  if (last === undefined) return 'no final response'
  const { status, reason } = last.message
  if (status === 487 && messages.some(({ method }) => method === 'CANCEL')) return 'cancelled'
  const text = `${status} ${reason}`.trim()
  return status < 300 ? text : `failed: ${text}`
}

/** How far apart the beginnings of two legs may be. */
const LEGS_MS_MAX = 5000
/** Legs beyond are not looked for: a capture of one number called over and over has too many. */
const LEGS_MAX = 10_000

/** Pairs of calls that look like two legs of one. */
export function legsOf(calls: readonly Call[]): Leg[] {
  const invites = calls.filter(({ method }) => method === 'INVITE')
  const byCallId = new Map(invites.map((call) => [call.callId, call]))
  const legs = new Map<string, Leg>()
  const add = (one: Call, other: Call, because: string): void => {
    const [first, second] = one.number < other.number ? [one, other] : [other, one]
    const key = `${first.number} ${second.number}`
    if (legs.size < LEGS_MAX && first !== second && !legs.has(key))
      legs.set(key, { one: first, other: second, because })
  }
  for (const call of invites)
    for (const [name, value] of namingHeaders(call)) {
      const named = byCallId.get(value)
      if (named !== undefined) add(call, named, `${name} names the other Call-ID`)
    }
  pairUp(invites, sessionOf, 'a guess: the same session description', add)
  pairUp(invites, usersOf, 'a guess: From and To users, and the times', add)
  return [...legs.values()].sort((one, two) => one.one.number - two.one.number)
}

/** Calls with the same trait, near in time, the second from where the first went (the B2BUA). */
function pairUp(
  calls: readonly Call[],
  traitOf: (call: Call) => string | undefined,
  because: string,
  add: (one: Call, other: Call, because: string) => void,
): void {
  const latest = new Map<string, Call>()
  for (const call of calls) {
    const trait = traitOf(call)
    if (trait === undefined) continue
    const before = latest.get(trait)
    latest.set(trait, call)
    const isNear = before !== undefined && call.startMs - before.startMs <= LEGS_MS_MAX
    if (isNear && isBetween(before, call)) add(before, call, because)
  }
}

/** Whoever got the first call's INVITE sent the second's. */
function isBetween(one: Call, other: Call): boolean {
  const invite = ({ messages }: Call) =>
    messages.find(({ method, status }) => method === 'INVITE' && status === 0)
  const [got, sent] = [invite(one)?.captured.target, invite(other)?.captured.source]
  return (
    got !== undefined &&
    got.address === sent?.address &&
    (got.port === sent.port || got.address !== invite(one)?.captured.source.address)
  )
}

/** Headers of the INVITE beside its own Call-ID whose value may be one. */
function namingHeaders({ messages }: Call): [name: string, value: string][] {
  const invite = messages.find(({ method, status }) => method === 'INVITE' && status === 0)?.message
  const found: [string, string][] = []
  for (let index = 0; index < (invite?.headerCount ?? 0); index++) {
    const value = invite!.valueOf(index)
    if (!/[\s<>"]/.test(value) && invite!.headerIdOf(index) !== Header.CALL_ID)
      found.push([invite!.nameOf(index), value])
  }
  return found
}

/** The media line and address that an INVITE offers. */
function sessionOf({ messages }: Call): string | undefined {
  const offer = ({ method, status, message }: CallMessage): boolean =>
    method === 'INVITE' && status === 0 && message.body !== ''
  const body = messages.find(offer)?.message.body ?? ''
  const media = /^m=\w+ (\d+)/m.exec(body)?.[1]
  const address = /^c=IN IP[46] (\S+)/m.exec(body)?.[1]
  return media === undefined || address === undefined ? undefined : `${address} ${media}`
}

function usersOf({ from, to }: Call): string | undefined {
  const [caller, callee] = [userOf(from), userOf(to)]
  return caller === '' || callee === '' ? undefined : `${caller} ${callee}`
}

/** "alice" of "sip:alice@example.com". */
export function userOf(uri: string): string {
  return /^(?:sips?|tel):([^@;]+)/i.exec(uri)?.[1]?.replace(/:.*$/, '') ?? ''
}
