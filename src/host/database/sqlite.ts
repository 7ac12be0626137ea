// sqlite:FILE - one SQLite file, written ahead (WAL) and durable when answered (synchronous=FULL). The file lives in a
// thread of its own (sqlite-worker.ts); what is asked meanwhile is one transaction.

import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Created, Database, DatabaseOptions, Rows } from './database.js'
import { Line, type Outcome, type Queries } from './line.js'
import { pathOf } from './place.js'
import type { TableSchema } from './schema.js'
import { createIndex, createTable, SQLITE, type Statement } from './sql.js'
import type { Order, Reply } from './sqlite-worker.js'
import { versionRows } from './versions.js'

const MEMORY = ':memory:'

/** Opens a file; it must be there, or be made by `create`. */
export async function openSqlite(url: string, { folder }: DatabaseOptions): Promise<Database> {
  const isMemory = /^sqlite:(?:\/\/)?:memory:$/i.test(url)
  return new Sqlite(isMemory ? MEMORY : pathOf(url, folder))
}

class Sqlite implements Database {
  #worker: Worker | undefined
  #last: Promise<unknown> = Promise.resolve()
  readonly #line = new Line(async (questions) => this.#carryOut(questions))

  constructor(private readonly path: string) {}

  async run(queries: Queries): Promise<Rows> {
    return this.#line.ask(queries)
  }

  async create(tables: readonly TableSchema[]): Promise<Created> {
    const existing = (await this.#statements([{ sql: SQLITE.tables, values: [] }]))[0]!
    const names = new Set(existing.rows.map(({ name }) => name))
    const missing = tables.filter(({ name }) => !names.has(name))
    await this.#statements(missing.map((table) => createTable(SQLITE, table)))
    await this.#statements(missing.flatMap((table) => createIndex(SQLITE, table) ?? []))
    await this.#line.ask(versionRows(tables))
    const created = missing.map(({ name }) => name)
    return { created, existing: tables.map(({ name }) => name).filter((name) => !created.includes(name)) }
  }

  async close(): Promise<void> {
    await this.#line.empty()
    await this.#worker?.terminate()
    this.#worker = undefined
  }

  async #carryOut(questions: readonly Queries[]): Promise<readonly Outcome[]> {
    if (this.#worker === undefined && this.path !== MEMORY && !existsSync(this.path))
      throw new Error(`there is no file ${this.path}; make it with: sipwright db create sqlite:${this.path}`)
    const reply = await this.#order({ questions })
    return reply.map((outcome) => (typeof outcome === 'string' ? new Error(outcome) : outcome))
  }

  async #statements(statements: readonly Statement[]): Promise<readonly Rows[]> {
    const reply = await this.#order({ statements })
    return reply.map((outcome) => {
      if (typeof outcome === 'string') throw new Error(outcome)
      return outcome
    })
  }

  /** One order at a time. */
  #order(order: Order): Promise<Reply> {
    const reply = this.#last.then(() => this.#carried(order))
    this.#last = reply.catch(() => undefined)
    return reply
  }

  /** The thread's next word is the reply; a thread that ends is replaced at the next order. */
  #carried(order: Order): Promise<Reply> {
    const worker = (this.#worker ??= this.#started())
    // An idle thread keeps no process alive.
    worker.ref()
    return new Promise<Reply>((resolve, reject) => {
      const ended = (): void => reject(new Error('the thread of the database ended'))
      worker.once('error', reject).once('exit', ended)
      worker.once('message', (reply: Reply | string) => {
        worker.off('error', reject).off('exit', ended).unref()
        if (typeof reply === 'string') reject(new Error(reply))
        else resolve(reply)
      })
      worker.postMessage(order)
    })
  }

  #started(): Worker {
    const worker = new Worker(new URL('./sqlite-worker.js', import.meta.url), {
      workerData: { path: this.path },
      // What this process was started with (an --eval, a debugger) is not for the thread.
      execArgv: [],
    })
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined
    }
    return worker.on('error', forget).on('exit', forget)
  }
}
