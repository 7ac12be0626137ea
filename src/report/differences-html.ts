// The page of several systems that played the same features: a table, each cell's word in its colour, and behind each
// scenario that differs what differs, with a link to both call flows side by side.

import {
  changeLine,
  differenceLines,
  differing,
  hasDetails,
  isDifferent,
  isOtherVerdict,
  pairFile,
  reasonOf,
  sumOf,
  verdictOf,
  type Compared,
  type Comparison,
  type MessageDifference,
  type ScenarioDifference,
} from './differences.js'
import { ladderPairHtml } from './ladder-pair-html.js'
import { htmlPage } from './page.js'
import { escaped, visible } from './printable.js'
import { pageStyle } from './style.js'
import type { ScenarioReport, Status } from './types.js'

const style = `
main{max-width:1180px;margin:0 auto;padding:32px 20px}
.table{overflow-x:auto;padding:6px 14px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 10px;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:620}td.passed{color:var(--good)}td.failed{color:var(--bad)}td.skipped{color:var(--faint)}
td.otherwise{background:var(--bad-soft)}td.messages{background:var(--warn-soft)}
td small{display:block;color:var(--soft)}
h2{margin:26px 0 8px}
section{padding:14px 18px;margin:16px 0}section h3{margin:0 0 6px}li{margin:3px 0;overflow-wrap:anywhere}
`

/** The page. */
export function differencesHtml(comparison: Comparison): string {
  const { first, others } = comparison
  const scenarios = others[0]?.differences.map((one) => one.first) ?? []
  const rows = scenarios.map(
    (scenario, index) =>
      `<tr><td>${text(scenario.name)}<small>${text(`${scenario.uri}:${scenario.line}`)}</small></td>` +
      `<td class="${scenario.status}">${text(verdictOf(scenario))}</td>` +
      `${others.map((other) => cell(other, other.differences[index]!)).join('')}</tr>`,
  )
  const head = [first, ...others].map(
    ({ target, folder }) => `<th><a href="${escaped(folder)}/index.html">${text(target)}</a></th>`,
  )
  const details = others.flatMap((other) =>
    other.differences.filter(hasDetails).map((one) => detail(other, one)),
  )
  const title = [first, ...others].map(({ target }) => target).join(' and ')
  const body = `<main><h1>${text(title)}</h1>
<p class="soft">${[first, ...others].map(({ name }) => text(name)).join(' · ')}</p>
${others.map((other) => `<p>${text(sumOf(other))}.</p>`).join('')}
<div class="card table"><table><tr><th>scenario</th>${head.join('')}</tr>${rows.join('')}</table></div>
${details.length > 0 ? `<h2>What differs</h2>${details.join('\n')}` : ''}</main>`
  return htmlPage({ title, styles: [pageStyle, style], body })
}

function cell(other: Compared, difference: ScenarioDifference): string {
  const { second, messages } = difference
  const status: Status = second?.status ?? 'skipped'
  const mark = isOtherVerdict(difference) ? 'otherwise' : messages.length > 0 ? 'messages' : ''
  const said = messages.length > 0 ? differing(messages.length) : reasonOf(second)
  const small = said === '' ? '' : `<small>${text(said)}</small>`
  const word = hasDetails(difference)
    ? `<a href="#${anchor(other, difference)}">${text(verdictOf(second))}</a>`
    : text(verdictOf(second))
  return `<td class="${status} ${mark}">${word}${small}</td>`
}

function detail(other: Compared, difference: ScenarioDifference): string {
  const { first, second } = difference
  const lines = [
    ...[first, second].flatMap((scenario) => failureLine(scenario)),
    ...differenceLines(difference),
    ...(second?.passedOver ?? []).map((step) => `passed over: ${step}`),
  ]
  return `<section class="card" id="${anchor(other, difference)}"><h3>${text(first.name)}: ${text(other.target)}</h3>
<ul>${lines.map((line) => `<li>${text(line)}</li>`).join('')}</ul>
${isDifferent(difference) ? `<a href="${escaped(pairFile(difference, other))}">Both call flows side by side</a>` : ''}</section>`
}

function failureLine(scenario: ScenarioReport | undefined): string[] {
  const reason = reasonOf(scenario)
  return scenario?.status === 'failed' && reason !== '' ? [reason] : []
}

/** The two call flows of a scenario that differs; undefined when one of them has none. */
export function differencePage(
  comparison: Comparison,
  other: Compared,
  difference: ScenarioDifference,
): string | undefined {
  const { first, second, messages } = difference
  if (first.ladder === undefined || second?.ladder === undefined) return undefined
  const changed = new Map<unknown, MessageDifference>(messages.map((one) => [one.first, one]))
  return ladderPairHtml(first.ladder, second.ladder, {
    title: first.name,
    summary: `${verdictOf(first)} and ${verdictOf(second)}; ${differing(messages.length)}`,
    titles: [comparison.first.target, other.target],
    changesOf: (arrow) => (changed.get(arrow)?.changes ?? []).map(changeLine),
  })
}

function anchor({ folder }: Compared, { first }: ScenarioDifference): string {
  return `${folder}-${first.line}-${first.uri.replace(/[^\w-]/g, '-')}`
}

function text(value: string): string {
  return escaped(visible(value))
}
