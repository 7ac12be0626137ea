// Which rows are played: by id, group, level, role, or RFC section, and a share of them.

import type { Case } from '../../conformance/cases/case.js'
import { UsageError } from '../../errors.js'

export interface Selection {
  /** "PFW-004", "PFW", "must", "registrar", "rfc3261-16.6", "rfc3581". Any of them; none: all rows. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
  /** "2/4": the second quarter. */
  readonly shard: string | undefined
}

/** Throws a UsageError for a word that fits no row, so that a misspelt one is not a pass. */
export function selected(cases: readonly Case[], { only, skip, shard }: Selection): Case[] {
  for (const word of [...only, ...skip])
    if (!cases.some((one) => fits(one, word)))
      throw new UsageError(
        `no row is called ${word}: give an id (PFW-004), a group (PFW), a level (must), a role (registrar) or a section (rfc3261-16.6).`,
      )
  const chosen = cases.filter(
    (one) =>
      (only.length === 0 || only.some((word) => fits(one, word))) && !skip.some((word) => fits(one, word)),
  )
  if (shard === undefined) return chosen
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(shard) ?? []
  if (part === undefined || Number(part) < 1 || Number(part) > Number(of))
    throw new UsageError(`--shard ${shard}: write the part and how many there are, as in 1/4.`)
  return chosen.filter((_, index) => index % Number(of) === Number(part) - 1)
}

/** Case files write "RFC 3261 §16.6-3", people "rfc3261-16.6". */
export function fits({ id, level, role, source }: Case, word: string): boolean {
  const lower = word.toLowerCase()
  if (id.toLowerCase() === lower || id.toLowerCase().startsWith(`${lower}-`)) return true
  if (level.toLowerCase() === lower || role === lower) return true
  const section = source
    .toLowerCase()
    .replace(/^rfc (\d+) §/, 'rfc$1-')
    .replace(/^rfc (\d+)$/, 'rfc$1')
  return section === lower || [...'-.'].some((next) => section.startsWith(lower + next))
}
