// What came of a row.

import type { LogEntry } from '../../driver.js'

export type CaseVerdict = 'pass' | 'fail' | 'not applicable' | 'not executable' | 'not run'

export interface CaseResult {
  readonly id: string
  readonly verdict: CaseVerdict
  /** Why it failed or was not played. */
  readonly text: string
  /** What was on the wire, of a failure. */
  readonly log: readonly LogEntry[]
}
