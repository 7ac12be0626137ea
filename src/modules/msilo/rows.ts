// Messages as rows of the table silo (SER module msilo), and back.

import type { Row, TableQuery } from '../../database.js'
import { Malformed } from '../../errors.js'
import type { Parameters } from '../../proxy/module.js'
import { parseUri } from '../../sip/uri.js'
import { columnText } from '../column-text.js'
import { octetsIn, tableName } from '../table-query.js'

/** What the columns of SER's schema hold, in characters. */
const URI_LENGTH_MAX = 255
const TYPE_LENGTH_MAX = 32
const BODY_LENGTH_MAX = 65_535
/** Messages that are read at a time; the next REGISTER gets the others. */
const READ_MAX = 1000

const PLAIN = 'text/plain'
const TYPE = /^[\w!#$&.+^-]+\/[\w!#$&.+^-]+(?:\s*;[ -~]*)?$/

/** A message that waits. */
export interface Stored {
  readonly id: number
  readonly from: string
  readonly to: string
  /** Whose it is: the URI that he registers. */
  readonly owner: string
  /** Seconds since 1970. */
  readonly storedAtS: number
  readonly expiresAtS: number
  readonly type: string
  readonly body: string
}

/** The parameters that name columns, and what they are. */
const COLUMNS = {
  sc_mid: ['mid', 'the number of a message'],
  sc_from: ['src_addr', 'who sent it'],
  sc_to: ['dst_addr', 'to whom'],
  sc_ruri: ['r_uri', 'who will get it'],
  sc_inc_time: ['inc_time', 'when it came, in seconds since 1970'],
  sc_exp_time: ['exp_time', 'until when it is kept, in seconds since 1970'],
  sc_ctype: ['ctype', 'its Content-Type'],
  sc_body: ['body', 'its text'],
} as const

type Column = keyof typeof COLUMNS

export const COLUMN_PARAMETERS = Object.fromEntries(
  Object.entries(COLUMNS).map(([parameter, [initial, about]]) => [
    parameter,
    { kind: 'string' as const, initial, about: `column of ${about}` },
  ]),
)

export class Silo {
  readonly #table: string
  readonly #columns: Readonly<Record<Column, string>>

  /** Throws an Error when a name cannot be one. */
  constructor(params: Parameters) {
    this.#table = tableName(String(params.db_table))
    const names = Object.keys(COLUMNS).map((name) => [name, tableName(String(params[name]))])
    this.#columns = Object.fromEntries(names) as Record<Column, string>
  }

  get table(): string {
    return this.#table
  }

  store(message: Omit<Stored, 'id'>): TableQuery {
    const columns = this.#columns
    const row: Row = {
      [columns.sc_from]: columnText(message.from, URI_LENGTH_MAX),
      [columns.sc_to]: columnText(message.to, URI_LENGTH_MAX),
      [columns.sc_ruri]: columnText(message.owner, URI_LENGTH_MAX),
      [columns.sc_inc_time]: message.storedAtS,
      [columns.sc_exp_time]: message.expiresAtS,
      [columns.sc_ctype]: columnText(message.type, TYPE_LENGTH_MAX),
      [columns.sc_body]: columnText(message.body, BODY_LENGTH_MAX),
    }
    return { operation: 'insert', table: this.#table, row }
  }

  /** What waits for this URI, the oldest first. */
  waiting(owner: string, nowS: number): TableQuery {
    const columns = this.#columns
    return {
      ...{ operation: 'select', table: this.#table, columns: Object.values(columns) },
      where: [
        { column: columns.sc_ruri, operator: '=', value: columnText(owner, URI_LENGTH_MAX) },
        { column: columns.sc_exp_time, operator: '>', value: nowS },
      ],
      ...{ orderBy: columns.sc_mid, limit: READ_MAX },
    }
  }

  forget(id: number): TableQuery {
    return {
      ...{ operation: 'delete', table: this.#table },
      where: [{ column: this.#columns.sc_mid, operator: '=', value: id }],
    }
  }

  forgetExpired(nowS: number): TableQuery {
    return {
      ...{ operation: 'delete', table: this.#table },
      where: [{ column: this.#columns.sc_exp_time, operator: '<=', value: nowS }],
    }
  }

  /** undefined: the row holds no message that could be sent. Others may write into the table, too. */
  read(row: Row): Stored | undefined {
    const columns = this.#columns
    const text = (column: Column): string => octetsIn(row, columns[column]) ?? ''
    const number = (column: Column): number => Number(row[columns[column]])
    const [id, storedAtS, expiresAtS] = [number('sc_mid'), number('sc_inc_time'), number('sc_exp_time')]
    const [from, to, owner] = [text('sc_from'), text('sc_to'), text('sc_ruri')]
    if (!Number.isSafeInteger(id) || !Number.isFinite(storedAtS)) return undefined
    if (![from, to, owner].every(isUri)) return undefined
    const type = contentType(text('sc_ctype'))
    return { id, from, to, owner, storedAtS, expiresAtS, type, body: text('sc_body') }
  }
}

/** Can it stand in angle brackets, and does it fit into the table? */
export function isUri(text: string): boolean {
  return text.length <= URI_LENGTH_MAX && /^[!-;=?-~]+$/.test(text) && !(parseUri(text) instanceof Malformed)
}

/** A Content-Type as it may stand in a header; text/plain when it may not. */
export function contentType(text: string): string {
  return text.length <= TYPE_LENGTH_MAX && TYPE.test(text) ? text : PLAIN
}
