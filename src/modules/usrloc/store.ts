// Bindings that last: what usrloc tells a database, and when (its db_mode).
//
// db_mode 1 (written through): a request is answered when its rows are on the disk; until then, and if that fails, the
// bindings in memory stay as they were. db_mode 2 (written back): rows follow the memory every timer_interval and at
// the end. Rules kept: a row that may differ from memory is noted and written with the next round; questions are
// answered in the order in which they are asked (src/host/database/), so that the last word is the last one here.

import type { TableQuery } from '../../database.js'
import type { Answer, Milliseconds } from '../../endpoint.js'
import type { Engine } from '../../proxy/engine.js'
import type { Result, Waiting } from '../../script/contract.js'
import type { Rows } from './rows.js'
import { isUsable, type Draft, type Table } from './table.js'

/** Rows of one question of a round. */
const ROWS_MAX = 500
/** Rows that may wait for a round; then nothing more is taken until they are written. */
export const UNWRITTEN_MAX = 500_000
/** Failures are told so often at most. */
const COMPLAINT_MS = 1000

export interface StoreOptions {
  readonly url: string
  /** Write through (db_mode 1) rather than back (2). */
  readonly writesThrough: boolean
  /** Bindings that a table may hold. */
  readonly contactsMax: number
}

interface Key {
  readonly aor: string
  readonly uri: string
}

export class Store {
  /** Rows that may differ from memory, by table. */
  readonly #unwritten = new Map<Table, Map<string, Key>>()
  #lastComplaint: Milliseconds = -Infinity
  #untold = 0

  constructor(
    private readonly engine: Engine,
    private readonly rows: Rows,
    private readonly options: StoreOptions,
  ) {}

  /** Reads a table into memory; asked before the first message is served. */
  preload(table: Table): Waiting {
    return {
      question: this.#question([this.rows.select(table.name, this.options.contactsMax)]),
      resume: (answer) => this.#loaded(table, answer),
    }
  }

  #loaded(table: Table, answer: Answer): Result {
    if (answer.kind !== 'rows') return this.#notLoaded(table, answer)
    let skipped = 0
    for (const row of answer.rows) {
      const binding = this.rows.read(row)
      if (binding === undefined) skipped++
      else if (binding.isZombie || !isUsable(binding.contact, this.engine.now))
        this.note(table, binding.aor, binding.contact.uri)
      else table.load(binding.aor, binding.contact)
    }
    if (skipped > 0)
      this.engine.log(
        1,
        `WARNING: usrloc: ${skipped} rows of table ${table.name} are no bindings: left alone`,
      )
    return 1
  }

  /** SER's older tables have no column "received". */
  #notLoaded(table: Table, answer: Answer): Result {
    const { engine, rows } = this
    const reason = reasonOf(answer)
    if (!rows.hasReceived) {
      engine.log(-1, `ERROR: usrloc: table ${table.name} cannot be read: ${reason}`)
      return -1
    }
    rows.hasReceived = false
    const { question, resume } = this.preload(table)
    return {
      question,
      resume: (second) => {
        if (second.kind === 'rows')
          engine.log(1, `WARNING: usrloc: where phones behind NATs are reached is not kept: ${reason}`)
        return resume(second)
      },
    }
  }

  /** A row may differ from memory. */
  note(table: Table, aor: string, uri: string): void {
    let keys = this.#unwritten.get(table)
    if (keys === undefined) this.#unwritten.set(table, (keys = new Map<string, Key>()))
    keys.set(`${aor}\n${uri}`, { aor, uri })
  }

  /** Rows that wait to be written. */
  get unwritten(): number {
    let count = 0
    for (const { size } of this.#unwritten.values()) count += size
    return count
  }

  get isFull(): boolean {
    return this.unwritten >= UNWRITTEN_MAX
  }

  /** Makes a draft true, on the disk and then in memory; goes on with false when it could not be written. */
  commit(draft: Draft, next: (isDone: boolean) => Result): Result {
    const { table, changes } = draft
    if (!this.options.writesThrough || changes.length === 0) {
      table.carryOut(draft, false)
      return next(true)
    }
    table.hold(draft)
    return {
      question: this.#question(this.#queries(draft)),
      resume: (answer) => {
        table.release(draft)
        const isDone = answer.kind === 'rows'
        if (isDone) table.carryOut(draft, true)
        else this.#notWritten(draft, answer)
        return next(isDone)
      },
    }
  }

  #queries({ table: { name }, aor, changes }: Draft): TableQuery[] {
    return changes.map((change) => {
      if (change.kind === 'put') return this.rows.replace(name, aor, change.contact)
      if (change.kind === 'remove') return this.rows.delete(name, aor, change.uri)
      return this.rows.deleteAll(name, aor)
    })
  }

  /** An answer that did not come may have been carried out all the same: the next round puts the rows right. */
  #notWritten({ table, aor, changes }: Draft, answer: Answer): void {
    for (const { uri } of table.bindings(aor)) this.note(table, aor, uri)
    for (const change of changes) if (change.kind === 'put') this.note(table, aor, change.contact.uri)
    this.#complain(table, answer)
  }

  /** A round: rows are made like the memory. */
  flush(): void {
    for (const [table, noted] of this.#unwritten) {
      const keys = [...noted.values()].filter(({ aor }) => table.held(aor).length === 0)
      for (let at = 0; at < keys.length; at += ROWS_MAX)
        this.#write(table, keys.slice(at, at + ROWS_MAX), noted)
    }
  }

  #write(table: Table, keys: readonly Key[], noted: Map<string, Key>): void {
    for (const { aor, uri } of keys) noted.delete(`${aor}\n${uri}`)
    const queries = keys.map(({ aor, uri }) => {
      const contact = table.bindings(aor).find((one) => one.uri === uri)
      return contact === undefined
        ? this.rows.delete(table.name, aor, uri)
        : this.rows.replace(table.name, aor, contact)
    })
    const resume = (answer: Answer): Result => {
      if (answer.kind === 'rows') return 1
      for (const { aor, uri } of keys) this.note(table, aor, uri)
      this.#complain(table, answer)
      return -1
    }
    this.engine.settle({ question: this.#question(queries), resume }, () => undefined)
  }

  #question(queries: readonly TableQuery[]): Waiting['question'] {
    return { kind: 'query', database: this.options.url, queries }
  }

  /** A database that is down fails every request; a line a second says so. */
  #complain({ name }: Table, answer: Answer): void {
    const { engine } = this
    if (engine.now - this.#lastComplaint < COMPLAINT_MS) return void this.#untold++
    const more = this.#untold > 0 ? ` (and ${this.#untold} times more)` : ''
    engine.log(-1, `ERROR: usrloc: table ${name} cannot be written: ${reasonOf(answer)}${more}`)
    this.#lastComplaint = engine.now
    this.#untold = 0
  }
}

function reasonOf(answer: Answer): string {
  return answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`
}
