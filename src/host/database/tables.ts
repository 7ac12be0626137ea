// Tables in memory: what scenarios keep their rows in, and what SER's text files are while they are open.
//
// Rules kept: a question is carried out whole or not at all; a table of SER's schema knows its columns, defaults and
// keys, any other takes what it is given; a number and its text are the same value.

import type { ColumnValue, Condition, Row, TableQuery } from '../../database.js'
import type { Rows } from './database.js'
import { schemaOf, type Column, type TableSchema } from './schema.js'

/** Rows of all tables together. */
const ROWS_MAX = 2_000_000

type Select = Extract<TableQuery, { operation: 'select' }>
type Replace = Extract<TableQuery, { operation: 'replace' }>

interface Table {
  readonly schema: TableSchema | undefined
  /** Never changed after a question has been answered: the next one that writes begins with a copy. */
  rows: Row[]
  /** The next value of a counter column. */
  next: number
}

export class Tables {
  readonly #tables = new Map<string, Table>()

  /** `layout`: what is known of a table's columns; default: SER's schema. */
  constructor(private readonly layout: (table: string) => TableSchema | undefined = schemaOf) {}

  /** Carries out all queries or none; the answer is the last one's. Throws an Error that says why not. */
  run(queries: readonly TableQuery[]): Rows {
    const before = new Map<Table, Row[]>()
    const changed = new Set<Table>()
    try {
      let answer: Rows = { rows: [], affected: 0 }
      for (const query of queries) {
        const table = this.#table(query.table)
        if (query.operation !== 'select' && !before.has(table)) {
          before.set(table, table.rows)
          table.rows = [...table.rows]
        }
        answer = this.#carryOut(table, query)
        if (answer.affected > 0) changed.add(table)
      }
      for (const [table, rows] of before) if (!changed.has(table)) table.rows = rows
      return answer
    } catch (error) {
      for (const [table, rows] of before) table.rows = rows
      throw error
    }
  }

  /** Puts rows in as they are, without keys and defaults. */
  load(table: string, rows: readonly Row[]): void {
    const target = this.#table(table)
    const counter = target.schema?.columns.find(({ type }) => type === 'counter')
    target.rows = [...rows]
    if (counter !== undefined)
      target.next = rows.reduce((next, row) => Math.max(next, Number(row[counter.name] ?? 0) + 1), 1)
  }

  /** What is known of its columns is asked anew. */
  forget(table: string): void {
    this.#tables.delete(table)
  }

  rows(table: string): readonly Row[] {
    return this.#table(table).rows
  }

  #table(name: string): Table {
    let table = this.#tables.get(name)
    if (table === undefined)
      this.#tables.set(name, (table = { schema: this.layout(name), rows: [], next: 1 }))
    return table
  }

  #carryOut(table: Table, query: TableQuery): Rows {
    check(table, query)
    switch (query.operation) {
      case 'select':
        return { rows: select(table, query), affected: 0 }
      case 'insert':
        return this.#insert(table, query.row)
      case 'replace':
        return this.#replace(table, query)
      case 'update': {
        const set = typed(table, query.set)
        return changed(table, query.where, (row) => ({ ...row, ...set }))
      }
      case 'delete':
        return changed(table, query.where, () => undefined)
    }
  }

  #insert(table: Table, given: Row): Rows {
    const row = { ...defaults(table), ...typed(table, given) }
    for (const keys of keysOf(table.schema))
      if (keys.length > 0 && table.rows.some((other) => keys.every((key) => same(other[key], row[key]))))
        throw new Error(`there is a row with the same ${keys.join(', ')} already`)
    if (table.rows.length >= ROWS_MAX) throw new Error(`a table holds at most ${ROWS_MAX} rows`)
    table.rows.push(row)
    return { rows: [], affected: 1 }
  }

  #replace(table: Table, { keys, row }: Replace): Rows {
    const set = typed(table, row)
    const at = table.rows.findIndex((old) => keys.every((key) => same(old[key], set[key])))
    if (at < 0) return this.#insert(table, row)
    table.rows[at] = { ...table.rows[at], ...set }
    return { rows: [], affected: 1 }
  }
}

