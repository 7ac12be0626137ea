// The scorecard for terminals, READMEs, spreadsheets and continuous integration: Markdown, CSV, JSON and JUnit XML.

import { ladderText } from './ladder-text.js'
import { ladderOf } from './messages.js'
import { escaped, oneLine, readable, visible } from './printable.js'
import {
  countsOf,
  differences,
  groupOf,
  purposeCounts,
  rowsBy,
  sumsBy,
  VERDICTS,
  VIEWS,
  type Counts,
  type Scorecard,
  type ScorecardRow,
} from './scorecard.js'

/** A Markdown table of counts by one of the views. */
export function summaryTable({ rows }: Scorecard, view: string): string {
  const head = `| ${view} | ${VERDICTS.join(' | ')} |\n|---|${VERDICTS.map(() => '---:|').join('')}\n`
  const line = ([name, counts]: readonly [string, Counts]): string =>
    `| ${name} | ${VERDICTS.map((verdict) => counts[verdict]).join(' | ')} |\n`
  return head + [...sumsBy(rows, view), ['**all**', countsOf(rows)] as const].map(line).join('')
}

/** The scorecard as Markdown: summary, failed rows, rows not played with the reason. */
export function scorecardMarkdown(card: Scorecard): string {
  const { clean, failing, open } = purposeCounts(card)
  const failed = card.rows.filter(({ verdict }) => verdict === 'fail')
  const left = card.rows.filter(({ verdict }) => verdict !== 'fail' && verdict !== 'pass')
  return (
    `# Scorecard: ${card.target}\n\n${card.date}, sipwright ${card.version}, seed ${card.seed}, ${(card.durationMs / 1000).toFixed(1)} s\n\n` +
    Object.keys(VIEWS)
      .map((view) => `${summaryTable(card, view)}\n`)
      .join('') +
    `ETSI TS 102 027-2 purposes: ${clean} without a failed MUST row, ${failing} with one, ${open} not played.\n` +
    `\n## Failed\n\n${list(failed)}\n## Not played\n\n${list(left)}`
  )
}

function list(rows: readonly ScorecardRow[]): string {
  if (rows.length === 0) return 'None.\n'
  return rows
    .map(
      ({ id, level, source, title, text }) =>
        `- **${id}** ${title} (${level}, ${source}): ${oneLine(text, 400)}\n`,
    )
    .join('')
}

export function scorecardCsv({ rows }: Scorecard): string {
  const quoted = (text: string): string =>
    `"${visible(text)
      .replaceAll('"', '""')
      .replace(/^[=+@-]/, "'$&")}"`
  const lines = rows.map(({ id, source, level, role, verdict, title, text }) =>
    [id, source, level, role, verdict, title, oneLine(text, 1000)].map(quoted).join(','),
  )
  return ['id,source,level,role,verdict,title,text', ...lines].map((line) => `${line}\r\n`).join('')
}

/** As JSON; the packets of failures as readable text. */
export function scorecardJson(card: Scorecard): string {
  const rows = card.rows.map(({ log, ...row }) => ({
    ...row,
    ...(log.length > 0 && {
      ladder: ladderText(ladderOf(log)),
      messages: log.flatMap((entry) =>
        entry.kind === 'wire'
          ? [`${entry.at} ms ${entry.from} to ${entry.to}\n${readable(entry.bytes)}`]
          : [],
      ),
    }),
  }))
  return `${JSON.stringify({ ...card, rows }, undefined, 1)}\n`
}

export function scorecardJunit(card: Scorecard): string {
  const suites = [...rowsBy(card.rows, groupOf)].map(([group, rows]) => {
    const { pass, fail } = countsOf(rows)
    const cases = rows.map(
      (row) =>
        `    <testcase classname="${group}" name="${escaped(visible(`${row.id} ${row.title}`))}">${outcome(row)}</testcase>\n`,
    )
    return `  <testsuite name="${group}" tests="${rows.length}" failures="${fail}" skipped="${rows.length - pass - fail}">\n${cases.join('')}  </testsuite>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escaped(visible(card.target))}">\n${suites.join('')}</testsuites>\n`
}

function outcome({ verdict, text, log }: ScorecardRow): string {
  if (verdict === 'pass') return ''
  const message = `message="${escaped(oneLine(text, 400))}"`
  if (verdict !== 'fail') return `<skipped ${message}/>`
  return `<failure ${message}>${escaped(visible(`${text}\n${ladderText(ladderOf(log))}`))}</failure>`
}

/** Two scorecards as Markdown: who differs where. */
export function comparison(one: Scorecard, other: Scorecard): string {
  const rows = differences(one, other).map(
    ({ id, title, level, ...verdicts }) =>
      `| ${id} | ${level} | ${title} | ${verdicts.one ?? '-'} | ${verdicts.other ?? '-'} |\n`,
  )
  const head = `| row | level | | ${one.target} | ${other.target} |\n|---|---|---|---|---|\n`
  return rows.length === 0
    ? `${one.target} and ${other.target} fare alike in all rows.\n`
    : `${head}${rows.join('')}\n${rows.length} rows differ.\n`
}
