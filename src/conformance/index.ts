// Watching a run: the packets of its log against the always-on rules.

import type { LogEntry } from '../driver.js'
import type { Bytes, Milliseconds } from '../endpoint.js'
import { RULES, type Report } from './rules.js'
import { byCall, seenIn } from './seen.js'

export { RULES, rulesOffFor, type Rule } from './rules.js'

export type Profile = 'ser' | 'rfc3261'

/** A packet that broke a rule. */
export interface Finding {
  readonly rule: string
  readonly clause: string
  /** When the packet was sent. */
  readonly at: Milliseconds
  readonly text: string
  readonly bytes: Bytes
}

export interface Watch {
  /** The names of the endpoints that are proxies; a stranger's name is its address:port. */
  readonly proxies: readonly string[]
  /** Rules (by id) that are switched off. */
  readonly off: readonly string[]
  /** Parties that are meant to leave out what they owe. */
  readonly silent?: readonly string[]
}

/** Findings of one rule that are told; more of the same say nothing new. */
const FINDINGS_MAX = 3

/** The rules that a run broke, rule by rule; its packets are all that is looked at. Never throws on what peers sent. */
export function checkRun(entries: readonly LogEntry[], { proxies, off, silent = [] }: Watch): Finding[] {
  const seen = seenIn(entries, { proxies, silent })
  const calls = byCall(seen)
  const findings: Finding[] = []
  for (const { id, clause, check, wholeRun } of RULES) {
    if (off.includes(id)) continue
    let count = 0
    const report: Report = ({ wire, from, to, message }, text) => {
      if (count++ >= FINDINGS_MAX) return
      const { at } = wire
      const line = message.text.slice(message.start, message.headersStart).trimEnd()
      const told = `${line} (${from} to ${to}, ${at} ms): ${text}`
      findings.push({ rule: id, clause, at, text: told, bytes: message.text })
    }
    if (wholeRun === true) check(seen, report)
    else for (const call of calls) check(call, report)
  }
  return findings
}
