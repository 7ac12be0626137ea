// The page of a run, self-contained: totals, features and scenarios, and behind each scenario its steps, its call flow
// with the messages, the script lines that ran. Scenario names are in the page, the rest is JSON until it is opened, so
// hundreds of scenarios stay light.

import { coverageTable, tableStyle } from './coverage-table.js'
import { placeOf } from './failure-text.js'
import { indexScript, indexStyle } from './index-page.js'
import { htmlPage, sourceOf } from './page.js'
import { pageLadderFunctions, partiesInSight } from './page-ladder.js'
import { duration, escaped, oneLine, visible } from './printable.js'
import { packScenario, scenarioFunctions } from './scenario-markup.js'
import { pageScript, scriptFunctions, scriptStyle } from './script-markup.js'
import { ladderStyle, pageStyle } from './style.js'
import {
  skipsOf,
  totalsOf,
  type FeatureReport,
  type RunReport,
  type ScenarioReport,
  type Totals,
} from './types.js'

export interface IndexOptions {
  /** Address of the coverage page, relative to this one. */
  readonly coveragePage?: string
  /** Links to other reports: text -> address. */
  readonly links?: Readonly<Record<string, string>>
}

const OPEN_FAILURES_MAX = 8
const FUNCTIONS = [...pageLadderFunctions, ...scriptFunctions, ...scenarioFunctions]

/** The page. */
export function indexHtml(run: RunReport, options: IndexOptions = {}): string {
  const numbered = new Map(
    run.features.flatMap((feature) => feature.scenarios).map((each, index) => [each, index]),
  )
  const scripts = run.coverage.map(({ shape }) => pageScript(shape))
  const scriptNumbers = new Map(run.coverage.map(({ shape }, index) => [shape.file, index]))
  const data: Record<string, unknown> = { scripts }
  for (const [scenario, index] of numbered)
    data[`s${index}`] = packScenario(scenario, (file) => scriptNumbers.get(file))
  const features = run.features.map((feature) =>
    featureMarkup(feature, (scenario) => numbered.get(scenario) ?? 0),
  )
  return htmlPage({
    title: run.title,
    styles: [pageStyle, ladderStyle, scriptStyle, tableStyle, indexStyle],
    body: [
      `<header>${headline(run, options)}</header>`,
      toolbar(run.totals),
      `<main id="features">${features.join('')}<p class="soft nothing" hidden>No scenario matches.</p></main>`,
      ...[skipped(run), covered(run, options), watched(run)],
      '<noscript><p>The details of a scenario are drawn by a script; please allow it to run.</p></noscript>',
    ].join('\n'),
    data,
    script: `${sourceOf(FUNCTIONS)}\n${partiesInSight}${indexScript(OPEN_FAILURES_MAX)}`,
  })
}

function headline(run: RunReport, options: IndexOptions): string {
  const { passed, failed, skipped } = run.totals
  const all = Math.max(1, passed + failed + skipped)
  const share = (count: number, kind: string) =>
    count > 0 ? `<i class="${kind}" style="flex:${Math.max(count / all, 0.012).toFixed(4)}"></i>` : ''
  const tile = (value: string, label: string, kind = '') =>
    `<div class="tile"><b class="number ${kind}">${escaped(oneLine(value))}</b><span>${label}</span></div>`
  const links = Object.entries(options.links ?? {}).map(
    ([text, address]) => `<a href="${escaped(visible(address))}">${escaped(visible(text))}</a>`,
  )
  const verdict =
    failed > 0 ? `${failed} of ${all} scenarios failed` : passed > 0 ? 'All scenarios passed' : 'Nothing ran'
  return (
    `<div class="title"><div><h1>${escaped(visible(run.title))}</h1><p class="soft">${escaped(started(run.startedAt))}` +
    `${links.map((link) => ` · ${link}`).join('')}</p></div>` +
    `<span class="verdict ${failed > 0 ? 'bad' : passed > 0 ? 'good' : 'warn'}">${verdict}</span></div>` +
    `<div class="share" aria-hidden="true">${share(failed, 'bad')}${share(passed, 'good')}${share(skipped, 'warn')}</div>` +
    `<div class="tiles">${tile(String(passed), 'passed', passed > 0 ? 'good' : '')}` +
    `${tile(String(failed), 'failed', failed > 0 ? 'bad' : '')}${tile(String(skipped), 'skipped', skipped > 0 ? 'warn' : '')}` +
    `${tile(duration(run.durationMs), 'duration')}${tile(String(run.seed), 'seed')}${tile(run.profile, 'profile')}` +
    `${tile(run.node, 'Node.js')}</div>`
  )
}

