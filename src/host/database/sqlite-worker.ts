// The thread that a SQLite file lives in: waits for the disk happen here, away from the packets. One message, some
// questions; one transaction; one message back, when it is durable.

import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { TableQuery } from '../../database.js'
import type { Rows } from './database.js'
import { SQLITE, statementsOf, type Statement } from './sql.js'
import { rowOf } from './values.js'

/** What the main thread wants: questions, or statements one by one (tables to be made). */
export type Order =
  { readonly questions: readonly (readonly TableQuery[])[] } | { readonly statements: readonly Statement[] }

/** An outcome a question; an Error travels as its text. */
export type Reply = readonly (Rows | string)[]

/** Another process may be writing. */
const BUSY_MS = 5000
/** Statements that are kept prepared. */
const PREPARED_MAX = 500

const NOTHING: Rows = { rows: [], affected: 0 }

class File {
  readonly #prepared = new Map<string, StatementSyncInstance>()
  readonly #database: DatabaseSyncInstance

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    // An answer means: on the disk.
    this.#database.exec(
      `PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`,
    )
  }

  carryOut(order: Order): Reply {
    if ('statements' in order)
      return order.statements.map((statement) => this.#guarded(() => this.#run(statement)))
    const { questions } = order
    const writes = questions.some((queries) => queries.some(({ operation }) => operation !== 'select'))
    if (!writes) return questions.map((queries) => this.#guarded(() => this.#question(queries)))
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const outcomes = questions.map((queries) => this.#wholly(queries))
      this.#database.exec('COMMIT')
      return outcomes
    } catch (error) {
      this.#giveUp()
      throw error
    }
  }

  #giveUp(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // SQLite has done so itself.
    }
  }

  /** All of a question or nothing, whatever becomes of the others. */
  #wholly(queries: readonly TableQuery[]): Rows | string {
    this.#database.exec('SAVEPOINT question')
    const outcome = this.#guarded(() => this.#question(queries))
    // A full disk ends the whole transaction.
    if (!this.#database.isTransaction)
      throw new Error(typeof outcome === 'string' ? outcome : 'the transaction ended by itself')
    if (typeof outcome === 'string') this.#database.exec('ROLLBACK TO question')
    this.#database.exec('RELEASE question')
    return outcome
  }

  #guarded(run: () => Rows): Rows | string {
    try {
      return run()
    } catch (error) {
      return (error as Error).message
    }
  }

  #question(queries: readonly TableQuery[]): Rows {
    let answer = NOTHING
    for (const query of queries) {
      const [first, second] = statementsOf(SQLITE, query)
      answer = this.#run(first)
      if (second !== undefined && answer.affected === 0) answer = this.#run(second)
    }
    return answer
  }

  #run({ sql, values }: Statement): Rows {
    const statement = this.#statement(sql)
    if (sql.startsWith('SELECT'))
      return {
        rows: statement.all(...values).map((row) => rowOf(row as Record<string, unknown>)),
        affected: 0,
      }
    return { rows: [], affected: Number(statement.run(...values).changes) }
  }

  #statement(sql: string): StatementSyncInstance {
    let statement = this.#prepared.get(sql)
    if (statement !== undefined) return statement
    if (this.#prepared.size >= PREPARED_MAX) this.#prepared.clear()
    this.#prepared.set(sql, (statement = this.#database.prepare(sql)))
    return statement
  }
}

const file = new File((workerData as { path: string }).path)
parentPort!.on('message', (order: Order) => {
  try {
    parentPort!.postMessage(file.carryOut(order))
  } catch (error) {
    parentPort!.postMessage((error as Error).message)
  }
})
