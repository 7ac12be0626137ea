// SER module usrloc: the bindings of each address of record (SER's modules; RFC 3261 §10.3), in memory, and in a
// database where db_mode says so.
//
// No script functions: registrar (and others) use the state. A table exists once a script's save() or lookup() names
// it. The bindings are in usrloc/table.ts, what a database is told in usrloc/store.ts.

import type { Milliseconds } from '../endpoint.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import { callsOf } from '../script/all-calls.js'
import type { ArgumentKind, ParameterRecord, Result, Waiting } from '../script/contract.js'
import { bindDatabase } from './database-drivers.js'
import { usrlocControls } from './usrloc/controls.js'
import { COLUMNS, Rows } from './usrloc/rows.js'
import { Store } from './usrloc/store.js'
import { Table, type Draft } from './usrloc/table.js'

export {
  CONTACT_NATED,
  CONTACT_PERMANENT,
  CONTACTS_MAX,
  detach,
  Draft,
  isSameBinding,
  isUsable,
  Table,
  type Contact,
  type Flow,
} from './usrloc/table.js'

/** SER's initial value, which names no kind of database. */
const NO_DATABASE = 'sql://ser:heslo@localhost/ser'
/** So many rows do not wait for the timer, but only so long. */
const CROWD_ROWS = 10_000
const CROWD_MS = 1000

/** Functions that name a table. */
const TABLE_FUNCTIONS = ['save', 'save_noreply', 'lookup', 'registered']

