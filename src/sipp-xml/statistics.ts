// What a player counts, under SIPp's names: calls, why they failed, retransmissions, response times and call lengths
// with their histograms, each since the start and since the last report.

import type { Milliseconds } from '../endpoint.js'

/** Why a call failed, in the order of SIPp's columns. */
export const FAILURES = [
  'FailedCannotSendMessage',
  'FailedMaxUDPRetrans',
  'FailedTcpConnect',
  'FailedTcpClosed',
  'FailedUnexpectedMessage',
  'FailedCallRejected',
  'FailedCmdNotSent',
  'FailedRegexpDoesntMatch',
  'FailedRegexpShouldntMatch',
  'FailedRegexpHdrNotFound',
  'FailedOutboundCongestion',
  'FailedTimeoutOnRecv',
  'FailedTimeoutOnSend',
  'FailedTestDoesntMatch',
  'FailedTestShouldntMatch',
  'FailedStrcmpDoesntMatch',
  'FailedStrcmpShouldntMatch',
] as const
export type Failure = (typeof FAILURES)[number]

/** The other counters. */
export const EVENTS = [
  'IncomingCall',
  'OutgoingCall',
  'SuccessfulCall',
  'FailedCall',
  'OutOfCallMsgs',
  'DeadCallMsgs',
  'Retransmissions',
  'AutoAnswered',
  'Warnings',
  'FatalErrors',
] as const
export type CountedEvent = (typeof EVENTS)[number] | Failure

type Counts = Record<CountedEvent, number>

function noCounts(): Counts {
  return Object.fromEntries([...EVENTS, ...FAILURES].map((name) => [name, 0])) as Counts
}

/** Number, mean and spread of durations, and how many lie below each edge. */
export class Durations {
  count = 0
  sum = 0
  squares = 0
  max = 0
  readonly histogram: number[]

  constructor(readonly edges: readonly number[]) {
    this.histogram = new Array<number>(edges.length + 1).fill(0)
  }

  add(ms: Milliseconds): void {
    this.count++
    this.sum += ms
    this.squares += ms * ms
    if (ms > this.max) this.max = ms
    let place = 0
    while (place < this.edges.length && ms >= this.edges[place]!) place++
    this.histogram[place]!++
  }

  get mean(): Milliseconds {
    return this.count === 0 ? 0 : this.sum / this.count
  }

  get deviation(): Milliseconds {
    return this.count === 0 ? 0 : Math.sqrt(Math.max(0, this.squares / this.count - this.mean ** 2))
  }
}

/** Durations since the start and since the last report. */
export interface Spans {
  total: Durations
  period: Durations
}

/** How often each command was carried out. */
export interface CommandCounts {
  sent: number
  received: number
  /** Repeated by us, or received again. */
  repeated: number
  timeouts: number
  unexpected: number
  lost: number
  /** Calls that came to this pause. */
  sessions: number
}

export class Statistics {
  readonly total = noCounts()
  period = noCounts()
  /** One for each response timer. */
  readonly responseTimes: Spans[]
  readonly callLengths: Spans
  readonly commands: CommandCounts[]
  readonly genericCounters: number[]
  /** Calls that live, and the most at once. */
  current = 0
  peak = 0
  peakAt: Milliseconds = 0

  constructor(
    readonly shape: {
      readonly timers: readonly string[]
      readonly counters: readonly string[]
      readonly responseTimes: readonly number[]
      readonly callLengths: readonly number[]
      readonly commands: number
    },
  ) {
    const spans = (edges: readonly number[]): Spans => ({
      total: new Durations(edges),
      period: new Durations(edges),
    })
    this.responseTimes = shape.timers.map(() => spans(shape.responseTimes))
    this.callLengths = spans(shape.callLengths)
    this.genericCounters = shape.counters.map(() => 0)
    this.commands = Array.from({ length: shape.commands }, () => ({
      ...{ sent: 0, received: 0, repeated: 0, timeouts: 0, unexpected: 0, lost: 0, sessions: 0 },
    }))
  }

  count(event: CountedEvent): void {
    this.total[event]++
    this.period[event]++
  }

  begin(direction: 'IncomingCall' | 'OutgoingCall', now: Milliseconds): void {
    this.count(direction)
    if (++this.current > this.peak) [this.peak, this.peakAt] = [this.current, now]
  }

  end(lengthMs: Milliseconds): void {
    this.current--
    this.callLengths.total.add(lengthMs)
    this.callLengths.period.add(lengthMs)
  }

  response(timer: number, ms: Milliseconds): void {
    const spans = this.responseTimes[timer]
    spans?.total.add(ms)
    spans?.period.add(ms)
  }

  /** Calls made and received. */
  get created(): number {
    return this.total.IncomingCall + this.total.OutgoingCall
  }

  /** A report was made: the next period begins. */
  nextPeriod(): void {
    this.period = noCounts()
    for (const spans of [...this.responseTimes, this.callLengths])
      spans.period = new Durations(spans.total.edges)
  }
}
