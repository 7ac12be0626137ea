// Operations on tables as SQL, and tables as CREATE TABLE, in the dialects of SQLite, MySQL and PostgreSQL.
//
// Rules kept: values are bound, never written into a statement; a name of a table or column stands in quotes, and is
// checked before it does.

import type { ColumnValue, Condition, Row, TableQuery } from '../../database.js'
import type { Column, TableSchema } from './schema.js'

export interface Statement {
  readonly sql: string
  readonly values: readonly ColumnValue[]
}

export interface Dialect {
  readonly quote: string
  /** How the nth bound value (from 1) is written. */
  value(position: number): string
  /** The type of a column. */
  type(column: Column): string
  /** Behind the columns of CREATE TABLE. */
  readonly tableOptions: string
  /** Tables that are there, in the first column. */
  readonly tables: string
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const NAME_LENGTH_MAX = 64

/** What a query is in SQL. A `replace` is two statements: the second runs when the first changed no row. */
export function statementsOf(dialect: Dialect, query: TableQuery): readonly [Statement, Statement?] {
  switch (query.operation) {
    case 'select':
      return [select(new Writer(dialect), query)]
    case 'insert':
      return [insert(new Writer(dialect), query.table, query.row)]
    case 'replace': {
      const { table, keys, row } = query
      const where = keys.map((column): Condition => ({ column, operator: '=', value: row[column] ?? null }))
      const others = Object.fromEntries(Object.entries(row).filter(([column]) => !keys.includes(column)))
      // A row that is all keys is set to itself.
      const set = Object.keys(others).length > 0 ? others : row
      return [update(new Writer(dialect), table, set, where), insert(new Writer(dialect), table, row)]
    }
    case 'update':
      return [update(new Writer(dialect), query.table, query.set, query.where)]
    case 'delete': {
      const writer = new Writer(dialect)
      return [writer.done(`DELETE FROM ${writer.name(query.table)}${writer.where(query.where)}`)]
    }
  }
}

/** CREATE TABLE for a table that may be there already. */
export function createTable(dialect: Dialect, table: TableSchema): Statement {
  const writer = new Writer(dialect)
  const keys: (readonly [string, readonly string[]])[] = [
    ['PRIMARY KEY', table.primary],
    ...(table.unique ?? []).map((column): [string, string[]] => ['UNIQUE', [column]]),
  ]
  const counter = table.columns.find(({ type }) => type === 'counter')?.name
  const lines = [
    ...table.columns.map((column) => `${writer.name(column.name)} ${columnType(dialect, column)}`),
    ...keys
      .filter(([, columns]) => columns.length > 0 && columns[0] !== counter)
      .map(([kind, columns]) => `${kind} (${columns.map((column) => writer.name(column)).join(', ')})`),
  ]
  return writer.done(
    `CREATE TABLE IF NOT EXISTS ${writer.name(table.name)} (${lines.join(', ')})${dialect.tableOptions}`,
  )
}

/** CREATE INDEX for a table just made. */
export function createIndex(dialect: Dialect, { name, index }: TableSchema): Statement | undefined {
  if (index === undefined) return undefined
  const writer = new Writer(dialect)
  const columns = index.map((column) => writer.name(column)).join(', ')
  return writer.done(
    `CREATE INDEX ${writer.name(`${name}_by_${index[0]!}`)} ON ${writer.name(name)} (${columns})`,
  )
}

function columnType(dialect: Dialect, column: Column): string {
  const { initial, type } = column
  if (type === 'counter' || initial === null) return dialect.type(column)
  // Numbers and texts of our own schema, without anything to escape.
  return `${dialect.type(column)} NOT NULL DEFAULT ${typeof initial === 'number' ? initial : `'${initial}'`}`
}

function select(writer: Writer, query: Extract<TableQuery, { operation: 'select' }>): Statement {
  const { table, columns, where, orderBy, limit } = query
  const names = columns.length > 0 ? columns.map((column) => writer.name(column)).join(', ') : '1'
  const from = `SELECT ${names} FROM ${writer.name(table)}${writer.where(where)}`
  const ordered = orderBy === undefined ? from : `${from} ORDER BY ${writer.name(orderBy)}`
  return writer.done(
    limit === undefined ? ordered : `${ordered} LIMIT ${Math.max(0, Math.trunc(limit) || 0)}`,
  )
}

function insert(writer: Writer, table: string, row: Row): Statement {
  const columns = Object.keys(row)
  if (columns.length === 0) throw new Error('a row without columns')
  const names = columns.map((column) => writer.name(column)).join(', ')
  const values = columns.map((column) => writer.bind(row[column] ?? null)).join(', ')
  return writer.done(`INSERT INTO ${writer.name(table)} (${names}) VALUES (${values})`)
}

function update(writer: Writer, table: string, set: Row, where: readonly Condition[]): Statement {
  const columns = Object.entries(set)
  if (columns.length === 0) throw new Error('an update that sets nothing')
  const sets = columns.map(([column, value]) => `${writer.name(column)} = ${writer.bind(value)}`).join(', ')
  return writer.done(`UPDATE ${writer.name(table)} SET ${sets}${writer.where(where)}`)
}

/** One statement in the making: what it binds, in order. */
class Writer {
  readonly #values: ColumnValue[] = []

