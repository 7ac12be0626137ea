// What a phone shows of itself, for steps to judge: calls, registration, messages, other requests. Read only.

import type { Address, Bytes, Milliseconds, Transport } from '../endpoint.js'
import type { Message } from '../sip/message.js'

/** Messages kept of each direction; the oldest are dropped. */
export const JOURNAL_MESSAGES_MAX = 2000
/** Ended calls kept; the oldest are dropped. */
export const CALLS_KEPT_MAX = 1000
/** Open calls at once; further INVITEs are refused with 486. */
export const OPEN_CALLS_MAX = 10_000
/** Other requests and challenges kept. */
export const NOTES_KEPT_MAX = 200

export type CallPhase =
  | 'calling' // the INVITE is out, or has come, and nothing was answered
  | 'proceeding' // 100
  | 'ringing' // 180, 181, 182
  | 'early' // 183 and other provisional responses
  | 'answered' // a 2xx without its ACK yet
  | 'established'
  | 'failed' // a final 3xx-6xx, 408 when nothing came, 503 when the network refused
  | 'cancelled'
  | 'ended' // after a BYE

export interface CallState {
  /** Counts from 1 in each phone. */
  readonly id: number
  readonly callId: string
  readonly role: 'caller' | 'callee'
  readonly state: CallPhase
  readonly startedAt: Milliseconds
  /** Caller: the URI that was called. Callee: the Request-URI as it arrived. */
  readonly target: string
  /** The other party's URI (To of a caller, From of a callee). */
  readonly remoteUri: string
  readonly localTag: string
  readonly remoteTag: string | undefined
  /** The last status received (caller) or sent (callee) for the INVITE; 0 before any. */
  readonly status: number
  readonly reason: string
  /** Callee: it rings now. */
  readonly ringing: boolean
  /** Caller: how many 180-189 it received. */
  readonly ringback: number
  /** All provisional statuses received (caller) or sent (callee), in order. */
  readonly provisionals: readonly number[]
  /** A provisional response with a body came or went. */
  readonly earlyMedia: boolean
  readonly sdpLocal: Bytes | undefined
  readonly sdpRemote: Bytes | undefined
  readonly hold: 'none' | 'local' | 'remote' | 'both'
  /** Of the established dialog (early ones before): Route values in the order they are sent. */
  readonly routeSet: readonly string[]
  /** The URI that requests within the dialog go to. */
  readonly remoteTarget: string | undefined
  /** Caller: the Contact URIs of the final 3xx, best q first. */
  readonly contacts: readonly string[]
  /** To tags that answered (2xx) an INVITE of this caller, in order; the first one is the call. */
  readonly answeredBy: readonly string[]
  /** Who ended it with BYE. */
  readonly endedBy: 'local' | 'remote' | undefined
  /** The final status of our BYE; 0 before. */
  readonly byeStatus: number
  readonly established: Milliseconds | undefined
  readonly ended: Milliseconds | undefined
}

export interface BindingState {
  readonly uri: string
  readonly q: number | undefined
  readonly expiresS: number | undefined
}

export interface RegistrationState {
  readonly state: 'none' | 'registering' | 'registered' | 'unregistered' | 'refused'
  /** The last final status to a REGISTER; 408 when none came, 503 when the network refused; 0 before. */
  readonly status: number
  readonly reason: string
  /** When the registrar forgets our own contact. */
  readonly expiresAt: Milliseconds | undefined
  readonly grantedS: number | undefined
  /** The Contacts of the last 2xx: all bindings of the AOR (RFC 3261 §10.3-8). */
  readonly bindings: readonly BindingState[]
  /** REGISTERs sent, retransmissions not counted. */
  readonly requests: number
}

export interface ChallengeState {
  readonly at: Milliseconds
  readonly method: string
  readonly status: number
  readonly realm: string
  readonly stale: boolean
}

/** A request that was ordered with `request` or `transfer`, or sent within a call; status 0 while it is open. */
export interface RequestState {
  readonly at: Milliseconds
  readonly method: string
  readonly callId: string
  readonly status: number
  readonly reason: string
}

interface Journalled {
  readonly at: Milliseconds
  readonly text: Bytes
  readonly transport: Transport
  readonly message: Message
}

export interface ReceivedMessage extends Journalled {
  readonly from: Address
}

export interface SentMessage extends Journalled {
  readonly to: Address
}
