// Tables of steps, read.

import type { ContactWish } from '../agent/behaviour.js'

type Row = Readonly<Record<string, string>>

/** Rows with contact, q, expires. */
export function contactWishes(rows: readonly Row[]): ContactWish[] {
  return rows.map(({ contact = '', q, expires }) => ({
    uri: contact,
    ...(q ? { q: Number(q) } : {}),
    ...(expires ? { expiresS: Number(expires) } : {}),
  }))
}
