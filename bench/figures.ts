// What a measurement yields, and the table that all of them end in. Ratios count: absolute times differ by machine and hour.

export interface Figure {
  readonly about: string
  readonly ours: string
  /** What it is compared with, and its figure; '-' when it is measured against itself or not at all. */
  readonly other: string
  /** Ours to the other's, or what the budget is about. */
  readonly ratio: string
  /** The bound this project gave itself, then the goal. */
  readonly budget: string
}

const HEADINGS: Figure = {
  about: 'figure',
  ours: 'ours',
  other: 'other',
  ratio: 'ratio',
  budget: 'budget, goal',
}
const COLUMNS = ['about', 'ours', 'other', 'ratio', 'budget'] as const

/** The table as text, columns as wide as what is in them. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures]
  const widths = COLUMNS.map((column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) =>
    COLUMNS.map((column, at) => row[column].padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return `${lines.join('\n')}\n`
}

export function times(ours: number, other: number): string {
  return (ours / other).toFixed(2)
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, two) => one - two)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** CPU time of this process for one run of `act`, in microseconds: the least of several goes, after a warm-up. */
export function cpuPerRun(act: () => void, runs: number, goes = 5): number {
  for (let run = 0; run < runs; run++) act()
  let least = Infinity
  for (let go = 0; go < goes; go++) {
    const before = process.cpuUsage()
    for (let run = 0; run < runs; run++) act()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / runs)
  }
  return least
}

/** Something that could not be measured here, and what would make it possible. */
export function skipped(about: string, reason: string, command: string): Figure {
  return { about, ours: '-', other: `skipped: ${reason}`, ratio: '-', budget: command }
}
