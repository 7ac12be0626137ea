// SER module usrloc: the bindings of each address of record, in memory (SER's modules; RFC 3261 §10.3).
//
// No script functions: registrar (and others) use the state. A table exists once a script's save() or lookup() names
// it. Order of an AOR's contacts: descending q, later after earlier among equals (or newest first: desc_time_order).

import type { Milliseconds } from '../endpoint.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import type { ArgumentKind } from '../script/contract.js'

/** Bindings of one address of record; beyond it new ones are refused. */
export const CONTACTS_MAX = 100

/** Flag of a contact behind a NAT. */
export const CONTACT_NATED = 1
/** Flag of a contact that never expires. */
export const CONTACT_PERMANENT = 128

export interface Contact {
  readonly uri: string
  expiresAt: Milliseconds
  /** Thousandths; undefined when the phone gave none. */
  q: number | undefined
  callId: string
  cseq: number
  flags: number
  userAgent: string
  /** A URI of where it is really reached, when it is behind a NAT. */
  received?: string | undefined
}

/** One table of bindings ("location", "aliases"). */
export class Table {
  readonly #records = new Map<string, Contact[]>()

  constructor(
    readonly name: string,
    private readonly newestFirst: boolean,
  ) {}

  /** Addresses of record with a binding, expired ones not yet removed included. */
  get size(): number {
    return this.#records.size
  }

  /** All bindings of an AOR in order, expired ones included. */
  bindings(aor: string): readonly Contact[] {
    return this.#records.get(aor) ?? []
  }

  /** The bindings that count now. */
  usable(aor: string, now: Milliseconds): readonly Contact[] {
    return this.bindings(aor).filter((contact) => isUsable(contact, now))
  }

  insert(aor: string, contact: Contact): boolean {
    const contacts = this.#records.get(aor)
    if (contacts === undefined) this.#records.set(detach(aor), [contact])
    else if (contacts.length >= CONTACTS_MAX) return false
    else contacts.splice(this.#place(contacts, contact), 0, contact)
    return true
  }

  #place(contacts: readonly Contact[], { q = -1 }: Contact): number {
    if (this.newestFirst) return 0
    const at = contacts.findIndex((other) => (other.q ?? -1) < q)
    return at < 0 ? contacts.length : at
  }

  /** Moves an updated contact to the top when the newest come first. */
  touched(aor: string, contact: Contact): void {
    const contacts = this.#records.get(aor)
    if (contacts === undefined || !this.newestFirst) return
    contacts.splice(contacts.indexOf(contact), 1)
    contacts.unshift(contact)
  }

  remove(aor: string, contact: Contact): void {
    const contacts = this.#records.get(aor)
    if (contacts === undefined) return
    const at = contacts.indexOf(contact)
    if (at >= 0) contacts.splice(at, 1)
    if (contacts.length === 0) this.#records.delete(aor)
  }

  removeAll(aor: string): void {
    this.#records.delete(aor)
  }

  /** Takes out what has expired. */
  expire(now: Milliseconds): void {
    for (const [aor, contacts] of this.#records) {
      const left = contacts.filter((contact) => isUsable(contact, now))
      if (left.length === contacts.length) continue
      if (left.length === 0) this.#records.delete(aor)
      else this.#records.set(aor, left)
    }
  }

  *all(): Iterable<readonly [string, readonly Contact[]]> {
    yield* this.#records
  }
}

export function isUsable(contact: Contact, now: Milliseconds): boolean {
  return contact.expiresAt > now || (contact.flags & CONTACT_PERMANENT) !== 0
}

/** A copy that does not keep the message alive that it was cut from. */
export function detach(text: string): string {
  return ` ${text}`.slice(1)
}

export class Usrloc implements ModuleHooks {
  readonly #tables = new Map<string, Table>()
  #nextSweep: Milliseconds

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    this.#nextSweep = engine.now + this.#intervalMs
  }

  get #intervalMs(): Milliseconds {
    return Number(this.params.timer_interval) * 1000
  }

  /** Expired bindings are taken out every timer_interval; asleep while there are none. */
  get deadline(): Milliseconds | undefined {
    for (const { size } of this.#tables.values()) if (size > 0) return this.#nextSweep
    return undefined
  }

  wake(now: Milliseconds): void {
    for (const table of this.#tables.values()) table.expire(now)
    this.#nextSweep = now + this.#intervalMs
  }

  table(name: string): Table {
    let table = this.#tables.get(name)
    if (table === undefined)
      this.#tables.set(name, (table = new Table(name, this.params.desc_time_order === 1)))
    if (this.#nextSweep <= this.engine.now) this.#nextSweep = this.engine.now + this.#intervalMs
    return table
  }

  get tables(): Iterable<Table> {
    return this.#tables.values()
  }

  /** Are AORs user@domain? */
  get usesDomain(): boolean {
    return this.params.use_domain === 1
  }
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

const COLUMN_PARAMS = Object.fromEntries(
  [
    'user',
    'domain',
    'contact',
    'expires',
    'q',
    'callid',
    'cseq',
    'method',
    'replicate',
    'state',
    'flags',
    'user_agent',
  ].map((column) => [
    `${column}_column`,
    {
      kind: 'string' as const,
      initial: column === 'user' ? 'username' : column,
      about: `database column of ${column.replace('_', ' ')}`,
    },
  ]),
)

export const usrloc: ModuleRecord<Usrloc> = {
  name: 'usrloc',
  file: 'usrloc',
  about: 'the bindings of each address of record',
  params: {
    db_mode: { kind: 'integer', initial: 0, about: '0: memory only' },
    timer_interval: { kind: 'integer', initial: 60, about: 'seconds between removals of expired bindings' },
    db_url: { kind: 'string', initial: undefined, about: 'database, for db_mode 1 and 2' },
    use_domain: { kind: 'integer', initial: 0, about: 'addresses of record are user@domain' },
    desc_time_order: { kind: 'integer', initial: 0, about: 'newest contact first, q ignored' },
    ...COLUMN_PARAMS,
  },
  start: (engine, params) => {
    const mode = Number(params.db_mode)
    if (mode !== 0)
      engine.log(
        1,
        `WARNING: usrloc: db_mode ${mode} needs a database module; bindings are kept in memory only`,
      )
    if (Number(params.timer_interval) < 1) throw new Error('usrloc: timer_interval must be at least 1 second')
    return new Usrloc(engine, params)
  },
  functions: {},
}
