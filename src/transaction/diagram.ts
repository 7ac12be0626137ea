// State diagrams (mermaid) printed from the tables, so that they cannot tell anything else than the code does.
// Retransmissions and repetitions that change nothing but resend are shown like every other row.

import type { Overlay } from './machine.js'
import type { Table } from './tables.js'

/** A mermaid state diagram of a table; `initial` is the state in which a transaction is made. */
export function stateDiagram<S extends string, E extends string, A extends string>(
  table: Table<S, E, A>,
  initial: S,
): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${initial}`]
  for (const [state, rows] of entries<S, Table<S, E, A>[S]>(table))
    for (const [event, row] of entries<E, readonly [S, ...A[]]>(rows)) {
      const [next, ...actions] = row
      const label = actions.length === 0 ? event : `${event} / ${actions.join(', ')}`
      lines.push(`  ${state} --> ${next === 'terminated' ? '[*]' : next}: ${label}`)
    }
  return lines.join('\n')
}

/** All (state, event) pairs of a table without a row: each is a decision to ignore the event there. */
export function holes<S extends string, E extends string, A extends string>(
  table: Table<S, E, A>,
  events: readonly E[],
): string[] {
  const missing: string[] = []
  for (const [state, rows] of entries<S, Table<S, E, A>[S]>(table)) {
    if (Object.keys(rows).length === 0) continue
    for (const event of events) if (rows[event] === undefined) missing.push(`${state} x ${event}`)
  }
  return missing
}

/** An overlay in words: its name, its reason, and each row that it changes. */
export function describeOverlay<S extends string, E extends string, A extends string>(
  change: Overlay<S, E, A>,
): string {
  const lines = [`${change.name}: ${change.reason}`]
  for (const [state, rows] of entries<S, Table<S, E, A>[S]>(change.rows as Table<S, E, A>))
    for (const [event, [next, ...actions]] of entries<E, readonly [S, ...A[]]>(rows))
      lines.push(`  ${state} x ${event} -> ${[next, ...actions].join(', ')}`)
  return lines.join('\n')
}

function entries<K extends string, V>(record: { readonly [key in K]?: V }): [K, V][] {
  return Object.entries(record) as [K, V][]
}
