// The table of scripts that the coverage page and the run's page share.

import {
  coverageTotals,
  coverageRows,
  percent,
  type Measure,
  type ScriptCoverage,
  type Share,
} from './coverage.js'
import { ranges } from './coverage-text.js'
import { escaped, visible } from './printable.js'

/** Markup of the table; with a `target` each script links to it and its number. */
export function coverageTable(coverage: readonly ScriptCoverage[], target?: string): string {
  const listed = coverageRows(coverage)
  const measures = listed.map(({ measured }) => measured)
  const rows = listed.map(({ name, measured, index }) => {
    const text = escaped(visible(name))
    if (index === undefined) return row(text, measured, false)
    const link = target === undefined ? '' : ` href="${escaped(visible(target))}${index}"`
    return row(`<a class="code"${link}>${text}</a>`, measured, true)
  })
  if (rows.length > 1) rows.push(row('<b>all</b>', coverageTotals(measures), false))
  return (
    `<table class="coverage card"><thead><tr><th>Script</th><th>Lines</th><th>Arms</th><th>Routes</th>` +
    `<th>Lines that never ran</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  )
}

function row(name: string, measured: Measure | undefined, withRanges: boolean): string {
  if (!measured) return ''
  const missed = withRanges ? ranges(measured) || '<span class="good">none</span>' : ''
  const cells = [measured.lines, measured.arms, measured.routes].map(bar).join('')
  return `<tr><td>${name}</td>${cells}<td class="code soft">${missed}</td></tr>`
}

function bar(share: Share): string {
  const part = share.all === 0 ? 0 : (100 * share.hit) / share.all
  return (
    `<td class="part number"><b>${percent(share)}</b> <span class="soft">${share.hit}/${share.all}</span>` +
    `<span class="bar"><i style="width:${part.toFixed(1)}%"></i></span></td>`
  )
}

export const tableStyle = `
.coverage{border-collapse:separate;border-spacing:0;width:100%;font-size:13.5px}
.coverage th{text-align:left;font-weight:550;color:var(--soft);font-size:12.5px}
.coverage th,.coverage td{padding:9px 16px;border-bottom:1px solid var(--rule)}
.coverage tr:last-child td{border-bottom:0}
.coverage .part{width:150px;white-space:nowrap}
.coverage .bar{display:block;height:4px;border-radius:2px;background:var(--rule);margin-top:4px;overflow:hidden}
.coverage .bar i{display:block;height:100%;background:var(--good)}
`