/** "2025-03-01 12:30:05 UTC" from ISO text; anything else as it is. */
function started(iso: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z?)$/.exec(iso)
  return parts ? `${parts[1]} ${parts[2]}${parts[3] ? ' UTC' : ''}` : oneLine(iso)
}

function toolbar(totals: Totals): string {
  const all = totals.passed + totals.failed + totals.skipped
  const button = (status: string, text: string, count: number) =>
    `<button type="button" data-status="${status}" aria-pressed="${status === ''}">${text} <span class="number">${count}</span></button>`
  return (
    `<nav class="toolbar"><input type="search" id="search" placeholder="Search names, tags, files" aria-label="Search">` +
    `<div class="choice" role="group" aria-label="Status">${button('', 'All', all)}${button('failed', 'Failed', totals.failed)}` +
    `${button('passed', 'Passed', totals.passed)}${button('skipped', 'Skipped', totals.skipped)}</div>` +
    `<button type="button" id="fold">Fold all</button></nav>`
  )
}

function featureMarkup(feature: FeatureReport, number: (scenario: ScenarioReport) => number): string {
  const totals = totalsOf([feature])
  const kinds = [
    ['failed', 'bad'],
    ['passed', 'good'],
    ['skipped', 'warn'],
  ] as const
  const pills = kinds.map(([status, kind]) =>
    totals[status] > 0 ? `<span class="pill ${kind}">${totals[status]} ${status}</span>` : '',
  )
  const about = feature.description?.trim()
    ? `<p class="soft about">${escaped(visible(feature.description.trim()))}</p>`
    : ''
  return (
    `<details class="feature card"${totals.failed > 0 ? ' open' : ''}><summary><h2>${escaped(oneLine(feature.name))}</h2>` +
    `<span class="soft code">${escaped(oneLine(feature.uri))}</span><span class="pills">${pills.join(' ')}</span></summary>` +
    `${about}${feature.scenarios.map((scenario) => scenarioRow(scenario, number(scenario))).join('')}</details>`
  )
}

function scenarioRow(scenario: ScenarioReport, number: number): string {
  const tags = scenario.tags.map((tag) => `<span class="pill">${escaped(oneLine(tag))}</span>`).join(' ')
  const failing = scenario.steps.find((step) => step.status === 'failed')?.failure?.message
  const why = scenario.status === 'failed' ? failing : scenario.skip?.reason
  const remark = why ? `<span class="why soft">${escaped(oneLine(why, 160))}</span>` : ''
  return (
    `<details class="scenario ${scenario.status}" id="scenario-${number}" data-status="${scenario.status}" data-number="${number}">` +
    `<summary><i aria-label="${scenario.status}"></i><span class="name">${escaped(oneLine(scenario.name))}${remark}</span>${tags}` +
    `<span class="place code">${escaped(placeOf(scenario).replace(/^.*\//, ''))}</span>` +
    `<span class="took number">${scenario.status === 'skipped' ? '' : duration(scenario.durationMs)}</span></summary>` +
    `<div class="inside"></div></details>`
  )
}

function skipped(run: RunReport): string {
  const rows = skipsOf(run.features).map(({ count, reason, command }) => {
    const how = command ? `<code>${escaped(oneLine(command))}</code>` : ''
    return `<tr><td class="number">${count}</td><td>${escaped(oneLine(reason))}</td><td>${how}</td></tr>`
  })
  if (rows.length === 0) return ''
  return `<section><h2>Skipped, and how to run it</h2><table class="coverage card"><tbody>${rows.join('')}</tbody></table></section>`
}

function covered(run: RunReport, options: IndexOptions): string {
  if (run.coverage.length === 0) return ''
  const table = coverageTable(
    run.coverage,
    options.coveragePage ? `${options.coveragePage}#script-` : undefined,
  )
  return `<section><h2>Routing scripts</h2>${table}</section>`
}

function watched(run: RunReport): string {
  if (run.rulesWatched.length === 0) return ''
  const rules = run.rulesWatched.map((rule) => `<li>${escaped(oneLine(rule))}</li>`).join('')
  const count = run.rulesWatched.length
  return `<section><details class="card rules"><summary>${count} rule${count === 1 ? '' : 's'} watched every scenario</summary><ul>${rules}</ul></details></section>`
}
