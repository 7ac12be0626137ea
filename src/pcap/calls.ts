// Calls in a capture: what belongs together by its Call-ID, what came of it, what is missing, and which calls are two
// legs of one (a B2BUA makes a new Call-ID). The last is a guess, and says on what it rests.

import type { Milliseconds } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
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
  const seen = new Set<string>()
  for (const captured of messages) {
    const message = parseMessage(captured.bytes)
    if (message instanceof Malformed) continue
    const callId = message.callId ?? ''
    const path = `${addressText(captured.source)} ${addressText(captured.target)} ${captured.bytes}`
    const retransmission = seen.has(path)
    seen.add(path)
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
const CALLS_COMPARED_MAX = 2000

/** Pairs of calls that look like two legs of one. */
export function legsOf(calls: readonly Call[]): Leg[] {
  const legs: Leg[] = []
  const invites = calls.filter(({ method }) => method === 'INVITE').slice(0, CALLS_COMPARED_MAX)
  for (const [index, one] of invites.entries())
    for (const other of invites.slice(index + 1)) {
      if (other.startMs - one.startMs > LEGS_MS_MAX) break
      const because = sameCall(one, other)
      if (because !== undefined) legs.push({ one, other, because })
    }
  return legs
}

function sameCall(one: Call, other: Call): string | undefined {
  const named = headerNaming(other, one.callId) ?? headerNaming(one, other.callId)
  if (named !== undefined) return `${named} names the other Call-ID`
  if (!one.parties.some((party) => other.parties.includes(party))) return undefined
  const [session, otherSession] = [sessionOf(one), sessionOf(other)]
  if (session !== undefined && session === otherSession) return 'a guess: the same session description'
  const [from, to] = [userOf(one.from), userOf(one.to)]
  const isSame = from !== '' && to !== '' && from === userOf(other.from) && to === userOf(other.to)
  return isSame ? 'a guess: From and To users, and the times' : undefined
}

function headerNaming({ messages }: Call, callId: string): string | undefined {
  const invite = messages.find(({ method, status }) => method === 'INVITE' && status === 0)?.message
  for (let index = 0; callId !== '' && index < (invite?.headerCount ?? 0); index++)
    if (invite!.valueOf(index).includes(callId)) return invite!.nameOf(index)
  return undefined
}

/** The media line and address that an INVITE offers. */
function sessionOf({ messages }: Call): string | undefined {
  const body = messages.find(
    ({ method, status, message }) => method === 'INVITE' && status === 0 && message.body !== '',
  )?.message.body
  const media = /^m=\w+ (\d+)/m.exec(body ?? '')?.[1]
  const address = /^c=IN IP[46] (\S+)/m.exec(body ?? '')?.[1]
  return media === undefined || address === undefined ? undefined : `${address} ${media}`
}

/** "alice" of "sip:alice@example.com". */
export function userOf(uri: string): string {
  return /^(?:sips?|tel):([^@;]+)/i.exec(uri)?.[1]?.replace(/:.*$/, '') ?? ''
}
