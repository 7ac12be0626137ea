// The deliberate faults and the rows that noticed them, as Markdown: which checks have been seen to fail.

export interface FaultRow {
  readonly id: string
  readonly about: string
  /** Ids of the rows that noticed. */
  readonly by: readonly string[]
}

/** Rows named for one fault; the rest is a number. */
const NAMED_MAX = 12

/** `rows`: the ids that were played. */
export function faultListMarkdown(faults: readonly FaultRow[], rows: readonly string[]): string {
  const noticed = new Set(faults.flatMap(({ by }) => by))
  const never = rows.filter((id) => !noticed.has(id))
  const seen = faults.filter(({ by }) => by.length > 0).length
  const line = ({ id, about, by }: FaultRow): string => {
    const more = by.length > NAMED_MAX ? ` and ${by.length - NAMED_MAX} more` : ''
    return `| ${id} | ${about} | ${by.length === 0 ? '**none**' : by.slice(0, NAMED_MAX).join(' ') + more} |\n`
  }
  return (
    `# Deliberate faults\n\nEach fault is put around the engine, and the ${rows.length} rows that pass without it are played again.\n` +
    `${seen} of ${faults.length} faults are noticed. Written by \`sipwright conformance --faults\`.\n\n` +
    `| fault | what goes wrong | rows that notice |\n|---|---|---|\n${faults.map(line).join('')}` +
    `\n## Rows that noticed none of these (${never.length})\n\n${never.join(' ') || 'None.'}\n`
  )
}
