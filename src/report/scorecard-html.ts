// The scorecard as one self-contained page: sums by level, RFC section and role; each failed row with its ladder, its
// messages and the sentence of what was expected.

import { drawLadder } from './ladder-svg.js'
import { ladderOf } from './messages.js'
import { htmlPage } from './page.js'
import { escaped, readable, visible } from './printable.js'
import {
  countsOf,
  purposeCounts,
  sumsBy,
  VERDICTS,
  VIEWS,
  type Scorecard,
  type ScorecardRow,
} from './scorecard.js'
import { ladderStyle, pageStyle } from './style.js'

const style = `
main{max-width:1080px;margin:0 auto;padding:32px 20px}
section{background:var(--surface);border:1px solid var(--rule);border-radius:10px;padding:18px 20px;margin:18px 0;overflow-x:auto}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:4px 10px;border-bottom:1px solid var(--rule);vertical-align:top}
td.number,th.number{text-align:right}
.bar{display:flex;height:12px;border-radius:6px;overflow:hidden;background:var(--sunken);margin:14px 0}
.bar i{display:block;height:100%}
.pass{color:var(--good)}.fail{color:var(--bad)}
details{margin:8px 0;border-top:1px solid var(--rule);padding-top:8px}summary{cursor:pointer}
pre{background:var(--sunken);padding:10px;border-radius:6px;margin:8px 0}
`

/** The page. */
export function scorecardHtml(card: Scorecard): string {
  const counts = countsOf(card.rows)
  const { clean, failing, open } = purposeCounts(card)
  const failed = card.rows.filter(({ verdict }) => verdict === 'fail')
  const left = card.rows.filter(({ verdict }) => verdict !== 'fail' && verdict !== 'pass')
  const body = `<main>
<h1>${text(card.target)}</h1>
<p class="soft">${text(card.date)}, sipwright ${text(card.version)}, seed ${card.seed}, ${(card.durationMs / 1000).toFixed(1)} s</p>
${bar(counts.pass, counts.fail, card.rows.length)}
<p><b class="pass">${counts.pass} pass</b>, <b class="fail">${counts.fail} fail</b>, ${counts['not applicable']} not applicable, ${counts['not executable']} not executable, ${counts['not run']} not run.
ETSI TS 102 027-2 purposes: ${clean} without a failed MUST row, ${failing} with one, ${open} not played.</p>
${Object.keys(VIEWS)
  .map((view) => `<section><h2>By ${view}</h2>${table(card, view)}</section>`)
  .join('\n')}
<section><h2>Failed (${failed.length})</h2>${failed.map(failedRow).join('\n') || '<p>None.</p>'}</section>
<section><h2>Not played (${left.length})</h2><table>${left.map(leftRow).join('')}</table></section>
</main>`
  return htmlPage({ title: `Scorecard: ${card.target}`, styles: [pageStyle, ladderStyle, style], body })
}

function text(value: string): string {
  return escaped(visible(value))
}

function bar(pass: number, fail: number, all: number): string {
  const part = (count: number, colour: string): string =>
    `<i style="width:${(100 * count) / Math.max(1, all)}%;background:var(--${colour})"></i>`
  return `<div class="bar">${part(pass, 'good')}${part(fail, 'bad')}</div>`
}

function table({ rows }: Scorecard, view: string): string {
  const head = VERDICTS.map((verdict) => `<th class="number">${verdict}</th>`).join('')
  const lines = sumsBy(rows, view).map(
    ([name, counts]) =>
      `<tr><td>${text(name)}</td>${VERDICTS.map((verdict) => `<td class="number ${counts[verdict] > 0 ? verdict : 'soft'}">${counts[verdict]}</td>`).join('')}</tr>`,
  )
  return `<table><tr><th></th>${head}</tr>${lines.join('')}</table>`
}

function failedRow({ id, title, level, source, role, text: why, log }: ScorecardRow): string {
  const ladder = ladderOf(log)
  const messages = ladder.arrows.map(
    (arrow) => `<p class="soft">${arrow.at} ms</p><pre>${text(readable(arrow.bytes))}</pre>`,
  )
  const drawing = log.length === 0 ? '' : drawLadder(ladder)
  return `<details id="${text(id)}"><summary><b>${text(id)}</b> ${text(title)} <span class="soft">${level}, ${text(source)}, ${text(role)}</span></summary>
<pre class="fail">${text(why)}</pre>${drawing}<details><summary>Messages</summary>${messages.join('')}</details></details>`
}

function leftRow({ id, title, verdict, text: why }: ScorecardRow): string {
  return `<tr><td>${text(id)}</td><td>${text(title)}</td><td class="soft">${verdict}</td><td class="soft">${text(why)}</td></tr>`
}
