// Steps and tables as lines of a feature.

/** A step with what stands below it. */
export interface Step {
  readonly keyword: 'Given' | 'When' | 'Then' | '#'
  readonly text: string
  readonly below?: readonly string[]
}

/** Cells one below the other. */
export function tableText(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => cell.replace(/\\/g, '\\\\').replace(/\|/g, '\\|')))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
}

/** The Contacts of a redirection. */
export function contactTable(contacts: readonly string[]): string[] {
  const rows = contacts.map((contact) => [
    /<([^>]*)>/.exec(contact)?.[1] ?? contact.replace(/;.*$/, ''),
    />?.*;[ \t]*q=([\d.]+)/.exec(contact)?.[1] ?? '',
  ])
  const withQ = rows.some(([, q]) => q !== '')
  return tableText([['contact', 'q'], ...rows].map((row) => (withQ ? row : row.slice(0, 1))))
}

/** The reason phrases that a step can carry. */
const REASON = /^[A-Z][A-Za-z'/-]*(?: [A-Z][A-Za-z'/-]*)*$/

/** "486 Busy Here", or the number alone. */
export function statusText(status: number, reason: string): string {
  return REASON.test(reason) ? `${status} ${reason}` : String(status)
}
