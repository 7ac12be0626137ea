// What a phone is built with.

import type { Address, Transport } from '../endpoint.js'
import type { Random } from '../random.js'
import type { BaseTimers } from '../transaction/values.js'
import type { Behaviour } from './behaviour.js'

/** An address and how to reach it. */
export interface Place extends Address {
  readonly transport: Transport
}

export interface PhoneOptions {
  readonly name: string
  /** Address of record: a SIP or SIPS URI with a user. */
  readonly aor: string
  /** Where it listens and wants to be reached. */
  readonly contact: Place
  /** Outbound proxy: takes every request that opens something. Without it requests go where their URI says. */
  readonly proxy?: Place
  readonly random: Random
  /** For digest; the AOR's user when left out. */
  readonly username?: string
  readonly password?: string
  /** RFC 3261's when left out. */
  readonly timers?: BaseTimers
  readonly behaviour?: Partial<Behaviour>
  /** Makes events (phone, transaction, drop). */
  readonly trace?: boolean
  /** Its User-Agent header; none when left out. */
  readonly userAgent?: string
  /** First port of its session descriptions; each call takes the next even one. 10000 when left out. */
  readonly mediaPort?: number
}
