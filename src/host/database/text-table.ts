// A table as SER's text files hold it (module dbtext): the first line names the columns and their types, every other
// line is a row of fields with colons between them.
//
//   username(str) domain(str,null) cseq(int,null) id(int,auto) q(double)
//   alice:example.com:12:1:0.5
//
// An empty field is NULL where the column may be, else the empty text or 0. \n \r \t \: \\ \0 stand for themselves.

import type { ColumnValue, Row } from '../../database.js'
import { schemaOf, type Column, type TableSchema } from './schema.js'

const COLUMNS_MAX = 256
const TYPES: Readonly<Record<string, Column['type']>> = {
  int: 'integer',
  double: 'float',
  str: 'text',
  string: 'text',
  blob: 'text',
}
const NAMES: Readonly<Record<Column['type'], string>> = {
  integer: 'int',
  counter: 'int',
  instant: 'int',
  float: 'double',
  text: 'str',
  'long text': 'str',
  octets: 'str',
}
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' }
const ESCAPED: Readonly<Record<string, string>> = {
  ...{ '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' },
  ...{ ':': '\\:', '\\': '\\\\' },
}

export interface TextTable {
  readonly schema: TableSchema
  readonly rows: readonly Row[]
}

/** Reads a file's text. Throws an Error that says in which line it is wrong. */
export function parseTextTable(name: string, text: string): TextTable {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  const columns = (lines[0] ?? '').split(/\s+/).filter(Boolean).map(columnOf)
  if (columns.length === 0) throw new Error('line 1 names no columns')
  if (columns.length > COLUMNS_MAX) throw new Error(`line 1 names more than ${COLUMNS_MAX} columns`)
  const rows: Row[] = []
  for (let index = 1; index < lines.length; index++)
    if (lines[index] !== '') rows.push(rowOf(columns, lines[index]!, index + 1))
  return { schema: layoutOf(name, columns), rows }
}

/** What the file does not say, keys and defaults, is as in SER's table of the same name. */
function layoutOf(name: string, columns: readonly Column[]): TableSchema {
  const { columns: usual, primary, unique, version } = schemaOf(name) ?? NOTHING_USUAL
  const has = (key: string): boolean => columns.some((column) => column.name === key)
  const withDefaults = columns.map((column) => {
    const initial = usual.find((other) => other.name === column.name)?.initial ?? null
    const fits = column.initial !== null && typeof initial === typeof column.initial
    return fits ? { ...column, initial } : column
  })
  return {
    ...{ name, version, columns: withDefaults },
    primary: primary.every(has) ? primary : [],
    unique: (unique ?? []).filter(has),
  }
}

const NOTHING_USUAL: Pick<TableSchema, 'columns' | 'primary' | 'unique' | 'version'> = {
  ...{ columns: [], primary: [], unique: [], version: 0 },
}

function columnOf(text: string): Column {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)\((\w+)((?:,\w+)*)\)$/.exec(text)
  const type = TYPES[match?.[2] ?? '']
  if (match === null || type === undefined)
    throw new Error(
      `line 1: ${JSON.stringify(text)} is no column: write name(int), name(double,null), name(str)`,
    )
  const attributes = match[3]!.split(',').slice(1)
  const wrong = attributes.find((attribute) => attribute !== 'null' && attribute !== 'auto')
  if (wrong !== undefined) throw new Error(`line 1: ${wrong} is neither null nor auto`)
  if (attributes.includes('auto')) return { name: match[1]!, type: 'counter', initial: null }
  return { name: match[1]!, type, initial: attributes.includes('null') ? null : type === 'text' ? '' : 0 }
}

function rowOf(columns: readonly Column[], line: string, number: number): Row {
  const fields = fieldsOf(line)
  if (fields.length !== columns.length)
    throw new Error(`line ${number} has ${fields.length} fields, the table has ${columns.length} columns`)
  return Object.fromEntries(
    columns.map((column, index) => [column.name, valueOf(column, fields[index]!, number)]),
  )
}

function fieldsOf(line: string): string[] {
  // Colons with an odd number of backslashes before them are part of a field.
  if (!line.includes('\\')) return line.split(':')
  const fields = ['']
  for (let index = 0; index < line.length; index++) {
    const character = line[index]!
    if (character === ':') fields.push('')
    else if (character !== '\\') fields[fields.length - 1] += character
    else {
      const next = line[++index] ?? ''
      fields[fields.length - 1] += ESCAPES[next] ?? next
    }
  }
  return fields
}

function valueOf({ name, type, initial }: Column, field: string, number: number): ColumnValue {
  if (field === '') return initial === null ? null : type === 'text' ? '' : 0
  if (type === 'text') return field
  const value = Number(field)
  if (!Number.isFinite(value))
    throw new Error(`line ${number}: ${name} is no number: ${JSON.stringify(field)}`)
  return value
}

/** Writes a table, ended by a line feed. */
export function formatTextTable({ schema, rows }: TextTable): string {
  const lines = [schema.columns.map(headOf).join(' ')]
  for (const row of rows) lines.push(schema.columns.map(({ name }) => fieldOf(row[name] ?? null)).join(':'))
  return `${lines.join('\n')}\n`
}

function headOf({ name, type, initial }: Column): string {
  const attribute = type === 'counter' ? ',auto' : initial === null ? ',null' : ''
  return `${name}(${NAMES[type]}${attribute})`
}

function fieldOf(value: ColumnValue): string {
  if (value === null) return ''
  return typeof value === 'number'
    ? String(value)
    : value.replace(/[\n\r\t\0:\\]/g, (character) => ESCAPED[character]!)
}
