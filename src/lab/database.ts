// The tables of a scenario: filled and read by steps, and asked by the scripts whatever URL they name. In memory, or
// in a real database when the scenario says so (virtual time then stands still while it answers).

import type { Condition, Row, TableQuery } from '../database.js'
import type { Answer, Question } from '../endpoint.js'
import { ExpectationError } from '../errors.js'
import { Databases, type Database } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { SCHEMA } from '../host/database/schema.js'
import { Tables } from '../host/database/tables.js'
import type { Lab } from './lab.js'
import type { Count } from './patterns.js'

type Query = Extract<Question, { kind: 'query' }>
type Cells = Readonly<Record<string, string>>

export class ScenarioDatabase {
  /** What was asked, in order. */
  readonly asked: Query[] = []
  #isDown = false
  readonly #tables = new Tables()
  readonly #databases = new Databases(OPENERS)
  #url: string | undefined
  #made: Promise<Database> | undefined

  /** All questions go to this database from now on; it gets the usual tables. */
  goTo(url: string): void {
    this.#url = url
    this.#made = undefined
  }

  /** Every question fails from now on. */
  fail(): void {
    this.#isDown = true
  }

  recover(): void {
    this.#isDown = false
  }

  answer(question: Query): Answer | Promise<Answer> {
    this.asked.push(question)
    if (this.#isDown) return { kind: 'failure', reason: 'the database is down in this scenario' }
    if (this.#url !== undefined) return this.#really(question, this.#url)
    try {
      return { kind: 'rows', ...this.#tables.run(question.queries) }
    } catch (error) {
      return { kind: 'failure', reason: (error as Error).message }
    }
  }

  /** Adds rows to a table. */
  async put(table: string, rows: readonly Row[]): Promise<void> {
    await this.#run(rows.map((row) => ({ operation: 'insert', table, row })))
  }

  /** These columns of the rows that fit. */
  async rows(
    table: string,
    columns: readonly string[],
    where: readonly Condition[] = [],
  ): Promise<readonly Row[]> {
    return this.#run([{ operation: 'select', table, columns, where }])
  }

  async #run(queries: readonly TableQuery[]): Promise<readonly Row[]> {
    if (this.#url === undefined) return this.#tables.run(queries).rows
    return (await (await this.#real(this.#url)).run(queries)).rows
  }

  async #really(question: Query, url: string): Promise<Answer> {
    await this.#real(url)
    return this.#databases.answer({ ...question, database: url })
  }

  #real(url: string): Promise<Database> {
    this.#made ??= this.#databases.open(url).then(async (database) => {
      await database.create(SCHEMA)
      return database
    })
    return this.#made
  }

  async close(): Promise<void> {
    await this.#databases.close()
  }
}

/** The table holds these rows before the scenario's first action, besides what it had. */
export function fillTable(lab: Lab, table: string, rows: readonly Cells[]): Promise<void> {
  return lab.surroundings.database.put(table, rows.map(rowOf))
}

/** Waits until each of the rows is in the table, in any order; with `exactly`: and no others. */
export async function expectRows(lab: Lab, table: string, wanted: readonly Cells[], exactly = false) {
  const columns = Object.keys(wanted[0] ?? {})
  const missing = (rows: readonly Row[]): number => wanted.filter((cells) => !isAmong(rows, cells)).length
  await expectTable(lab, {
    ...{ table, columns },
    isSo: (rows) => missing(rows) === 0 && (!exactly || rows.length === wanted.length),
    expected: `${exactly ? 'exactly ' : ''}the rows\n${wanted.map(shown).join('\n')}`,
  })
}

/** Waits until so many rows are in the table, of those that have these values. */
export async function expectRowCount(lab: Lab, table: string, count: Count, where: Cells = {}) {
  const fits = (rows: readonly Row[]): number => rows.filter((row) => isAmong([row], where)).length
  const isSo = (rows: readonly Row[]): boolean => fits(rows) >= count.least && fits(rows) <= count.most
  // At least one column, whatever the table is.
  const columns = Object.keys(where).length > 0 ? Object.keys(where) : firstColumn(table)
  await expectTable(lab, { table, columns, isSo, expected: `${count.text} rows ${shown(where)}`.trim() })
}

interface TableExpectation {
  readonly table: string
  readonly columns: readonly string[]
  readonly isSo: (rows: readonly Row[]) => boolean
  readonly expected: string
}

/** Looks at the table now, and again whenever the database was asked something, within the limit. */
async function expectTable(lab: Lab, { table, columns, isSo, expected }: TableExpectation): Promise<void> {
  await lab.settle()
  const end = lab.driver.now + lab.limitMs
  const { database } = lab.surroundings
  for (;;) {
    const asked = database.asked.length
    const rows = await database.rows(table, columns)
    if (isSo(rows)) return
    const left = end - lab.driver.now
    const hasNews = left > 0 && (await lab.driver.runUntil(() => database.asked.length > asked, left))
    await lab.driver.settle()
    if (!hasNews)
      throw new ExpectationError(`table ${table}`, expected, rows.map(shown).join('\n') || 'no rows')
  }
}

function isAmong(rows: readonly Row[], cells: Cells): boolean {
  return rows.some((row) => Object.entries(cells).every(([name, cell]) => isLike(row[name] ?? null, cell)))
}

/** A cell is the value's text, NULL, or a /pattern/. */
function isLike(value: Row[string], cell: string): boolean {
  if (cell === 'NULL' || value === null) return cell === 'NULL' && value === null
  const pattern = /^\/(.+)\/$/.exec(cell)?.[1]
  return pattern === undefined ? String(value) === cell : new RegExp(pattern).test(String(value))
}

function rowOf(cells: Cells): Row {
  return Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [name, cell === 'NULL' ? null : cell]),
  )
}

function shown(row: Row): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${value === null ? 'NULL' : JSON.stringify(value)}`)
    .join(' ')
}

function firstColumn(table: string): string[] {
  const [first] = SCHEMA.find(({ name }) => name === table)?.columns ?? []
  return first === undefined ? [] : [first.name]
}
