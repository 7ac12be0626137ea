// SIPp's exit codes.

import type { Statistics } from './statistics.js'

export const EXIT_OK = 0
export const EXIT_FAILED = 1
/** Stopped by an internal command, or timed out without any success. */
export const EXIT_INTERNAL = 97
/** Bad usage, or the end without calls. */
export const EXIT_NO_CALLS = 99
export const EXIT_FATAL = 255
export const EXIT_BIND = 254

export interface Ending {
  readonly fatal: string | undefined
  readonly stopped: boolean
  readonly timedOut: boolean
}

/** The exit code for these counts and this end. */
export function exitCode({ total }: Statistics, { fatal, stopped, timedOut }: Ending): number {
  if (fatal !== undefined) return EXIT_FATAL
  if (stopped) return EXIT_INTERNAL
  if (total.FailedCall > 0) return EXIT_FAILED
  return timedOut && total.SuccessfulCall === 0 ? EXIT_INTERNAL : EXIT_OK
}
