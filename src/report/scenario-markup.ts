// A scenario inside the run's page: packed as JSON, turned into markup in the browser when somebody opens it.
// The functions for the browser follow the rule at the head of ladder-rows.ts.

import type { ScriptHits } from './coverage.js'
import { blockLines } from './failure-text.js'
import type { Source } from './ladder-rows.js'
import { packLadder, type PackedLadder } from './page-ladder.js'
import { duration, oneLine, visible } from './printable.js'
import type { ScenarioReport, Status, StepReport } from './types.js'

interface PageFailure {
  readonly message: string
  readonly expected?: string
  readonly actual?: string
}

interface PageStep {
  readonly keyword: string
  readonly text: string
  readonly status: Status
  readonly took: string
  readonly failure?: PageFailure
}

/** A script's number in the page, and what ran of it. */
type PageHits = readonly [number, Pick<ScriptHits, 'lines' | 'arms'>]

export interface PageScenario {
  readonly steps: readonly PageStep[]
  readonly notes: readonly string[]
  readonly rulesOff: readonly (readonly [rule: string, reason: string])[]
  readonly findings: readonly (readonly [rule: string, clause: string, text: string])[]
  readonly skip?: { readonly reason: string; readonly command: string }
  readonly seed: number
  readonly replay: string
  readonly ladder?: PackedLadder
  readonly scripts: readonly PageHits[]
}

/** A scenario's part of the page stays near 15 kB: longer flows and messages are cut, and say so. */
const LIMITS = { arrows: 150, messageOctets: 3000 }

/** What the page keeps of a scenario; `scriptNumber` knows the scripts that the page holds. */
export function packScenario(
  scenario: ScenarioReport,
  scriptNumber: (file: string) => number | undefined,
): PageScenario {
  const { skip, ladder } = scenario
  return {
    steps: scenario.steps.map(packStep),
    notes: scenario.notes.map((note) => oneLine(note)),
    rulesOff: scenario.rulesOff.map(({ rule, reason }) => [oneLine(rule), oneLine(reason)]),
    findings: scenario.findings.map(({ rule, clause, text }) => [
      oneLine(rule),
      oneLine(clause),
      oneLine(text, 1000),
    ]),
    ...(skip ? { skip: { reason: oneLine(skip.reason), command: oneLine(skip.command ?? '') } } : {}),
    seed: scenario.seed,
    replay: oneLine(scenario.replayCommand, 500),
    ...(ladder && ladder.arrows.length > 0 ? { ladder: packLadder(ladder, LIMITS) } : {}),
    scripts: scenario.scripts.flatMap(({ file, lines, arms }): PageHits[] => {
      const number = scriptNumber(file)
      return number === undefined ? [] : [[number, { lines, arms }]]
    }),
  }
}

function packStep(step: StepReport): PageStep {
  const { failure } = step
  const block = (text: string) => blockLines(text).join('\n')
  return {
    ...{ keyword: visible(step.keyword).trim(), text: oneLine(step.text, 400), status: step.status },
    took: step.status === 'skipped' ? '' : duration(step.durationMs),
    ...(failure && {
      failure: {
        message: block(failure.message),
        ...(failure.expected === undefined ? {} : { expected: block(failure.expected) }),
        ...(failure.actual === undefined ? {} : { actual: block(failure.actual) }),
      },
    }),
  }
}

/** In the browser: text that cannot be markup. */
function safe(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
}

/** In the browser: everything of a scenario but the drawing and the scripts' lines, which their places await. */
export function scenarioMarkup(
  scenario: PageScenario,
  scripts: readonly { file: string; executable: number }[],
): string {
  const parts = [remarks(scenario), `<ol class="steps">${scenario.steps.map(stepMarkup).join('')}</ol>`]
  if (scenario.replay) parts.push(commandMarkup('Replay', scenario.replay))
  if (scenario.ladder)
    parts.push(
      '<div class="flow-and-detail"><div class="flow" tabindex="0" aria-label="Call flow"></div>' +
        '<div class="detail" aria-live="polite"></div></div>',
    )
  for (const [number, hits] of scenario.scripts) {
    const script = scripts[number]
    const ran = Object.keys(hits.lines).length
    if (script)
      parts.push(
        `<details class="script-of" data-script="${number}"><summary><span class="code">${safe(script.file)}</span> ` +
          `<span class="soft">${ran} of ${script.executable} lines ran</span></summary><div></div></details>`,
      )
  }
  return parts.join('')
}

function remarks({ skip, findings, rulesOff, notes, seed }: PageScenario): string {
  const parts = findings.map(
    ([rule, clause, text]) =>
      `<p class="remark bad"><b>${safe(rule)}</b> <span class="soft">${safe(clause)}</span><br>${safe(text)}</p>`,
  )
  if (skip) {
    parts.push(`<p class="remark warn">Skipped: ${safe(skip.reason)}</p>`)
    if (skip.command) parts.push(commandMarkup('To run it', skip.command))
  }
  const off = rulesOff.map(
    ([rule, reason]) => `<span class="pill warn" title="${safe(reason)}">rule off: ${safe(rule)}</span>`,
  )
  const noted = notes.map((note) => `<span class="pill">${safe(note)}</span>`)
  const pills = [...noted, ...off, skip ? '' : `<span class="pill">seed ${seed}</span>`].join(' ')
  return `${parts.join('')}<p class="pills">${pills}</p>`
}

function stepMarkup({ status, keyword, text, took, failure }: PageStep): string {
  const told = failure ? failureMarkup(failure) : ''
  return (
    `<li class="${status}"><span class="step"><i aria-label="${status}"></i><span><b>${safe(keyword)}</b> ${safe(text)}</span>` +
    `<span class="took number">${safe(took)}</span></span>${told}</li>`
  )
}

function failureMarkup({ message, expected, actual }: PageFailure): string {
  const pane = (name: string, text: string | undefined) =>
    text === undefined ? '' : `<div class="${name}"><h4>${name}</h4><pre>${safe(text)}</pre></div>`
  const panes = pane('expected', expected) + pane('actual', actual)
  return `<div class="failure"><pre class="why">${safe(message)}</pre>${panes ? `<div class="panes">${panes}</div>` : ''}</div>`
}

function commandMarkup(label: string, command: string): string {
  return (
    `<div class="command"><span class="soft">${label}</span><code>${safe(command)}</code>` +
    `<button type="button" data-copy>Copy</button></div>`
  )
}

/** What a page must hold to call `scenarioMarkup`. */
export const scenarioFunctions: readonly Source[] = [
  ...[safe, scenarioMarkup, remarks, stepMarkup, failureMarkup, commandMarkup],
]
