// Runs a transaction table: looks the row up, changes the state, carries out the actions in order.

import type { Row, Table } from './tables.js'

/** Whoever runs a machine: the thing with the state, and one method an action. */
export type Actor<A extends string, T> = { readonly [action in A]: (transaction: T) => void }

/**
 * Gives `event` to `transaction`. Returns false when the table has no row for it (the event is ignored in this state).
 * The state changes before the actions run, so that an action may give the next event.
 */
export function advance<S extends string, E extends string, A extends string, T extends { state: S }>(
  table: Table<S, E, A>,
  transaction: T,
  event: E,
  actor: Actor<A, T>,
): boolean {
  const row = table[transaction.state][event]
  if (row === undefined) return false
  transaction.state = row[0]
  for (let i = 1; i < row.length; i++) actor[row[i] as A](transaction)
  return true
}

/** A named change of some rows, with its reason: how a profile departs from the RFC. */
export interface Overlay<S extends string, E extends string, A extends string> {
  readonly name: string
  readonly reason: string
  readonly rows: { readonly [state in S]?: { readonly [event in E]?: Row<S, A> } }
}

/** The table with an overlay's rows in place of its own. */
export function overlay<S extends string, E extends string, A extends string>(
  table: Table<S, E, A>,
  change: Overlay<S, E, A>,
): Table<S, E, A> {
  const states = Object.keys(table) as S[]
  const merged = states.map((state) => [state, { ...table[state], ...change.rows[state] }])
  return Object.fromEntries(merged) as Table<S, E, A>
}
