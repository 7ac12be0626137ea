// What a run hands to its reports: plain data, so that it may come from several processes. Texts are as they were
// written or received; making them safe to show is the reports' business.

import type { Milliseconds } from '../endpoint.js'
import type { ScriptCoverage, ScriptHits } from './coverage.js'
import type { Ladder } from './messages.js'

export type Status = 'passed' | 'failed' | 'skipped'

export interface StepFailure {
  /** What went wrong, possibly several lines. */
  readonly message: string
  readonly expected?: string
  readonly actual?: string
}

export interface StepReport {
  /** "Given", "When", "And" ... */
  readonly keyword: string
  readonly text: string
  readonly status: Status
  readonly durationMs: Milliseconds
  readonly failure?: StepFailure
  /** In the feature; steps of hooks have none. */
  readonly line?: number
}

/** Why a scenario did not run, and the command that would provide what is missing. */
export interface Skip {
  readonly reason: string
  readonly command?: string
}

/** A rule that a scenario broke (or that remarked on it). */
export interface Finding {
  readonly rule: string
  /** "RFC 3261 §8.2.6.2" */
  readonly clause: string
  readonly text: string
}

/** A rule that was switched off for a scenario. */
export interface RuleOff {
  readonly rule: string
  readonly reason: string
}

/** What systems may do otherwise. */
export interface Exception {
  /** "CANCEL", "180", "2xx" */
  readonly message: string
  /** A header, "first line", "body"; undefined: anything, also that the message is not there. */
  readonly header?: string
}

export interface ScenarioReport {
  readonly name: string
  readonly tags: readonly string[]
  readonly uri: string
  readonly line: number
  readonly status: Status
  readonly durationMs: Milliseconds
  readonly steps: readonly StepReport[]
  /** From `ladderOf` the scenario's log. */
  readonly ladder?: Ladder
  readonly seed: number
  readonly rulesOff: readonly RuleOff[]
  readonly findings: readonly Finding[]
  /** "waited in real time" ... */
  readonly notes: readonly string[]
  readonly replayCommand: string
  /** What ran of each routing script in this scenario. */
  readonly scripts: readonly ScriptHits[]
  /** Steps that another system than the engine could not be asked, and why. */
  readonly passedOver: readonly string[]
  /** Parties that are the system under test. */
  readonly proxies: readonly string[]
  /** Other systems that the scenario itself wants to be compared with. */
  readonly also?: readonly { readonly target: string; readonly image?: string }[]
  /** The systems must behave alike, but for this. */
  readonly alike?: { readonly except: readonly Exception[] }
  /** With status 'skipped'. */
  readonly skip?: Skip
}

export interface FeatureReport {
  readonly name: string
  readonly uri: string
  readonly description?: string
  readonly scenarios: readonly ScenarioReport[]
}

/** How many scenarios ended how. */
export type Totals = Readonly<Record<Status, number>>

export interface RunReport {
  readonly title: string
  /** ISO 8601; reports have no clock of their own. */
  readonly startedAt: string
  readonly durationMs: Milliseconds
  readonly node: string
  /** "ser" or "rfc3261" */
  readonly profile: string
  readonly seed: number
  readonly totals: Totals
  readonly features: readonly FeatureReport[]
  readonly coverage: readonly ScriptCoverage[]
  /** The rules that watched every scenario. */
  readonly rulesWatched: readonly string[]
}

/** The totals of some features. */
export function totalsOf(features: readonly FeatureReport[]): Totals {
  const totals = { passed: 0, failed: 0, skipped: 0 }
  for (const scenario of features.flatMap((feature) => feature.scenarios)) totals[scenario.status]++
  return totals
}

/** Skipped scenarios counted by reason, the most frequent first. */
export function skipsOf(features: readonly FeatureReport[]): (Skip & { count: number })[] {
  const skips = new Map<string, Skip & { count: number }>()
  for (const { status, skip } of features.flatMap((feature) => feature.scenarios)) {
    if (status !== 'skipped') continue
    const { reason, command } = skip ?? { reason: 'no reason given' }
    const key = `${reason}\n${command ?? ''}`
    const counted = skips.get(key) ?? { reason, ...(command === undefined ? {} : { command }), count: 0 }
    skips.set(key, { ...counted, count: counted.count + 1 })
  }
  return [...skips.values()].sort((one, two) => two.count - one.count)
}
