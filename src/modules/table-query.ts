// What modules ask tables: rows where columns have values. A value may come from the network; it stands in a condition
// and nowhere else.

import type { ColumnValue, Condition, Row } from '../database.js'
import type { Context } from '../proxy/context.js'
import type { ArgumentKind, Result } from '../script/contract.js'
import { octetsOf, textOf } from '../sip/unicode.js'

/** No column that is looked for is longer (SER's schema). */
const VALUE_LENGTH_MAX = 255
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** The name of a table, from the script's author. */
export const TABLE_NAME: ArgumentKind = { name: 'table', fix: (text) => tableName(text) }

/** A name of a table or column. Throws an Error when it cannot be one. */
export function tableName(text: string): string {
  if (!NAME.test(text)) throw new Error(`bad table or column name ${JSON.stringify(text)}`)
  return text
}

/** Which rows are wanted of which table of which database. */
export interface Wanted {
  /** Who asks, for the log. */
  readonly module: string
  readonly database: string
  readonly table: string
  readonly columns: readonly string[]
  /** Values that columns must have, in octets. */
  readonly where: Readonly<Record<string, string>>
  readonly limit: number
}

/** Asks, and goes on with the rows; with undefined when the database failed, which is logged. */
export function selectRows(
  context: Context,
  wanted: Wanted,
  next: (rows: readonly Row[] | undefined) => Result,
): Result {
  const { module, database, table, columns, limit } = wanted
  const where = Object.entries(wanted.where).map(([column, value]): Condition => ({
    column,
    operator: '=',
    value: textOf(value),
  }))
  // Nothing in a table is like that, and some databases fail over it.
  if (where.some(({ value }) => isUnlikely(String(value)))) return next([])
  return {
    question: {
      kind: 'query',
      database,
      queries: [{ operation: 'select', table, columns, where, limit }],
    },
    resume: (answer) => {
      if (answer.kind === 'rows') return next(answer.rows)
      const reason = answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`
      context.log(-1, `ERROR: ${module}: table ${table} cannot be read: ${reason}`)
      return next(undefined)
    },
  }
}

function isUnlikely(value: string): boolean {
  return value.length > VALUE_LENGTH_MAX || value.includes('\0')
}

/** A column's value in octets; undefined when it is NULL or not there. */
export function octetsIn(row: Row, column: string): string | undefined {
  const value: ColumnValue | undefined = row[column]
  return value === null || value === undefined ? undefined : octetsOf(String(value))
}
