// Values as drivers give them, made into column values: numbers, texts, NULL.

import type { ColumnValue, Row } from '../../database.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Octets are a text in UTF-8, or stay as they are (latin1). */
export function columnValue(value: unknown): ColumnValue {
  switch (typeof value) {
    case 'string':
    case 'number':
      return value
    case 'bigint':
    case 'boolean':
      return Number(value)
  }
  if (value instanceof Uint8Array) return octets(value)
  return value === null || value === undefined ? null : JSON.stringify(value)
}

export function rowOf(values: Readonly<Record<string, unknown>>): Row {
  const row: Record<string, ColumnValue> = {}
  for (const name of Object.keys(values)) row[name] = columnValue(values[name])
  return row
}

function octets(value: Uint8Array): string {
  try {
    return utf8.decode(value)
  } catch {
    return Buffer.from(value).toString('latin1')
  }
}
