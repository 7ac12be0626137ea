// A call as a phone sees it: what it shows (CallState) and what it needs to go on.

import type { Bytes, Milliseconds } from '../endpoint.js'
import type { ClientTransaction } from './client.js'
import type { HeaderWishes } from './command.js'
import type { Dialog } from './dialog.js'
import type { Outgoing } from './submit.js'
import type { ServerTransaction } from './server.js'
import type { CallPhase, CallState } from './state.js'

const OPEN: readonly CallPhase[] = ['calling', 'proceeding', 'ringing', 'early', 'answered', 'established']

export class Call implements CallState {
  state: CallPhase = 'calling'
  remoteTag: string | undefined
  status = 0
  reason = ''
  ringing = false
  ringback = 0
  readonly provisionals: number[] = []
  earlyMedia = false
  sdpLocal: Bytes | undefined
  sdpRemote: Bytes | undefined
  heldByUs = false
  heldByThem = false
  contacts: readonly string[] = []
  readonly answeredBy: string[] = []
  endedBy: 'local' | 'remote' | undefined
  byeStatus = 0
  established: Milliseconds | undefined
  ended: Milliseconds | undefined

  /** All dialogs of the INVITE; several when it was forked. */
  readonly dialogs: Dialog[] = []
  /** The one that the call is about: the first answered, before that the latest early one. */
  dialog: Dialog | undefined
  /** Caller: the INVITE as it was last sent. */
  outgoing: Outgoing | undefined
  invite: ClientTransaction | undefined
  /** Callee: the INVITE's transaction. */
  server: ServerTransaction | undefined
  /** Caller: CANCEL is wanted; it may have to wait for a provisional response. */
  cancelWanted = false
  cancelSent = false
  cancelHeaders: HeaderWishes | undefined
  /** Caller: URIs called in the course of redirections. */
  tried: Set<string> | undefined
  /** Callee: BYE is wanted as soon as the ACK has come (RFC 3261 §15). */
  hangupWanted = false
  /** Callee: RSeq of its last reliable 1xx, and what has to wait for the PRACK (RFC 3262). */
  rseq = 0
  readonly afterPrack: (() => void)[] = []
  /** The offer we made was not answered yet. */
  offerOpen = false
  /** Caller: called once when it was answered or has failed. */
  outcome: (() => void) | undefined
  /** Counts the versions of our session description. */
  sdpVersion = 1
  mediaPort = 0

  readonly callId: string
  readonly localTag: string
  readonly target: string
  readonly remoteUri: string

  constructor(
    readonly id: number,
    readonly role: 'caller' | 'callee',
    ids: { readonly callId: string; readonly localTag: string },
    parties: { readonly target: string; readonly remoteUri: string },
    readonly startedAt: Milliseconds,
  ) {
    this.callId = ids.callId
    this.localTag = ids.localTag
    this.target = parties.target
    this.remoteUri = parties.remoteUri
  }

  get isOpen(): boolean {
    return OPEN.includes(this.state)
  }

  /** The INVITE has no final response yet. */
  get isPending(): boolean {
    const { state } = this
    return state === 'calling' || state === 'proceeding' || state === 'ringing' || state === 'early'
  }

  get hold(): CallState['hold'] {
    if (this.heldByUs) return this.heldByThem ? 'both' : 'local'
    return this.heldByThem ? 'remote' : 'none'
  }

  get routeSet(): readonly string[] {
    return this.dialog?.routeSet ?? []
  }

  get remoteTarget(): string | undefined {
    return this.dialog?.target
  }
}
