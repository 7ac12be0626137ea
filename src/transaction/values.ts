// The values of the transaction timers (RFC 3261 §17, table 4): an argument of whoever runs a machine.

import type { Milliseconds } from '../endpoint.js'

export interface BaseTimers {
  readonly t1Ms: Milliseconds
  readonly t2Ms: Milliseconds
  readonly t4Ms: Milliseconds
}

export const RFC_TIMERS: BaseTimers = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 }

export interface TimerValues {
  /** B, F, H: how long a final response (or the ACK) is waited for. */
  readonly timeoutMs: Milliseconds
  /** D, I, J, K; zero over reliable transports. */
  readonly lingerInviteClientMs: Milliseconds
  readonly lingerInviteServerMs: Milliseconds
  readonly lingerServerMs: Milliseconds
  readonly lingerClientMs: Milliseconds
  /** L and M (RFC 6026): how long a 2xx keeps an INVITE transaction. */
  readonly lingerAcceptedMs: Milliseconds
}

/** The timers of RFC 3261 table 4 for a transport. */
export function timerValues({ t1Ms, t4Ms }: BaseTimers, reliable: boolean): TimerValues {
  const timeoutMs = 64 * t1Ms
  return {
    timeoutMs,
    lingerInviteClientMs: reliable ? 0 : Math.max(timeoutMs, 32_000),
    lingerInviteServerMs: reliable ? 0 : t4Ms,
    lingerServerMs: reliable ? 0 : timeoutMs,
    lingerClientMs: reliable ? 0 : t4Ms,
    lingerAcceptedMs: timeoutMs,
  }
}

/** The n-th retransmission interval (from 0): doubling from T1; `cap` T2 for non-INVITE, none for INVITE (A, E, G). */
export function retransmissionMs({ t1Ms, t2Ms }: BaseTimers, n: number, capped: boolean): Milliseconds {
  const interval = t1Ms * 2 ** n
  return capped ? Math.min(interval, t2Ms) : interval
}
