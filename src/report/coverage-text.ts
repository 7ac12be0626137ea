// Script coverage for the terminal: a line a script, and which lines never ran.

import {
  coverageTotals,
  coverageRows,
  percent,
  type Measure,
  type ScriptCoverage,
  type Share,
} from './coverage.js'
import { columnsOf, fitted, oneLine } from './printable.js'

/** A table, a line a script and one for all; '' without scripts. */
export function coverageText(coverage: readonly ScriptCoverage[], width = 100): string {
  if (coverage.length === 0) return ''
  const rows = coverageRows(coverage)
  const measures = rows.map(({ measured }) => measured)
  const names = rows.map(({ name }) => oneLine(name, 80))
  const nameColumns = Math.min(Math.max(6, ...names.map(columnsOf)), Math.max(20, width - 58))
  const row = (name: string, measured: Measure | undefined, missed: string) =>
    [
      padded(fitted(name, nameColumns), nameColumns),
      ...(['lines', 'arms', 'routes'] as const).map((kind) => cell(measured?.[kind], kind)),
      fitted(missed, Math.max(8, width - nameColumns - 47)),
    ]
      .join('  ')
      .trimEnd()
  const lines = [row('script', undefined, 'never ran')]
  rows.forEach(({ measured, index }, at) =>
    lines.push(row(names[at] ?? '', measured, index === undefined ? '' : ranges(measured))),
  )
  if (measures.length > 1) lines.push(row('all', coverageTotals(measures), ''))
  return lines.join('\n') + '\n'
}

/** "12, 40-44" */
export function ranges(measured: Measure): string {
  return measured.uncovered
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(', ')
}

function cell(share: Share | undefined, heading: string): string {
  const columns = 13
  if (!share) return heading.padStart(columns)
  return `${share.hit}/${share.all}`.padStart(columns - 6) + percent(share).padStart(6)
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}
