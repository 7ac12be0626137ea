// What a run of SIPp means. Its exit code alone cannot be trusted in continuous integration: 0 also stands for "some calls
// succeeded and the timeout cut the rest", and a server that was never called ends well.

import type { SippStatistics } from './statistics.js'

export type SippVerdict =
  | 'passed'
  /** At least one call failed. */
  | 'failed'
  /** The global timeout came before the calls were done. */
  | 'timeout'
  /** The scenario or the switches were refused; no call was made. */
  | 'refused'
  /** The address could not be bound. */
  | 'not bound'
  /** It was stopped by whoever started it. */
  | 'stopped'
  /** Ended by a signal, or could not be started. */
  | 'died'

export interface Ending {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** We asked it to end. */
  readonly stopped: boolean
  /** What it said on its standard error, the last lines. */
  readonly said: string
  readonly statistics: SippStatistics | undefined
  /** Calls it was to make; undefined: without end. */
  readonly calls: number | undefined
}

/** The verdict and the reason for people. */
export function verdictOf(ending: Ending): { verdict: SippVerdict; reason: string } {
  const { exitCode, signal, stopped, said, statistics, calls } = ending
  const { created = 0, succeeded = 0, failed = 0 } = statistics ?? {}
  const counts = `${created} calls, ${succeeded} succeeded, ${failed} failed`
  const told = said.trim() === '' ? '' : `: ${said.trim().split('\n').slice(-2).join(' | ')}`
  if (exitCode === 254) return { verdict: 'not bound', reason: `SIPp could not bind its address${told}` }
  if (stopped)
    return failed > 0 ? { verdict: 'failed', reason: counts } : { verdict: 'stopped', reason: counts }
  if (exitCode === undefined)
    return { verdict: 'died', reason: `SIPp was ended by ${signal ?? 'something'}${told}` }
  if (created === 0 && exitCode !== 0 && exitCode !== 97)
    return { verdict: 'refused', reason: `SIPp exited with ${exitCode}${told}` }
  if (/timed out after/.test(said)) return { verdict: 'timeout', reason: `the time ran out: ${counts}` }
  if (failed > 0 || exitCode === 1) return { verdict: 'failed', reason: `${counts}${told}` }
  if (exitCode === 97) return { verdict: 'timeout', reason: `the time ran out: ${counts}` }
  if (exitCode !== 0) return { verdict: 'died', reason: `SIPp exited with ${exitCode}${told}` }
  if (calls !== undefined && succeeded < calls)
    return { verdict: 'timeout', reason: `${calls} calls were wanted: ${counts}` }
  return { verdict: 'passed', reason: counts }
}
