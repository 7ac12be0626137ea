// SER's tables as data (the schema of SER 0.8.14): what "sipwright db create" makes, and what tables in memory know of
// their columns. Instants are UTC.

import type { ColumnValue } from '../../database.js'

export interface Column {
  readonly name: string
  readonly type: 'text' | 'long text' | 'octets' | 'integer' | 'float' | 'instant' | 'counter'
  /** Characters of a text. */
  readonly length?: number
  /** When a row does not say; null: the column may be empty (a counter counts). */
  readonly initial: ColumnValue
  /** Texts are compared octet by octet also where the database would ignore the case. */
  readonly exact?: boolean
}

export interface TableSchema {
  readonly name: string
  /** SER's number of this layout, in the table "version". */
  readonly version: number
  readonly columns: readonly Column[]
  readonly primary: readonly string[]
  /** Columns that are unique by themselves. */
  readonly unique?: readonly string[]
  readonly index?: readonly string[]
}

/** When no instant is given: one long ago (MySQL's zero date is none elsewhere). */
export const NO_INSTANT = '1970-01-01 00:00:01'

const text = (name: string, length: number, initial: string | null = ''): Column => ({
  ...{ name, type: 'text', length, initial },
})
const exact = (name: string, length: number): Column => ({ ...text(name, length), exact: true })
const integer = (name: string, initial: number | null = 0): Column => ({ name, type: 'integer', initial })
const float = (name: string, initial: number | null = 0): Column => ({ name, type: 'float', initial })
const instant = (name: string, initial: string | null = NO_INSTANT): Column => ({
  ...{ name, type: 'instant', initial },
})
const counter = (name: string): Column => ({ name, type: 'counter', initial: null })

const USER = [text('username', 64), text('domain', 128)]

const SUBSCRIBER: readonly Column[] = [
  text('phplib_id', 32, null),
  ...USER,
  text('password', 25),
  text('first_name', 25),
  text('last_name', 45),
  text('phone', 15),
  text('email_address', 50),
  instant('datetime_created'),
  instant('datetime_modified'),
  text('confirmation', 64),
  text('flag', 1, 'o'),
  text('sendnotification', 50),
  text('greeting', 50),
  text('ha1', 128),
  text('ha1b', 128),
  text('perms', 32, null),
  text('allow_find', 1, '0'),
  text('timezone', 128, null),
  text('rpid', 128, null),
]

/**
 * Bindings: the contact is compared octet by octet, as usrloc does. SER's contacts had 255 characters, and no
 * "received": today's are longer, and phones are behind NATs.
 */
const LOCATION: readonly Column[] = [
  exact('username', 64),
  exact('domain', 128),
  exact('contact', 512),
  instant('expires', null),
  float('q', null),
  text('callid', 255, null),
  integer('cseq', null),
  instant('last_modified'),
  integer('replicate', null),
  integer('state', null),
  integer('flags'),
  text('user_agent', 50),
  text('received', 255, null),
]

const ACC: readonly Column[] = [
  ...['sip_from', 'sip_to', 'sip_status'].map((name) => text(name, 128)),
  text('sip_method', 16),
  ...['i_uri', 'o_uri', 'from_uri', 'to_uri', 'sip_callid'].map((name) => text(name, 128)),
  ...USER,
  text('fromtag', 128),
  text('totag', 128),
  instant('time'),
  instant('timestamp'),
]

const BY_USER = ['username', 'domain']

export const SCHEMA: readonly TableSchema[] = [
  {
    ...{ name: 'version', version: 1, primary: ['table_name'] },
    columns: [text('table_name', 64), integer('table_version')],
  },
  {
    ...{ name: 'subscriber', version: 2, primary: BY_USER, unique: ['phplib_id'] },
    columns: SUBSCRIBER,
  },
  { name: 'pending', version: 2, primary: BY_USER, unique: ['phplib_id'], columns: SUBSCRIBER },
  { name: 'location', version: 3, primary: [...BY_USER, 'contact'], columns: LOCATION },
  { name: 'aliases', version: 3, primary: [...BY_USER, 'contact'], columns: LOCATION },
  { name: 'acc', version: 2, primary: [], index: BY_USER, columns: ACC },
  { name: 'missed_calls', version: 2, primary: [], index: BY_USER, columns: ACC },
  {
    ...{ name: 'grp', version: 2, primary: [...BY_USER, 'grp'] },
    columns: [...USER, text('grp', 50), instant('last_modified')],
  },
  {
    ...{ name: 'domain', version: 1, primary: ['domain'] },
    columns: [text('domain', 128), instant('last_modified')],
  },
  {
    ...{ name: 'uri', version: 1, primary: [...BY_USER, 'uri_user'] },
    columns: [...USER, text('uri_user', 50), instant('last_modified')],
  },
  {
    ...{ name: 'silo', version: 2, primary: ['mid'], index: ['r_uri'] },
    columns: [
      counter('mid'),
      ...['src_addr', 'dst_addr', 'r_uri'].map((name) => text(name, 255)),
      integer('inc_time'),
      integer('exp_time'),
      text('ctype', 32, 'text/plain'),
      { name: 'body', type: 'octets', initial: null },
    ],
  },
  {
    ...{ name: 'phonebook', version: 1, primary: ['id'] },
    columns: [counter('id'), ...USER, text('fname', 32), text('lname', 32), text('sip_uri', 128)],
  },
  {
    ...{ name: 'event', version: 1, primary: ['id'] },
    columns: [counter('id'), ...USER, text('uri', 255), text('description', 255)],
  },
  { name: 'reserved', version: 1, primary: ['username'], columns: [text('username', 64)] },
  {
    ...{ name: 'active_sessions', version: 1, primary: ['name', 'sid'] },
    columns: [
      text('sid', 32),
      text('name', 32),
      { name: 'val', type: 'long text', initial: null },
      text('changed', 14),
    ],
  },
  {
    ...{ name: 'config', version: 1, primary: [] },
    columns: [text('attribute', 32), text('value', 128), ...USER, instant('modified')],
  },
  {
    ...{ name: 'preferences', version: 1, primary: [...BY_USER, 'attribute'] },
    columns: [...USER, text('attribute', 50), text('value', 100)],
  },
  {
    ...{ name: 'trusted', version: 1, primary: ['src_ip', 'proto', 'from_pattern'] },
    columns: [text('src_ip', 39), text('proto', 4), text('from_pattern', 64)],
  },
  {
    ...{ name: 'address', version: 1, primary: ['id'], index: ['grp'] },
    columns: [counter('id'), integer('grp', 1), text('ip_addr', 50), integer('mask', 32), integer('port')],
  },
  {
    ...{ name: 'server_monitoring', version: 1, primary: ['id', 'param'] },
    columns: [instant('time'), integer('id'), text('param', 32), integer('value'), integer('increment')],
  },
  {
    ...{ name: 'server_monitoring_agg', version: 1, primary: ['param'] },
    columns: [
      text('param', 32),
      ...['s_value', 's_increment', 'last_aggregated_increment'].map((name) => integer(name)),
      float('av'),
      integer('mv'),
      float('ad'),
      ...['lv', 'min_val', 'max_val', 'min_inc', 'max_inc'].map((name) => integer(name)),
      instant('lastupdate'),
    ],
  },
]

/** The layout of one of SER's tables. */
export function schemaOf(table: string): TableSchema | undefined {
  return SCHEMA.find(({ name }) => name === table)
}
