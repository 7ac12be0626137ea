// SQL servers (MySQL, PostgreSQL) behind the interface: readings side by side over some connections, writings in line
// (line.ts), so that they stay in order and share a transaction.
//
// Rules kept: a connection that has died is replaced by itself; what was not committed yet is then tried once more;
// whether a commit arrived is never guessed: if the connection dies over it, the question fails.

import type { ColumnValue } from '../../database.js'
import type { Milliseconds } from '../../endpoint.js'
import { isLarge, LARGE_TIMES, type Created, type Database, type Rows } from './database.js'
import { Line, type Outcome, type Queries } from './line.js'
import type { TableSchema } from './schema.js'
import { createIndex, createTable, statementsOf, type Dialect, type Statement } from './sql.js'
import { versionRows } from './versions.js'
import { within } from './within.js'

/** Connections to one server. */
export const CONNECTIONS_MAX = 8
/** Until then a connection is there or is given up. */
export const CONNECT_MS_MAX = 5000
/** A connection that says nothing for so long is dead, whatever TCP believes. */
const STATEMENT_MS_MAX = 8000

const NOTHING: Rows = { rows: [], affected: 0 }
const BEGIN: Statement = { sql: 'BEGIN', values: [] }
const COMMIT: Statement = { sql: 'COMMIT', values: [] }
const ROLLBACK: Statement = { sql: 'ROLLBACK', values: [] }

/** A connection out of a driver's pool. */
export interface Session {
  run(sql: string, values: readonly ColumnValue[]): Promise<Rows>
  /** Gives it back; a broken one is thrown away. */
  release(isBroken: boolean): void
}

/** What a driver offers. */
export interface Server {
  readonly dialect: Dialect
  connect(): Promise<Session>
  /** Is the connection gone, rather than the statement wrong? */
  isBroken(error: unknown): boolean
  end(): Promise<void>
}

export class ServerDatabase implements Database {
  readonly #line = new Line(async (questions) => this.#write(questions))

  constructor(
    private readonly server: Server,
    private readonly statementMs: Milliseconds = STATEMENT_MS_MAX,
  ) {}

  async run(queries: Queries): Promise<Rows> {
    if (queries.some(({ operation }) => operation !== 'select')) return this.#line.ask(queries)
    return this.#again(() => this.#session((session) => this.#question(session, queries)))
  }

  async create(tables: readonly TableSchema[]): Promise<Created> {
    const { dialect } = this.server
    return this.#session(async (session) => {
      const { rows } = await this.#run(session, { sql: dialect.tables, values: [] })
      const names = new Set(rows.map(({ name }) => name))
      const missing = tables.filter(({ name }) => !names.has(name))
      for (const table of missing)
        for (const statement of [createTable(dialect, table), createIndex(dialect, table)])
          if (statement !== undefined) await this.#run(session, statement, LARGE_TIMES)
      await this.#question(session, versionRows(tables))
      const created = missing.map(({ name }) => name)
      return { created, existing: tables.map(({ name }) => name).filter((name) => !created.includes(name)) }
    })
  }

  async close(): Promise<void> {
    await this.#line.empty()
    await this.server.end()
  }

  /** All in one transaction; if that fails over a statement, each in its own. */
  async #write(questions: readonly Queries[]): Promise<readonly Outcome[]> {
    const outcomes = await this.#transaction(questions)
    if (!(outcomes instanceof Error)) return outcomes
    if (questions.length === 1 || this.server.isBroken(outcomes)) return questions.map(() => outcomes)
    const each: Outcome[] = []
    for (const question of questions) {
      const outcome = await this.#transaction([question])
      each.push(outcome instanceof Error ? outcome : (outcome[0] ?? NOTHING))
    }
    return each
  }

  async #transaction(questions: readonly Queries[]): Promise<readonly Rows[] | Error> {
    let isCommitting = false
    const carryOut = async (session: Session): Promise<readonly Rows[]> => {
      await this.#run(session, BEGIN)
      const answers: Rows[] = []
      for (const queries of questions) answers.push(await this.#question(session, queries))
      isCommitting = true
      await this.#run(session, COMMIT)
      return answers
    }
    try {
      return await this.#again(
        () => this.#session(carryOut),
        () => !isCommitting,
      )
    } catch (error) {
      return error as Error
    }
  }

  async #question(session: Session, queries: Queries): Promise<Rows> {
    let answer = NOTHING
    for (const query of queries) {
      const [first, second] = statementsOf(this.server.dialect, query)
      answer = await this.#run(session, first, isLarge(query) ? LARGE_TIMES : 1)
      if (second !== undefined && answer.affected === 0) answer = await this.#run(session, second)
    }
    return answer
  }

  #run(session: Session, { sql, values }: Statement, times = 1): Promise<Rows> {
    return within(session.run(sql, values), this.statementMs * times)
  }

  /** A connection may have died while it was idle: a second try is on another. */
  async #again<T>(run: () => Promise<T>, mayRepeat = (): boolean => true): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (!this.server.isBroken(error) || !mayRepeat()) throw error
      return run()
    }
  }

  async #session<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.server.connect()
    let isBroken = true
    try {
      const result = await use(session)
      isBroken = false
      return result
    } catch (error) {
      isBroken = this.server.isBroken(error) || !(await this.#rolledBack(session))
      throw error
    } finally {
      session.release(isBroken)
    }
  }

  async #rolledBack(session: Session): Promise<boolean> {
    return this.#run(session, ROLLBACK).then(
      () => true,
      () => false,
    )
  }
}
