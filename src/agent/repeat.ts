// A response that is sent again until it is acknowledged, by the callee itself and over every transport: a 2xx until
// its ACK (RFC 3261 §13.3.1.4: T1, doubling up to T2), a reliable 1xx until its PRACK (RFC 3262 §3: no upper bound
// of the interval). Given up after 64*T1.

import type { Bytes } from '../endpoint.js'
import type { Timer } from '../transaction/timers.js'
import { retransmissionMs } from '../transaction/values.js'
import type { Hop, Stack } from './stack.js'

export interface Repeated {
  /** What the acknowledgement names: the CSeq number of the INVITE, or the RSeq of the 1xx. */
  readonly number: number
  readonly hop: Hop
  readonly response: Bytes
  /** The interval grows up to T2 only. */
  readonly capped: boolean
}

export class Repeat {
  #attempts = 0
  #next: Timer<() => void> | undefined
  readonly #end: Timer<() => void>

  constructor(
    private readonly stack: Stack,
    private readonly repeated: Repeated,
    private readonly done: (acknowledged: boolean) => void,
  ) {
    this.#end = stack.after(64 * stack.base.t1Ms, () => this.stop(false), 'unacknowledged')
    if (stack.retransmits) this.#arm()
  }

  get number(): number {
    return this.repeated.number
  }

  /** The acknowledgement has come (true), or was waited for long enough (false). */
  stop(acknowledged: boolean): void {
    this.abandon()
    this.done(acknowledged)
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.stack.timers.stop(this.#next)
    this.stack.timers.stop(this.#end)
  }

  #arm(): void {
    const intervalMs = retransmissionMs(this.stack.base, this.#attempts++, this.repeated.capped)
    this.#next = this.stack.after(intervalMs, () => this.#resend(), 'repeat')
  }

  #resend(): void {
    this.stack.send(this.repeated.hop, this.repeated.response)
    this.#arm()
  }
}
