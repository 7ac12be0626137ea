// What the calls of one player share: its options, the time of the step, chance, counters, injection files, variables of
// user and global scope, and the outputs of the step.

import type { Bytes, Milliseconds, Output } from '../endpoint.js'
import type { TimerQueue } from '../transaction/timers.js'
import type { Call } from './call.js'
import type { Injection } from './injection.js'
import type { PlayerOptions } from './options.js'
import type { Value } from './values.js'

/** Where a remark belongs: SIPp's log files. */
export type Channel = 'error' | 'warning' | 'log' | 'message'

/** The level of a log event for each channel, and back. */
export const CHANNEL_LEVELS: Readonly<Record<Channel, number>> = { error: -1, warning: 1, log: 3, message: 4 }

export interface World {
  readonly options: PlayerOptions
  readonly injection: Injection
  readonly timers: TimerQueue<Call>
  readonly globals: Map<string, Value>
  readonly users: Map<number, Map<string, Value>>
  now: Milliseconds
  outputs: Output[]
  /** [dynamic_id] of the next use. */
  dynamicId: number
  /** Sends a message of a call. */
  send(call: Call, bytes: Bytes): void
  /** Sends a command to another player; false when that cannot be. */
  sendTwin(bytes: Bytes, dest: string | undefined): boolean
  hasTwin: boolean
  say(channel: Channel, text: string): void
  /** A shell command, when it is allowed; what keywords became is in its environment. */
  shell(command: string, environment: Readonly<Record<string, string>>): void
  /** Media of a call. */
  media(call: Call, order: MediaOrder): void
  /** No new calls; the player ends when the last one has. */
  quit(): void
  /** The player ends at once. */
  stop(): void
  /** A mistake that SIPp would end with (exit code 255). */
  fatal(text: string): void
  /** The call is over. */
  forget(call: Call, reason: string): void
  /** The number of users, -1 without -users. */
  readonly userCount: number
}

export type MediaOrder =
  | { readonly kind: 'recording'; readonly media: 'audio' | 'video' | 'image'; readonly file: string }
  | { readonly kind: 'stream'; readonly what: string }
  | { readonly kind: 'digits'; readonly digits: string }
  | { readonly kind: 'control'; readonly word: string }
