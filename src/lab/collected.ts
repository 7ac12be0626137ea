// What scenarios leave behind for the reports, by the id of their test case run. One process, one collection.

import type { LogEntry } from '../driver.js'
import type { ScriptShape } from '../report/coverage.js'
import type { Finding, RuleOff, ScenarioReport, Skip } from '../report/types.js'

export interface Leftover {
  readonly log: readonly LogEntry[]
  /** Ladder columns, in order. */
  readonly parties: readonly string[]
  readonly proxies: readonly string[]
  readonly shapes: readonly ScriptShape[]
  readonly seed: number
  readonly real: boolean
  readonly notes: readonly string[]
  readonly findings: readonly Finding[]
  readonly rulesOff: readonly RuleOff[]
  /** Steps that the system under test could not be asked, and why. */
  readonly passedOver: readonly string[]
  readonly also?: ScenarioReport['also']
  readonly alike?: ScenarioReport['alike']
  readonly skip?: Skip
}

const leftovers = new Map<string, Leftover>()

export function leave(id: string, leftover: Leftover): void {
  leftovers.set(id, leftover)
}

/** Takes a scenario's leftovers out. */
export function collect(id: string): Leftover | undefined {
  const found = leftovers.get(id)
  leftovers.delete(id)
  return found
}
