// A 2xx to an INVITE is sent again until its ACK comes, over every transport, by the callee itself
// (RFC 3261 §13.3.1.4): T1, doubling up to T2, given up after 64*T1.

import type { Bytes } from '../endpoint.js'
import type { Timer } from '../transaction/timers.js'
import { retransmissionMs } from '../transaction/values.js'
import type { Hop, Stack } from './stack.js'

export class AckWait {
  #attempts = 0
  #next: Timer<() => void> | undefined
  readonly #end: Timer<() => void>

  constructor(
    private readonly stack: Stack,
    /** Of the INVITE that was answered. */
    readonly cseq: number,
    private readonly hop: Hop,
    private readonly response: Bytes,
    private readonly done: (acknowledged: boolean) => void,
  ) {
    this.#end = stack.after(64 * stack.base.t1Ms, () => this.stop(false), 'noAck')
    if (stack.retransmits) this.#arm()
  }

  /** The ACK has come (true), or was waited for long enough (false). */
  stop(acknowledged: boolean): void {
    this.abandon()
    this.done(acknowledged)
  }

  /** Nobody waits for the ACK any more. */
  abandon(): void {
    this.stack.timers.stop(this.#next)
    this.stack.timers.stop(this.#end)
  }

  #arm(): void {
    const intervalMs = retransmissionMs(this.stack.base, this.#attempts++, true)
    this.#next = this.stack.after(intervalMs, () => this.#resend(), 'retransmit2xx')
  }

  #resend(): void {
    this.stack.send(this.hop, this.response)
    this.#arm()
  }
}
