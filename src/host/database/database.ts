// One interface for every kind of database, and who may ask how much: operations on tables go in (src/database.ts),
// rows or an Error come out.
//
// Rules kept: the questions of one database are answered in the order in which they came, as far as they write; an
// answer to a question that wrote means that the rows are durable; nobody waits for ever, nothing queues without end.

import type { Row, TableQuery } from '../../database.js'
import type { Answer, Milliseconds, Question } from '../../endpoint.js'
import type { TableSchema } from './schema.js'
import { within } from './within.js'

/** What came of the last query of a question. */
export interface Rows {
  readonly rows: readonly Row[]
  /** Rows inserted, changed or deleted. */
  readonly affected: number
}

/** Tables that were made, and those that had been there. */
export interface Created {
  readonly created: readonly string[]
  readonly existing: readonly string[]
}

export interface Database {
  /** Carries out all queries or none; the rows are the last one's. Rejects with an Error that says why not. */
  run(queries: readonly TableQuery[]): Promise<Rows>
  /** Makes tables that are not there. */
  create(tables: readonly TableSchema[]): Promise<Created>
  /** Ends it; what was asked before is answered first. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Relative paths are relative to it; default: where this process is. */
  readonly folder?: string
  /** How long a question may take. */
  readonly timeoutMs?: Milliseconds
}

/** How an URL's kind is opened; nothing need be reached yet. */
export type Opener = (url: string, options: DatabaseOptions) => Promise<Database>

/** Until then a question has its answer, or is given up. */
export const QUESTION_MS_MAX = 10_000
/** Who asks for so many rows waits so many times longer. */
const LARGE_ROWS = 10_000
export const LARGE_TIMES = 12
/** Questions that one database has not answered yet; more are refused. */
export const QUESTIONS_MAX = 10_000
/** Databases open at once. */
const DATABASES_MAX = 64

type Query = Extract<Question, { kind: 'query' }>

/** The databases of one run: each URL is opened once, when it is first asked. */
export class Databases {
  readonly #open = new Map<string, Promise<Bounded>>()

  constructor(
    private readonly openers: Readonly<Record<string, Opener>>,
    private readonly options: DatabaseOptions = {},
  ) {}

  /** Never rejects: what goes wrong is a failure, in words without the password. */
  async answer({ database, queries }: Query): Promise<Answer> {
    try {
      const { rows, affected } = await (await this.open(database)).run(queries)
      return { kind: 'rows', rows, affected }
    } catch (error) {
      return { kind: 'failure', reason: reasonOf(error, database) }
    }
  }

  /** The database of this URL. Rejects when there can be none. */
  async open(url: string): Promise<Database> {
    const known = this.#open.get(url)
    if (known !== undefined) return known
    if (this.#open.size >= DATABASES_MAX)
      throw new Error(`more than ${DATABASES_MAX} databases are asked for`)
    const opening = this.#opened(url)
    this.#open.set(url, opening)
    // Whoever comes next tries again.
    opening.catch(() => this.#open.delete(url))
    return opening
  }

  async #opened(url: string): Promise<Bounded> {
    const kind = /^([A-Za-z][A-Za-z0-9+]*):/.exec(url)?.[1]?.toLowerCase() ?? ''
    const opener = this.openers[kind]
    if (opener === undefined) throw new Error(`${redacted(url)} names no database; ${this.#kinds}`)
    return new Bounded(await opener(url, this.options), this.options.timeoutMs ?? QUESTION_MS_MAX)
  }

  get #kinds(): string {
    return `an URL begins with one of ${Object.keys(this.openers).join(', ')}`
  }

  /** Ends them all, each after what it was asked; bounded by the time of a question. */
  async close(): Promise<void> {
    const open = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(open.map((database) => database.then((one) => one.close()).catch(() => undefined)))
  }
}

/** A database with limits. */
class Bounded implements Database {
  #questions = 0

  constructor(
    private readonly database: Database,
    private readonly timeoutMs: Milliseconds,
  ) {}

  async run(queries: readonly TableQuery[]): Promise<Rows> {
    if (this.#questions >= QUESTIONS_MAX) throw new Error(`${QUESTIONS_MAX} questions wait for it already`)
    this.#questions++
    // It counts until it is really over, also when nobody waits for it any more.
    const answer = this.database.run(queries).finally(() => this.#questions--)
    return within(answer, this.timeoutMs * (queries.some(isLarge) ? LARGE_TIMES : 1))
  }

  async create(tables: readonly TableSchema[]): Promise<Created> {
    return this.database.create(tables)
  }

  async close(): Promise<void> {
    return within(this.database.close(), this.timeoutMs)
  }
}

/** Whole tables may be asked for at a start: who answers has more time. */
export function isLarge(query: TableQuery): boolean {
  return query.operation === 'select' && (query.limit ?? Infinity) > LARGE_ROWS
}

/** An URL as it may be shown: without its password. */
export function redacted(url: string): string {
  return url.replace(/^([A-Za-z0-9+]+:\/\/[^:@/]*):.*@/s, '$1:***@')
}

const NO_TABLE = /^(?:no such table|Table .* doesn't exist|relation .* does not exist)/

/** What went wrong, said without the password. */
export function reasonOf(error: unknown, url: string): string {
  const { message, code } = error as NodeJS.ErrnoException
  const password = /^[A-Za-z0-9+]+:\/\/[^:@/]*:(.*)@/s.exec(url)?.[1]
  const text = message || code || String(error)
  const hint = NO_TABLE.test(text) ? '; tables are made with: sipwright db create' : ''
  const safe = (password ? text.replaceAll(password, '***') : text) + hint
  return safe.includes(redacted(url)) ? safe : `${redacted(url)}: ${safe}`
}
