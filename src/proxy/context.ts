// What one run of the routing script works on: the message, where it came from, and what the script has decided so
// far (SER's sip_msg without the bytes). Edits appear only when an outgoing message is built; `uri` sees the override.

import type { Address, Milliseconds, Packet, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { RouteKind } from '../script/contract.js'
import type { Edit } from '../sip/edit.js'
import type { Message } from '../sip/message.js'
import { parseUri, type Uri } from '../sip/uri.js'
import type { Found } from './locate.js'
import type { Engine } from './engine.js'
import type { Sending } from './outgoing.js'

/** Branches of one transaction, and so of one destination set (SER's MAX_BRANCHES); the queue holds one less. */
export const BRANCHES_MAX = 12

/** SER's internal error codes (the SER core), as sl_reply_error and tm report them. */
export const ScriptFault = {
  NONE: 1,
  SEND: 477,
  UNRESOLVABLE: 478,
  BAD_URI: 479,
  BAD_TRANSPORT: 480,
  BAD_REQUEST: 400,
  BAD_TUPLE: 9,
  EXEC: 11,
  TOO_MANY_BRANCHES: 12,
  BAD_TO: 13,
  NO_BREADTH: 14,
  OVERLOAD: 15,
} as const

/** A further destination queued by append_branch, lookup or exec_dset. */
export interface QueuedBranch {
  readonly uri: string
  /** q value as text ("0.5"), when one was given. */
  readonly q?: string | undefined
  /** Of a registered contact: the seconds it has left. */
  readonly expires?: number | undefined
  /** Send it there instead of where the URI points. */
  readonly destination?: string | undefined
  /** A Route of its own, above those of the request (RFC 3327 §5.4). */
  readonly route?: string | undefined
  /** Other ways to the same phone, to be tried when this one fails (RFC 5626 §7). */
  readonly flows?: readonly QueuedBranch[] | undefined
}

export class Context {
  /** The Request-URI override; undefined: the original stands. */
  newUri: string | undefined
  /** Send it there instead of where the URI points (set by loose_route). */
  destination: string | undefined
  /** The destination belongs to the contact in the Request-URI, so failure routes begin without it. */
  isContactsDestination = false
  branches: QueuedBranch[] = []
  /** What is registered of the contact that lookup put into the Request-URI. */
  registered: Omit<QueuedBranch, 'uri' | 'destination'> | undefined
  edits: Edit[] = []
  /** Record-Route lines, written when the sending address is known; each stands above the one before. */
  recordRoutes: ((sending: Sending) => string)[] = []
  /** "user@" of our Record-Route, instead of what add_username says (record_route_flow). */
  recordUser: string | undefined
  /** It goes over this flow, wherever its URIs lead (flow_route). */
  flow: Found | undefined
  /** Whole header lines for locally generated replies. */
  replyHeaders: string[] = []
  flags = 0
  forceRport = false
  /** The script has seen to Max-Forwards itself. */
  maxForwardsDone = false
  advertisedAddress: string | undefined
  advertisedPort: number | undefined
  /** Send from this one of our addresses (force_send_socket). */
  sendFrom: Address | undefined
  /** Where a REGISTER came from, as a URI, when its bindings are reached there (fix_nated_register). */
  received: string | undefined
  /** The URI of the first Contact as the script rewrote it: what save() keeps (fix_nated_contact). */
  contact: string | undefined
  /** The error of the action that runs now, and of the one before it. */
  fault: number = ScriptFault.NONE
  formerFault: number = ScriptFault.NONE
  /** tm's: the transaction this message belongs to. */
  transaction: object | undefined
  /** tm's: armed routes, copied into the transaction when it is created and at every forwarding. */
  onFailure = 0
  onReply = 0
  #parsed: Uri | Malformed | undefined
  #parsedOf: string | undefined

  constructor(
    readonly engine: Engine,
    readonly kind: RouteKind,
    readonly message: Message,
    /** The packet it came in; of a failure route the packet of the request. */
    readonly packet: Packet,
    readonly now: Milliseconds,
  ) {}

  get transport(): Transport {
    return this.packet.transport
  }

  /** The current Request-URI: the override or, if none, the original. */
  get uri(): string {
    return this.newUri ?? this.message.requestUri
  }

  setUri(uri: string): void {
    this.newUri = uri
  }

  /** Sends the request to where the contact that is its Request-URI now is really reached. */
  reach(destination: string): void {
    this.destination = destination
    this.isContactsDestination = true
  }

  parsedUri(): Uri | Malformed {
    const text = this.uri
    if (this.#parsedOf !== text) {
      this.#parsedOf = text
      this.#parsed = this.newUri === undefined ? this.message.uri() : parseUri(text)
    }
    return this.#parsed!
  }

  /** Where the request goes: dst_uri if set, else the Request-URI. */
  destinationUri(): Uri | Malformed {
    return this.destination === undefined ? this.parsedUri() : parseUri(this.destination)
  }

  /** Puts a whole header line in front of the first header (SER's place for Record-Route and Max-Forwards). */
  prepend(line: string): void {
    this.edits.push({ at: this.message.headersStart, cut: 0, put: line })
  }

  /** Puts a whole header line behind the last header. */
  append(line: string): void {
    this.edits.push({ at: this.message.headersEnd, cut: 0, put: line })
  }

  cut(start: number, end: number): void {
    this.edits.push({ at: start, cut: end - start, put: '' })
  }

  hasFlag(flag: number): boolean {
    return (this.flags & (1 << flag)) !== 0
  }

  setFlag(flag: number): void {
    this.flags |= 1 << flag
  }

  resetFlag(flag: number): void {
    this.flags &= ~(1 << flag)
  }

  /** Queues a further destination; false when the queue is full. */
  appendBranch(branch: QueuedBranch): boolean {
    if (this.branches.length >= BRANCHES_MAX - 1) {
      this.fault = ScriptFault.TOO_MANY_BRANCHES
      this.log(-1, 'ERROR: append_branch: max nr of branches exceeded')
      return false
    }
    this.branches.push(branch)
    return true
  }

  /** Says `text` in SER's log (levels -3 alert .. 4 debug). */
  log(level: number, text: string): void {
    this.engine.log(level, text)
  }

  /** Fails the running action with a fault code, for sl_reply_error. */
  fail(fault: number): -1 {
    this.fault = fault
    return -1
  }
}
