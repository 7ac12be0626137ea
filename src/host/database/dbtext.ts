// dbtext:FOLDER - SER's text files, one a table (text-table.ts). A file is read when its table is first asked, and
// again when somebody else has changed it; it is written whole, beside the old one, and then takes its place.
//
// Rules kept: an answer to a question that wrote means that the file is on the disk. One table changes wholly or not at
// all; a question that changes two could leave one of them, should the machine die between the two files.

import { open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ColumnValue, Row, TableQuery } from '../../database.js'
import type { Created, Database, DatabaseOptions, Rows } from './database.js'
import { instantOf } from './instant.js'
import { Line, type Outcome, type Queries } from './line.js'
import { pathOf } from './place.js'
import type { TableSchema } from './schema.js'
import { Tables } from './tables.js'
import { formatTextTable, parseTextTable } from './text-table.js'
import { versionRows } from './versions.js'

const FILE_BYTES_MAX = 256 * 1024 * 1024
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** Opens a folder; it must be there, or be made by `create`. */
export async function openDbtext(url: string, { folder }: DatabaseOptions): Promise<Database> {
  return new Dbtext(pathOf(url, folder))
}

class Dbtext implements Database {
  readonly #schemas = new Map<string, TableSchema>()
  readonly #tables = new Tables((table) => this.#schemas.get(table))
  /** What the files looked like when they were read or written. */
  readonly #stamps = new Map<string, string>()
  readonly #line = new Line(async (questions) => this.#carryOut(questions))

  constructor(private readonly folder: string) {}

  async run(queries: Queries): Promise<Rows> {
    return this.#line.ask(queries)
  }

  async create(tables: readonly TableSchema[]): Promise<Created> {
    mkdirSync(this.folder, { recursive: true })
    const missing = tables.filter(({ name }) => !existsSync(this.#file(name)))
    for (const schema of missing) await this.#replaceFile(schema.name, formatTextTable({ schema, rows: [] }))
    await this.#line.ask(versionRows(tables))
    const created = missing.map(({ name }) => name)
    return { created, existing: tables.map(({ name }) => name).filter((name) => !created.includes(name)) }
  }

  async close(): Promise<void> {
    await this.#line.empty()
  }

  async #carryOut(questions: readonly Queries[]): Promise<readonly Outcome[]> {
    const before = new Map<string, readonly Row[]>()
    const outcomes: Outcome[] = []
    for (const queries of questions) outcomes.push(await this.#question(queries, before))
    const changed = [...before].filter(([table, rows]) => this.#tables.rows(table) !== rows)
    try {
      for (const [table] of changed) await this.#write(table)
      return outcomes
    } catch (error) {
      // What is not on the disk has not happened.
      for (const [table] of changed) this.#stamps.delete(table)
      return outcomes.map((outcome, index) => (isReading(questions[index]!) ? outcome : (error as Error)))
    }
  }

  async #question(queries: Queries, before: Map<string, readonly Row[]>): Promise<Outcome> {
    try {
      for (const { table } of queries)
        if (!before.has(table)) {
          await this.#read(table)
          before.set(table, this.#tables.rows(table))
        }
      return this.#tables.run(queries.map((query) => fitted(query, this.#schemas.get(query.table)!)))
    } catch (error) {
      return error as Error
    }
  }

  #file(table: string): string {
    if (!NAME.test(table)) throw new Error(`${JSON.stringify(table.slice(0, 64))} is no name of a table`)
    return join(this.folder, table)
  }

  async #read(table: string): Promise<void> {
    const file = this.#file(table)
    const stamp = await stampOf(file)
    if (stamp === undefined)
      throw new Error(
        `there is no table ${table}: no file ${file}; make it with: sipwright db create dbtext:${this.folder}`,
      )
    if (this.#stamps.get(table) === stamp) return
    try {
      const { schema, rows } = parseTextTable(table, textOf(await readFile(file)))
      this.#schemas.set(table, schema)
      this.#tables.forget(table)
      this.#tables.load(table, rows)
      this.#stamps.set(table, stamp)
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`)
    }
  }

  async #write(table: string): Promise<void> {
    const schema = this.#schemas.get(table)!
    await this.#replaceFile(table, formatTextTable({ schema, rows: this.#tables.rows(table) }))
    this.#stamps.set(table, (await stampOf(this.#file(table))) ?? '')
  }

  /** The old file stays whole until the new one is on the disk. */
  async #replaceFile(table: string, text: string): Promise<void> {
    const file = this.#file(table)
    const temporary = join(this.folder, `.${table}.${process.pid}.new`)
    try {
      const handle = await open(temporary, 'w', 0o640)
      try {
        await handle.writeFile(text)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, file)
    } catch (error) {
      await unlink(temporary).catch(() => undefined)
      throw error
    }
    await syncFolder(this.folder)
  }
}

/** The rename itself must last, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function stampOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined)
  if (found === undefined) return undefined
  if (found.size > FILE_BYTES_MAX) throw new Error(`${file} is larger than ${FILE_BYTES_MAX} octets`)
  return `${found.ino} ${found.size} ${found.mtimeNs}`
}

function textOf(octets: Buffer): string {
  const text = octets.toString('utf8')
  return text.includes('\ufffd') ? octets.toString('latin1') : text
}

function isReading(queries: Queries): boolean {
  return queries.every(({ operation }) => operation === 'select')
}

/** Values as the columns of the file hold them: instants are seconds since 1970 in a column of numbers. */
function fitted(query: TableQuery, { columns }: TableSchema): TableQuery {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const fit = (column: string, value: ColumnValue): ColumnValue => {
    const type = types.get(column)
    if (value === null || type === undefined) return value
    if (type === 'text') return String(value)
    const number = typeof value === 'number' ? value : (instantOf(value) ?? Number(value))
    if (!Number.isFinite(number)) throw new Error(`${column} takes numbers, not ${JSON.stringify(value)}`)
    return number
  }
  const fitRow = (row: Row): Row =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [column, fit(column, value)]))
  switch (query.operation) {
    case 'insert':
    case 'replace':
      return { ...query, row: fitRow(query.row) }
    case 'update':
      return {
        ...query,
        set: fitRow(query.set),
        where: query.where.map((one) => ({ ...one, value: fit(one.column, one.value) })),
      }
    default:
      return { ...query, where: query.where.map((one) => ({ ...one, value: fit(one.column, one.value) })) }
  }
}
