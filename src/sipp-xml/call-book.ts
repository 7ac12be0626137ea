// The calls of a player by their Call-IDs, and for some time those that are over, so that what comes late for them is
// not taken for something new.

import type { Milliseconds } from '../endpoint.js'
import type { Call } from './call.js'

const DEAD_CALLS_MAX = 200_000

interface DeadCall {
  readonly reason: string
  until: Milliseconds
}

export class CallBook {
  readonly #calls = new Map<string, Call>()
  readonly #dead = new Map<string, DeadCall>()

  constructor(
    private readonly deadCallMs: Milliseconds,
    /** Text before /// in a Call-ID does not count. */
    private readonly prefix: boolean,
  ) {}

  get size(): number {
    return this.#calls.size
  }

  get all(): readonly Call[] {
    return [...this.#calls.values()]
  }

  /** The Call-ID as it is known here. */
  keyOf(callId: string): string {
    const slashes = this.prefix ? callId.indexOf('///') : -1
    return slashes < 0 ? callId : callId.slice(slashes + 3)
  }

  find(key: string): Call | undefined {
    return this.#calls.get(key)
  }

  add(call: Call): void {
    this.#calls.set(this.keyOf(call.id), call)
  }

  /** The call is over; it is remembered as dead for a while. */
  bury(call: Call, reason: string, now: Milliseconds): void {
    const key = this.keyOf(call.id)
    if (this.#calls.get(key) === call) this.#calls.delete(key)
    if (this.deadCallMs <= 0) return
    this.#dead.delete(key)
    this.#dead.set(key, { reason, until: now + this.deadCallMs })
    this.#forgetOld(now)
  }

  /** Why a call that is over has ended; undefined: nobody remembers it. */
  dead(key: string, now: Milliseconds): string | undefined {
    const dead = this.#dead.get(key)
    if (dead === undefined || dead.until <= now) return undefined
    dead.until = now + this.deadCallMs
    return dead.reason
  }

  /** From the oldest on; one that was asked for lives on until it is the oldest. */
  #forgetOld(now: Milliseconds): void {
    for (const [key, { until }] of this.#dead) {
      if (until > now && this.#dead.size <= DEAD_CALLS_MAX) return
      this.#dead.delete(key)
    }
  }
}
