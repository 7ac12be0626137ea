// Watching a run: the packets of its log against the always-on rules.

import type { LogEntry } from '../driver.js'
import { RULES } from './rules.js'
import { seenIn } from './seen.js'

export { RULES, rulesOffFor, type Rule } from './rules.js'

export type Profile = 'ser' | 'rfc3261'

/** A packet that broke a rule. */
export interface Finding {
  readonly rule: string
  readonly clause: string
  readonly text: string
}

export interface Watch {
  /** The names of the endpoints that are proxies. */
  readonly proxies: readonly string[]
  /** Rules (by id) that are switched off. */
  readonly off: readonly string[]
}

/** Findings of one rule that are told; more of the same say nothing new. */
const FINDINGS_MAX = 3

export function checkRun(entries: readonly LogEntry[], { proxies, off }: Watch): Finding[] {
  const seen = seenIn(entries, proxies)
  const findings: Finding[] = []
  for (const { id, clause, check } of RULES) {
    if (off.includes(id)) continue
    let count = 0
    check(seen, ({ wire }, text) => {
      if (count++ >= FINDINGS_MAX) return
      const line = wire.bytes.slice(0, wire.bytes.indexOf('\r'))
      findings.push({
        rule: id,
        clause,
        text: `${line} (${wire.from ?? '?'} to ${wire.to ?? '?'}, ${wire.at} ms): ${text}`,
      })
    })
  }
  return findings
}
