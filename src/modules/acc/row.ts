// An accounting record as a row of the tables acc and missed_calls (SER's schema).

import type { Row } from '../../database.js'
import type { Parameters } from '../../proxy/module.js'
import { columnText } from '../column-text.js'
import { tableName } from '../table-query.js'
import { attributeOf, type Subject } from './attributes.js'

/** Characters that the columns of SER's schema hold. */
const TEXT_LENGTH_MAX = 128
const METHOD_LENGTH_MAX = 16
const USER_LENGTH_MAX = 64

/** A column: the parameter that names it, its usual name, the letters of its attribute in both tables, its length. */
const COLUMNS = [
  ['acc_from_uri_column', 'from_uri', 'FF', TEXT_LENGTH_MAX],
  ['acc_to_uri_column', 'to_uri', 'TT', TEXT_LENGTH_MAX],
  ['acc_sip_method_column', 'sip_method', 'mm', METHOD_LENGTH_MAX],
  ['acc_i_uri_column', 'i_uri', 'ii', TEXT_LENGTH_MAX],
  ['acc_o_uri_column', 'o_uri', 'oo', TEXT_LENGTH_MAX],
  ['acc_sip_from_column', 'sip_from', 'ff', TEXT_LENGTH_MAX],
  ['acc_sip_callid_column', 'sip_callid', 'cc', TEXT_LENGTH_MAX],
  ['acc_sip_to_column', 'sip_to', 'tt', TEXT_LENGTH_MAX],
  ['acc_sip_status_column', 'sip_status', 'ss', TEXT_LENGTH_MAX],
  // The caller pays for a call, the callee wants to know what was missed.
  ['acc_user_column', 'username', '0p', USER_LENGTH_MAX],
  ['acc_totag_column', 'totag', 'dd', TEXT_LENGTH_MAX],
  ['acc_fromtag_column', 'fromtag', 'rr', TEXT_LENGTH_MAX],
  ['acc_domain_column', 'domain', 'XD', TEXT_LENGTH_MAX],
] as const

const TIME = ['acc_time_column', 'time'] as const

/** The parameters that name columns. */
export const COLUMN_PARAMETERS = Object.fromEntries(
  [...COLUMNS, TIME].map(([parameter, initial]) => [
    parameter,
    { kind: 'string' as const, initial, about: `name of the column ${initial}` },
  ]),
)

export type AccountTable = 'answered' | 'missed'

/** The names of the columns, checked. Throws an Error when one cannot be a name. */
export function columnsOf(params: Parameters): Parameters {
  const names = [...COLUMNS, TIME].map(([parameter]) => [parameter, tableName(String(params[parameter]))])
  return Object.fromEntries(names) as Parameters
}

/** The row; `clock` is now. */
export function rowOf(subject: Subject, table: AccountTable, columns: Parameters, clock: Date): Row {
  const row: Record<string, string> = {}
  for (const [parameter, , letters, lengthMax] of COLUMNS)
    row[String(columns[parameter])] = columnText(
      attributeOf(subject, letters[table === 'answered' ? 0 : 1]!),
      lengthMax,
    )
  row[String(columns[TIME[0]])] = instant(clock)
  return row
}

/** "YYYY-MM-DD HH:MM:SS" in UTC. */
function instant(clock: Date): string {
  return clock.toISOString().slice(0, 19).replace('T', ' ')
}