/** Columns must exist, where it is known which do. */
function check({ schema }: Table, query: TableQuery): void {
  if (schema === undefined) return
  const unknown = columnsOf(query).find((column) => !schema.columns.some(({ name }) => name === column))
  if (unknown !== undefined) throw new Error(`table ${schema.name} has no column ${unknown}`)
}

/** All columns that a query names. */
export function columnsOf(query: TableQuery): string[] {
  const where = 'where' in query ? query.where.map(({ column }) => column) : []
  switch (query.operation) {
    case 'select':
      return [...query.columns, ...where, ...(query.orderBy === undefined ? [] : [query.orderBy])]
    case 'insert':
      return Object.keys(query.row)
    case 'replace':
      return [...Object.keys(query.row), ...query.keys]
    case 'update':
      return [...Object.keys(query.set), ...where]
    case 'delete':
      return where
  }
}

function select({ rows }: Table, { columns, where, orderBy, limit = Infinity }: Select): Row[] {
  let found = rows.filter((row) => where.every((condition) => holds(row, condition)))
  if (orderBy !== undefined) found = found.sort((one, other) => order(one[orderBy], other[orderBy]))
  if (found.length > limit) found.length = limit
  return found.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])))
}

/** Rows that fit become what `change` makes of them; undefined takes them out. */
function changed(table: Table, where: readonly Condition[], change: (row: Row) => Row | undefined): Rows {
  let affected = 0
  const left: Row[] = []
  for (const row of table.rows) {
    const isMeant = where.every((condition) => holds(row, condition))
    const next = isMeant ? change(row) : row
    if (isMeant) affected++
    if (next !== undefined) left.push(next)
  }
  if (affected > 0) table.rows = left
  return { rows: [], affected }
}

function holds(row: Row, { column, operator, value }: Condition): boolean {
  const own = row[column] ?? null
  if (value === null || own === null)
    return value === null && (operator === '=' ? own === null : operator === '!=' && own !== null)
  const way = order(own, value)
  switch (operator) {
    case '=':
      return way === 0
    case '!=':
      return way !== 0
    case '<':
      return way < 0
    case '<=':
      return way <= 0
    case '>':
      return way > 0
    case '>=':
      return way >= 0
  }
}

/** NULL first; as numbers where one is a number, as texts otherwise. */
function order(one: ColumnValue = null, other: ColumnValue = null): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null)
  if (typeof one === 'number' || typeof other === 'number') return Number(one) - Number(other)
  return one < other ? -1 : one > other ? 1 : 0
}

function same(one: ColumnValue | undefined, other: ColumnValue | undefined): boolean {
  if (one === other) return one !== null
  return typeof one !== typeof other && one !== null && other !== null && order(one, other) === 0
}

function keysOf(schema: TableSchema | undefined): readonly (readonly string[])[] {
  if (schema === undefined) return []
  return [schema.primary, ...(schema.unique ?? []).map((column) => [column])]
}

function defaults(table: Table): Row {
  const { schema } = table
  if (schema === undefined) return {}
  return Object.fromEntries(
    schema.columns.map(({ name, type, initial }) => [name, type === 'counter' ? table.next++ : initial]),
  )
}

/** Values as their columns have them: a number that was given as a text is a number. */
function typed({ schema }: Table, row: Row): Row {
  if (schema === undefined) return row
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, valueFor(schema.columns, name, value)]),
  )
}

function valueFor(columns: readonly Column[], name: string, value: ColumnValue): ColumnValue {
  const type = columns.find((column) => column.name === name)?.type
  const isNumber = type === 'integer' || type === 'float' || type === 'counter'
  return isNumber && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
    ? Number(value)
    : value
}