export class Usrloc implements ModuleHooks {
  readonly #tables = new Map<string, Table>()
  readonly #named: readonly string[]
  readonly #store: Store | undefined
  #nextSweep: Milliseconds
  #lastSweep: Milliseconds

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    this.#lastSweep = engine.now
    this.#nextSweep = engine.now + this.#intervalMs
    this.#store = storeOf(engine, params)
    this.#named = tablesNamed(engine)
  }

  get #intervalMs(): Milliseconds {
    return Number(this.params.timer_interval) * 1000
  }

  /** The tables that the script names are read before the first message (SER). */
  preload(): readonly Waiting[] {
    const store = this.#store
    if (store === undefined) return []
    return this.#named.map((name) => store.preload(this.table(name)))
  }

  /** Expired bindings are taken out every timer_interval, and rows written; asleep while there are none. */
  get deadline(): Milliseconds | undefined {
    const unwritten = this.#store?.unwritten ?? 0
    if (unwritten >= CROWD_ROWS) return Math.min(this.#nextSweep, this.#lastSweep + CROWD_MS)
    if (unwritten > 0) return this.#nextSweep
    for (const { size } of this.#tables.values()) if (size > 0) return this.#nextSweep
    return undefined
  }

  wake(now: Milliseconds): void {
    for (const table of this.#tables.values()) table.expire(now)
    this.#store?.flush()
    this.#lastSweep = now
    this.#nextSweep = now + this.#intervalMs
  }

  /** What memory knows better goes to the disk. */
  shutdown(): void {
    this.#store?.flush()
  }

  table(name: string): Table {
    let table = this.#tables.get(name)
    if (table === undefined) this.#tables.set(name, (table = this.#tableNamed(name)))
    if (this.#nextSweep <= this.engine.now) this.#nextSweep = this.engine.now + this.#intervalMs
    return table
  }

  #tableNamed(name: string): Table {
    const store = this.#store
    const table: Table = new Table(name, this.params.desc_time_order === 1, {
      contactsMax: Number(this.params.max_contacts),
      ...(store && { changed: (aor, uri) => store.note(table, aor, uri) }),
    })
    return table
  }

  /** The table of this name, if the script names it. */
  named(name: string): Table | undefined {
    return this.#named.includes(name) ? this.table(name) : this.#tables.get(name)
  }

  /** Those that the script names, and any other that has come about. */
  namedTables(): Iterable<Table> {
    for (const name of this.#named) this.table(name)
    return this.tables
  }

  get tables(): Iterable<Table> {
    return this.#tables.values()
  }

  /** Are AORs user@domain? */
  get usesDomain(): boolean {
    return this.params.use_domain === 1
  }

  /** May so many bindings be added to a table? */
  hasRoom(table: Table, count: number): boolean {
    return table.room >= count && this.#store?.isFull !== true
  }

  /** Makes a draft true; goes on with false when the database could not be told. */
  commit(draft: Draft, next: (isDone: boolean) => Result): Result {
    if (this.#store !== undefined) return this.#store.commit(draft, next)
    draft.table.carryOut(draft, true)
    return next(true)
  }

  /** Writes now what waits for the timer. */
  flush(): void {
    this.#store?.flush()
  }
}

/** Throws an Error when the parameters make no sense. */
function storeOf(engine: Engine, params: Parameters): Store | undefined {
  const mode = Number(params.db_mode)
  if (mode === 0) return undefined
  if (mode !== 1 && mode !== 2)
    throw new Error('usrloc: db_mode is 0 (memory only), 1 (write through) or 2 (write back)')
  const url = String(params.db_url)
  if (url === NO_DATABASE)
    engine.log(1, `WARNING: usrloc: db_mode ${mode} needs a db_url, like mysql://ser:heslo@localhost/ser`)
  bindDatabase(engine, 'usrloc', url)
  const options = { url, writesThrough: mode === 1, contactsMax: Number(params.max_contacts) }
  return new Store(engine, new Rows(engine, params), options)
}

/** The tables that the script's functions name, in order. */
function tablesNamed({ program }: Engine): string[] {
  const names = callsOf(program.script)
    .filter(({ name }) => TABLE_FUNCTIONS.includes(name))
    .flatMap(({ args: [first] }) => (first?.kind === 'string' ? [first.text] : []))
  return [...new Set(names)]
}

/** The name of a table, as save() and lookup() take it. */
export const TABLE: ArgumentKind = {
  name: 'table',
  fix: (text) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text))
      throw new Error(`bad table name ${JSON.stringify(text)}`)
    return text
  },
}

function columnParam(name: string): ParameterRecord {
  const about: Readonly<Record<string, string>> = {
    received: 'where phones behind NATs are reached (empty: none)',
    path: 'the Path of registrations (empty: it is kept in memory only)',
  }
  const initial: Readonly<Record<string, string>> = { user: 'username', path: '' }
  return {
    kind: 'string',
    initial: initial[name] ?? name,
    about: `database column of ${about[name] ?? name.replace('_', ' ')}`,
  }
}

const COLUMN_PARAMS: Readonly<Record<string, ParameterRecord>> = Object.fromEntries(
  [...COLUMNS, 'received', 'path'].map((name) => [`${name}_column`, columnParam(name)]),
)

export const usrloc: ModuleRecord<Usrloc> = {
  name: 'usrloc',
  file: 'usrloc',
  about: 'the bindings of each address of record',
  params: {
    db_mode: {
      kind: 'integer',
      initial: 0,
      about: '0: memory only, 1: answered when written to the database, 2: written every timer_interval',
    },
    timer_interval: { kind: 'integer', initial: 60, about: 'seconds between removals of expired bindings' },
    db_url: {
      kind: 'string',
      initial: 'sql://ser:heslo@localhost/ser',
      about: 'database, for db_mode 1 and 2',
    },
    use_domain: { kind: 'integer', initial: 0, about: 'addresses of record are user@domain' },
    desc_time_order: { kind: 'integer', initial: 0, about: 'newest contact first, q ignored' },
    max_contacts: {
      kind: 'integer',
      initial: 1_000_000,
      about: 'bindings that a table may hold; more are refused with 503',
    },
    ...COLUMN_PARAMS,
    method_column: { ...columnParam('method'), about: 'no effect: SER has the column and never reads it' },
  },
  start: (engine, params) => {
    if (Number(params.timer_interval) < 1) throw new Error('usrloc: timer_interval must be at least 1 second')
    return new Usrloc(engine, params)
  },
  functions: {},
  controls: usrlocControls((engine) => engine.use(usrloc)),
}
