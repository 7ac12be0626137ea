// The table "version": which layout each table has, as SER's own programs look it up.

import type { TableQuery } from '../../database.js'
import type { TableSchema } from './schema.js'

/** Notes the layout of tables, where there is a table "version" among them. */
export function versionRows(tables: readonly TableSchema[]): TableQuery[] {
  if (!tables.some(({ name }) => name === 'version')) return []
  return tables
    .filter(({ name }) => name !== 'version')
    .map(({ name, version }) => ({
      ...{ operation: 'replace', table: 'version', keys: ['table_name'] },
      row: { table_name: name, table_version: version },
    }))
}
