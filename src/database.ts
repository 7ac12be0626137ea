// What endpoints ask of a database (`query` questions): operations on one table, as SER's database interface has them,
// so that SQL servers, SQLite and SER's text files can all answer.
//
// Rules kept: no SQL stands in here. Names of tables and columns come from the script's author and the modules; values
// may come from the network, and whoever answers binds them as parameters. Instants are UTC, "YYYY-MM-DD HH:MM:SS".

/** A column's value: integer, float, text, date or NULL. Texts are Unicode; octets that are none travel as latin1. */
export type ColumnValue = number | string | null

export type Row = Readonly<Record<string, ColumnValue>>

export interface Condition {
  readonly column: string
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='
  /** null: IS NULL with "=", IS NOT NULL with "!=". */
  readonly value: ColumnValue
}

/** One operation; the conditions of `where` must all hold, none means all rows. */
export type TableQuery =
  | {
      readonly operation: 'select'
      readonly table: string
      readonly columns: readonly string[]
      readonly where: readonly Condition[]
      readonly orderBy?: string
      readonly limit?: number
    }
  | { readonly operation: 'insert'; readonly table: string; readonly row: Row }
  /** Takes the place of the row with the same values in the columns `keys`, or is added. */
  | {
      readonly operation: 'replace'
      readonly table: string
      readonly keys: readonly string[]
      readonly row: Row
    }
  | {
      readonly operation: 'update'
      readonly table: string
      readonly set: Row
      readonly where: readonly Condition[]
    }
  | { readonly operation: 'delete'; readonly table: string; readonly where: readonly Condition[] }
