// Bindings as rows of a database table, and back (SER's table "location"): instants in UTC, q as a number, texts in
// Unicode. A row belongs to an address of record by its user name, and its domain where use_domain is set.

import type { Condition, Row, TableQuery } from '../../database.js'
import type { Milliseconds } from '../../endpoint.js'
import type { Engine } from '../../proxy/engine.js'
import type { Parameters } from '../../proxy/module.js'
import { textOf } from '../../sip/unicode.js'
import { octetsIn, tableName } from '../table-query.js'
import { CONTACT_PERMANENT, type Contact } from './table.js'

/** Of a user agent's name so much is kept (SER's column). */
const USER_AGENT_LENGTH_MAX = 50
/** SER's state of a row that only waits for its deletion. */
const ZOMBIE = 1
/** "Expires" of what never does. */
const NO_INSTANT = '1970-01-01 00:00:01'
const INSTANT = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/

/** A row, read. */
export interface Binding {
  readonly aor: string
  readonly contact: Contact
  /** It has been deleted, but for the row. */
  readonly isZombie: boolean
}

export class Rows {
  readonly #name: (column: string) => string
  readonly #usesDomain: boolean
  /** Not every table has the column. */
  hasReceived: boolean
  readonly #hasPath: boolean

  /** Throws an Error when a column's name is none. */
  constructor(
    private readonly engine: Engine,
    params: Parameters,
  ) {
    this.#name = (column) => tableName(String(params[`${column}_column`]))
    this.#usesDomain = params.use_domain === 1
    this.hasReceived = params.received_column !== ''
    this.#hasPath = params.path_column !== ''
    for (const column of [...COLUMNS, ...this.#furtherColumns()]) this.#name(column)
  }

  #furtherColumns(): string[] {
    return [...(this.hasReceived ? ['received'] : []), ...(this.#hasPath ? ['path'] : [])]
  }

  /** All rows of a table, but not more than so many. */
  select(table: string, limit: number): TableQuery {
    const names = COLUMNS.filter((column) => column !== 'domain' || this.#usesDomain)
    const columns = [...names, ...this.#furtherColumns()].map(this.#name)
    return { operation: 'select', table, columns, where: [], limit }
  }

  replace(table: string, aor: string, contact: Contact): TableQuery {
    const keys = [...Object.keys(this.#owner(aor)), this.#name('contact')]
    return { operation: 'replace', table, keys, row: { ...this.#owner(aor), ...this.#row(contact) } }
  }

  delete(table: string, aor: string, uri: string): TableQuery {
    const where = conditions({ ...this.#owner(aor), [this.#name('contact')]: textOf(uri) })
    return { operation: 'delete', table, where }
  }

  deleteAll(table: string, aor: string): TableQuery {
    return { operation: 'delete', table, where: conditions(this.#owner(aor)) }
  }

  /** undefined: the row is no binding. */
  read(row: Row): Binding | undefined {
    const octets = (column: string): string | undefined => octetsIn(row, this.#name(column))
    const number = (column: string): number => Number(row[this.#name(column)] ?? 0) || 0
    const user = octets('user')
    const uri = octets('contact')
    const flags = number('flags')
    const expiresAt = this.#instant(row[this.#name('expires')] ?? null)
    if (user === undefined || !uri || (expiresAt === undefined && (flags & CONTACT_PERMANENT) === 0))
      return undefined
    const contact = {
      ...{ uri, expiresAt: expiresAt ?? 0, q: this.#q(row), flags },
      ...{ callId: octets('callid') ?? '', cseq: number('cseq'), userAgent: octets('user_agent') ?? '' },
      received: this.hasReceived ? octets('received') || undefined : undefined,
      ...(this.#hasPath && { path: octets('path') || undefined }),
    }
    const aor = this.#usesDomain ? `${user}@${octets('domain') ?? ''}` : user
    return { aor, contact, isZombie: number('state') === ZOMBIE }
  }

  #owner(aor: string): Row {
    if (!this.#usesDomain) return { [this.#name('user')]: textOf(aor) }
    const at = aor.lastIndexOf('@')
    return {
      [this.#name('user')]: textOf(aor.slice(0, Math.max(0, at))),
      [this.#name('domain')]: textOf(aor.slice(at + 1)),
    }
  }

  #row(contact: Contact): Row {
    const { uri, q, callId, cseq, flags, userAgent, received, path } = contact
    const name = this.#name
    return {
      [name('contact')]: textOf(uri),
      [name('expires')]: this.#instantText(contact),
      [name('q')]: q === undefined ? null : q / 1000,
      [name('callid')]: textOf(callId),
      [name('cseq')]: cseq,
      [name('replicate')]: 0,
      [name('state')]: 0,
      [name('flags')]: flags,
      [name('user_agent')]: textOf(userAgent).slice(0, USER_AGENT_LENGTH_MAX),
      ...(this.hasReceived && { [name('received')]: received === undefined ? null : textOf(received) }),
      ...(this.#hasPath && { [name('path')]: path === undefined ? null : textOf(path) }),
    }
  }

  /** Never before the binding's own end. */
  #instantText({ expiresAt, flags }: Contact): string {
    if ((flags & CONTACT_PERMANENT) !== 0) return NO_INSTANT
    const atMs = Math.ceil(this.engine.clock(expiresAt).getTime() / 1000) * 1000
    return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
  }

  #instant(value: Row[string]): Milliseconds | undefined {
    const atMs =
      typeof value === 'string' && INSTANT.test(value)
        ? Date.parse(`${value.slice(0, 10)}T${value.slice(11, 19)}Z`)
        : Number(value ?? NaN) * 1000
    return Number.isFinite(atMs) ? atMs - this.engine.clock(0).getTime() : undefined
  }

  #q(row: Row): number | undefined {
    const q = row[this.#name('q')] ?? null
    const thousandths = q === null ? NaN : Math.round(Number(q) * 1000)
    return thousandths >= 0 && thousandths <= 1000 ? thousandths : undefined
  }
}

/** The parameters "..._column", and what they are unless set. */
export const COLUMNS = [
  'user',
  'domain',
  'contact',
  'expires',
  'q',
  'callid',
  'cseq',
  'replicate',
  'state',
  'flags',
  'user_agent',
]

function conditions(row: Row): Condition[] {
  return Object.entries(row).map(([column, value]) => ({ column, operator: '=', value }))
}
