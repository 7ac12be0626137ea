// What the two worlds have in common. A driver owns time and the network: `sim/` jumps to the least deadline over a
// virtual network, `host/` arms one timer and owns real sockets. Everything that happened is one ordered log, and
// every reader (ladder, coverage, rules, replay) reads that log.

import type { Address, Bytes, Endpoint, Input, Milliseconds, TraceEvent, Transport } from './endpoint.js'

export interface Listen {
  readonly transport: Transport
  readonly address: string
  readonly port: number
}

/** One packet between two parties, as the network saw it. */
export interface WireEntry {
  readonly kind: 'wire'
  /** When it was sent (or, from a stranger on a real network, when it arrived). */
  readonly at: Milliseconds
  /** When it arrived; undefined when it never did. */
  readonly arrived?: Milliseconds
  /** The endpoint's name, undefined for a stranger. */
  readonly from?: string
  readonly to?: string
  readonly transport: Transport
  readonly source: Address
  readonly target: Address
  readonly bytes: Bytes
  readonly fate: 'delivered' | 'lost' | 'duplicate' | 'unreachable' | 'refused'
}

/** An input that an endpoint was given; the inputs alone replay a run to the same bytes. */
export interface InputEntry {
  readonly kind: 'input'
  readonly at: Milliseconds
  readonly endpoint: string
  readonly input: Input
}

export interface EventEntry {
  readonly kind: 'event'
  readonly at: Milliseconds
  readonly endpoint: string
  readonly event: TraceEvent
}

/** A remark of whoever arranges the run: a step's text, a fault injected. */
export interface MarkEntry {
  readonly kind: 'mark'
  readonly at: Milliseconds
  readonly text: string
}

export type LogEntry = WireEntry | InputEntry | EventEntry | MarkEntry

export interface Driver {
  readonly virtual: boolean
  readonly now: Milliseconds
  readonly log: readonly LogEntry[]
  /** Put an endpoint on the network at its addresses. Port 0 on a real network: the kernel's choice. Returns what was bound. */
  attach(name: string, endpoint: Endpoint, listens: readonly Listen[]): Promise<readonly Listen[]>
  detach(name: string): Promise<void>
  /** Give an endpoint an input now, and carry out what it answers. */
  give(name: string, input: Input): void
  mark(text: string): void
  /** Run until `done` is true or `limitMs` have passed; true when done. Bounded in steps too. */
  runUntil(done: () => boolean, limitMs: Milliseconds): Promise<boolean>
  /** Let exactly this much time pass. */
  advance(durationMs: Milliseconds): Promise<void>
  /** Let what is on its way arrive, without waiting for timers (on a real network: a moment). */
  settle(): Promise<void>
  close(): Promise<void>
}
