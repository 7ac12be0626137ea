// One call of a player: plain state. What happens to it is in advance.ts (commands), incoming.ts (messages), actions.ts
// and ending.ts.

import type { Address, Bytes, Milliseconds } from '../endpoint.js'
import type { Timer } from '../transaction/timers.js'
import type { Received } from './received.js'
import type { RouteSet } from './routes.js'
import type { Scenario } from './program.js'
import type { Failure, Statistics } from './statistics.js'
import type { Value } from './values.js'

export interface CallTransaction {
  /** The branch of the request that started it. */
  branch: string | undefined
  ackIndex: number | undefined
  /** Text of its last response. */
  response: Bytes | undefined
}

/** Where the peer wants its media. */
export interface MediaTarget {
  readonly address: string
  readonly audio: number
  readonly video: number
  readonly image: number
}

export interface CallStart {
  readonly scenario: Scenario
  readonly number: number
  readonly id: string
  readonly user: number
  readonly local: Address
  readonly peer: Address | undefined
  readonly now: Milliseconds
  readonly cseq: number
  readonly isIncoming: boolean
  readonly statistics: Statistics
}

export class Call {
  readonly scenario: Scenario
  readonly number: number
  readonly id: string
  readonly user: number
  readonly isIncoming: boolean
  readonly startedAt: Milliseconds
  local: Address
  /** What its scenario counts into. */
  statistics: Statistics
  peer: Address | undefined
  connection: number | undefined
  /** Own port as [local_port] shows it. */
  index = 0
  /** Runs the <init> section, not the scenario. */
  isInit = false
  over = false
  cseq: number
  readonly values: Value[]
  readonly transactions: CallTransaction[]
  /** Lines of the injection files by name. */
  readonly lines = new Map<string, number>()
  timer: Timer<Call> | undefined

  // ---- sending ----
  lastSent: Bytes | undefined
  lastSentIndex = -1
  /** When it is repeated; undefined: not. */
  nextRetrans: Milliseconds | undefined
  retransmissions = 0
  lastDelayMs: Milliseconds = 0

  // ---- receiving ----
  last: Received | undefined
  /** What is received but not acted on yet; and what made us send, with what it made us send. */
  lastReceivedKey: string | undefined
  lastReceivedIndex = -1
  causeKey: string | undefined
  causeIndex = -1
  causedIndex = -1
  peerTag: string | undefined
  lastInviteCseq = 0
  routes: RouteSet | undefined
  challenge: { readonly text: string; readonly code: number; count: number } | undefined
  /** A message that waits until the call has come to its receive. */
  queued: Received | undefined
  established = false
  ackPending = false

  // ---- waiting ----
  pausedUntil: Milliseconds | undefined
  receiveUntil: Milliseconds | undefined
  timewait = false

  // ---- measuring ----
  readonly rtdStarts: (Milliseconds | undefined)[] = []
  readonly rtdDone: boolean[] = []
  /** Failed checks are counted when the call ends. */
  failedCheck: Failure | 'stop-call' | undefined

  media: MediaTarget | undefined

  constructor(start: CallStart) {
    const { scenario, number, id, user, local, peer, now, cseq, isIncoming, statistics } = start
    this.scenario = scenario
    this.number = number
    this.id = id
    this.user = user
    this.local = local
    this.peer = peer
    this.startedAt = now
    this.cseq = cseq
    this.isIncoming = isIncoming
    this.statistics = statistics
    this.values = new Array<Value>(scenario.variables.length).fill(undefined)
    this.transactions = scenario.transactions.map(() => ({
      ...{ branch: undefined, ackIndex: undefined, response: undefined },
    }))
  }
}
