// What tm keeps of one transaction: the request, what went upstream, and a branch for each destination tried.
// Data only; the files beside this one work on it.

import type { Address, Bytes, Milliseconds } from '../../endpoint.js'
import type { Context, QueuedBranch } from '../../proxy/context.js'
import type { Found } from '../../proxy/locate.js'
import type { Sending } from '../../proxy/outgoing.js'
import type { Message } from '../../sip/message.js'
import type { Timer } from '../../transaction/timers.js'
import type { Elsewhere } from './elsewhere.js'

/** A client transaction: one destination that the request was sent to (RFC 3261 §17.1). */
export interface Branch {
  readonly transaction: Transaction
  readonly index: number
  readonly uri: string
  readonly sending: Sending
  readonly remote: Address
  /** The request as sent; '' once a 2xx has come and nothing can send it again. */
  bytes: Bytes
  state: string
  /** Last status received or made up (408, 503, 487); 0 before any. */
  status: number
  /** The reply of that status; undefined when it was made up. */
  reply: Message | undefined
  /** The reply's bytes as they would go upstream, edits of onreply_route included. */
  relayed: Bytes | undefined
  retransmission: Timer<Timed> | undefined
  attempts: number
  final: Timer<Timed> | undefined
  cancel: Cancel | undefined
  /** Its share of Max-Breadth, which is free again when it has ended; 0 where nobody counts. */
  readonly breadth: number
  /** CANCEL wanted, but no provisional response yet (RFC 3261 §9.1). */
  cancelWanted: boolean
  /** Where the request can go when this server fails (RFC 3263 §4.3); undefined: nowhere else. */
  others: Found | undefined
  /** It goes over TCP for its size only: what goes over UDP where that is refused. */
  small: { readonly sending: Sending; readonly bytes: Bytes } | undefined
  /** Another branch has taken its place: its failure counts for nothing. */
  isReplaced: boolean
  /** Other ways to the same phone, when this one fails (RFC 5626 §7). */
  readonly flows: readonly QueuedBranch[] | undefined
}

/** The CANCEL of a branch: a non-INVITE client transaction of its own. */
export interface Cancel {
  readonly branch: Branch
  readonly bytes: Bytes
  state: string
  attempts: number
  retransmission: Timer<Timed> | undefined
  final: Timer<Timed> | undefined
}

/** Where a transaction is kept, and the branch parameter made of that. */
export interface Place {
  readonly slot: number
  readonly label: number
  /** "z9hG4bK<slot>.<label>.": the branch parameter without the branch's number. */
  readonly cookie: string
}

/** A server transaction and the response context of its branches (RFC 3261 §16.2, §17.2). */
export class Transaction {
  readonly slot: number
  readonly cookie: string
  readonly method: string
  readonly isInvite: boolean
  readonly branches: Branch[] = []
  /** What the script had decided when it was created: failure routes begin there. */
  readonly snapshot: Snapshot
  state: string
  /** Last status sent upstream; 0 before any. */
  status = 0
  /** Did the last reply upstream come from here (not from a branch)? */
  local = false
  lastReply: Bytes | undefined = undefined
  onFailure: number
  onReply: number
  flags: number
  /** Replies are not relayed upstream (t_replicate). */
  replicated = false
  /** Of a request of our own (uac.ts): who is told its final status; nobody above gets any reply. */
  completed: ((status: number, reply: Message | undefined) => void) | undefined = undefined
  /** Its connection is gone: where the response went instead. */
  elsewhere: Elsewhere | undefined = undefined
  /** The caller cancelled: no further branches. */
  cancelled = false
  /** A failure route runs or is held: its outcome decides. */
  inFailureRoute = false
  /** Status of the reply that a failure route runs for. */
  winner = 0
  /** The script forwarded, answered or released it. */
  handled = false
  retransmission: Timer<Timed> | undefined = undefined
  attempts = 0
  final: Timer<Timed> | undefined = undefined
  wait: Timer<Timed> | undefined = undefined

  constructor(
    place: Place,
    /** The request's context. */
    readonly context: Context,
    /** Keys it is found by. */
    readonly keys: string[],
    readonly startedAt: Milliseconds,
  ) {
    this.slot = place.slot
    this.cookie = place.cookie
    this.method = context.message.method
    this.isInvite = this.method === 'INVITE'
    this.state = this.isInvite ? 'proceeding' : 'trying'
    this.onFailure = context.onFailure
    this.onReply = context.onReply
    this.flags = context.flags
    this.snapshot = {
      newUri: context.newUri,
      destination: context.isContactsDestination ? undefined : context.destination,
      edits: context.edits.slice(),
      recordRoutes: context.recordRoutes.slice(),
    }
  }
}

/** What the script had decided when the transaction was created. */
export interface Snapshot {
  readonly newUri: string | undefined
  readonly destination: string | undefined
  readonly edits: Context['edits']
  readonly recordRoutes: Context['recordRoutes']
}

/** Whose timer it is. */
export type Timed = Branch | Cancel | Transaction

export function isFinal(status: number): boolean {
  return status >= 200
}

/** Does the branch still wait for its final response? */
export function isPending(branch: Branch): boolean {
  return branch.status < 200
}
