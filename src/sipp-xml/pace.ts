// When calls are begun: so many in each period (-r, -rp), or so many users at once (-users), up to a number in all (-m)
// and at once (-l). A slot in which no call is allowed is not made up for later, as SIPp has it.

import type { Milliseconds } from '../endpoint.js'
import type { Pace } from './options.js'

/** Calls begun in one step: more would keep everybody else waiting. */
const CALLS_AT_ONCE_MAX = 1000

export class CallPace {
  rate: number
  paused = false
  #changedAt: Milliseconds
  #slots = 0
  #raisedAt: Milliseconds

  constructor(
    readonly pace: Pace,
    now: Milliseconds,
  ) {
    this.rate = pace.rate
    this.#changedAt = now
    this.#raisedAt = now
  }

  /** When the next call is due; undefined: not by time. */
  get deadline(): Milliseconds | undefined {
    const raise = this.pace.increase === 0 ? undefined : this.#raisedAt + this.pace.increaseMs
    if (this.paused || this.pace.users !== undefined || this.rate <= 0) return raise
    const next = Math.ceil(this.#changedAt + ((this.#slots + 1) * this.pace.periodMs) / this.rate)
    return raise === undefined ? next : Math.min(next, raise)
  }

  setRate(rate: number, now: Milliseconds): void {
    this.rate = Math.max(0, rate)
    this.#changedAt = now
    this.#slots = 0
  }

  /** How many calls to begin now, with so many made and so many going. */
  due(now: Milliseconds, created: number, current: number): number {
    const { users, limit, total, periodMs } = this.pace
    if (this.paused) return 0
    let calls: number
    if (users !== undefined) calls = users - current
    else {
      const slots = Math.floor(((now - this.#changedAt) * this.rate) / periodMs + ROUNDING)
      calls = Math.min(slots - this.#slots, CALLS_AT_ONCE_MAX)
      this.#slots += Math.max(0, calls)
    }
    if (total !== undefined) calls = Math.min(calls, total - created)
    if (limit !== undefined) calls = Math.min(calls, limit - current)
    return Math.max(0, calls)
  }

  /** Raises the rate when it is time to; 'quit' when it has come to its maximum. */
  raise(now: Milliseconds): 'quit' | undefined {
    const { increase, increaseMs, rateMax, quitsAtMax } = this.pace
    if (increase === 0 || now < this.#raisedAt + increaseMs) return undefined
    this.#raisedAt += increaseMs
    const rate = this.rate + increase
    if (rateMax !== undefined && rate > rateMax && quitsAtMax) return 'quit'
    this.setRate(rateMax === undefined ? rate : Math.min(rate, rateMax), now)
    return undefined
  }
}

/** A slot is due although the quotient falls short of it by a rounding error. */
const ROUNDING = 1e-6