  constructor(private readonly dialect: Dialect) {}

  name(name: string): string {
    if (!NAME.test(name) || name.length > NAME_LENGTH_MAX)
      throw new Error(`${JSON.stringify(name.slice(0, NAME_LENGTH_MAX))} is no name of a table or column`)
    return `${this.dialect.quote}${name}${this.dialect.quote}`
  }

  bind(value: ColumnValue): string {
    this.#values.push(value)
    return this.dialect.value(this.#values.length)
  }

  where(conditions: readonly Condition[]): string {
    if (conditions.length === 0) return ''
    return ` WHERE ${conditions.map((condition) => this.#condition(condition)).join(' AND ')}`
  }

  #condition({ column, operator, value }: Condition): string {
    const name = this.name(column)
    if (value !== null) return `${name} ${OPERATORS[operator]} ${this.bind(value)}`
    // As everywhere with NULL: nothing is less or greater.
    return operator === '=' ? `${name} IS NULL` : operator === '!=' ? `${name} IS NOT NULL` : '1 = 0'
  }

  done(sql: string): Statement {
    return { sql, values: this.#values }
  }
}

const OPERATORS = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const

// ---- the dialects ----

const MYSQL_TYPES: Readonly<Record<Column['type'], string>> = {
  text: 'VARCHAR',
  'long text': 'TEXT',
  octets: 'BLOB',
  integer: 'BIGINT',
  float: 'DOUBLE',
  instant: 'DATETIME',
  counter: 'INT AUTO_INCREMENT PRIMARY KEY',
}

export const MYSQL: Dialect = {
  quote: '`',
  value: () => '?',
  type: ({ type, length = 255, exact }) =>
    MYSQL_TYPES[type] +
    (type === 'text' ? `(${length})` : '') +
    (exact ? ' CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' : ''),
  tableOptions: ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4',
  tables: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()',
}

const POSTGRES_TYPES: Readonly<Record<Column['type'], string>> = {
  text: 'VARCHAR',
  'long text': 'TEXT',
  octets: 'TEXT',
  integer: 'BIGINT',
  float: 'DOUBLE PRECISION',
  instant: 'TIMESTAMP',
  counter: 'SERIAL PRIMARY KEY',
}

export const POSTGRES: Dialect = {
  quote: '"',
  value: (position) => `$${position}`,
  type: ({ type, length = 255 }) => POSTGRES_TYPES[type] + (type === 'text' ? `(${length})` : ''),
  tableOptions: '',
  tables: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()',
}

const SQLITE_TYPES: Readonly<Record<Column['type'], string>> = {
  text: 'TEXT',
  'long text': 'TEXT',
  octets: 'BLOB',
  integer: 'INTEGER',
  float: 'REAL',
  instant: 'TEXT',
  counter: 'INTEGER PRIMARY KEY AUTOINCREMENT',
}

export const SQLITE: Dialect = {
  quote: '"',
  value: () => '?',
  type: ({ type }) => SQLITE_TYPES[type],
  tableOptions: '',
  tables: "SELECT name FROM sqlite_master WHERE type = 'table'",
}
