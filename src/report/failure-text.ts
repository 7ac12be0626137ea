// A failed scenario as text: the failing step, expected and actual, the call flow, the seed and the command that
// replays it. The same on a terminal, in a plain log and in JUnit's system-out.

import { ladderText, type TextOptions } from './ladder-text.js'
import { lastArrows } from './messages.js'
import { paint, type Paint } from './paint.js'
import { oneLine, visible } from './printable.js'
import type { ScenarioReport, StepFailure, StepReport } from './types.js'

export interface FailureOptions extends TextOptions {
  readonly colour?: boolean
}

const ARROWS_SHOWN = 60
const LINES_SHOWN = 60
const LINE_CHARACTERS = 400

/** Everything about a failed scenario, ended by a line feed. */
export function failureText(scenario: ScenarioReport, options: FailureOptions = {}): string {
  const paints = paint(options.colour ?? false)
  const cross = options.ascii ? 'x' : '✗'
  const lines = [
    `${paints.red(`${cross} ${paints.bold(oneLine(scenario.name))}`)}  ${paints.dim(placeOf(scenario))}`,
    ...stepLines(scenario.steps, cross, paints),
    ...findingLines(scenario, paints),
    '',
    ...flow(scenario, options),
    `  seed ${scenario.seed}`,
    `  replay: ${paints.bold(oneLine(scenario.replayCommand, 500))}`,
  ]
  return lines.join('\n') + '\n'
}

/** "features/calls.feature:12" */
export function placeOf(scenario: ScenarioReport): string {
  return `${oneLine(scenario.uri)}:${scenario.line}`
}

/** The steps up to the failing one, and what went wrong there. */
function stepLines(steps: readonly StepReport[], cross: string, paints: Paint): string[] {
  const failing = steps.findIndex((step) => step.status === 'failed')
  const shown = failing < 0 ? steps : steps.slice(0, failing + 1)
  return shown.flatMap((step) => {
    const text = `${step.keyword} ${oneLine(step.text)}`
    if (!step.failure) return [paints.dim(`    ${text}`)]
    return [`  ${paints.red(cross)} ${text}`, ...stepFailureLines(step.failure, paints)]
  })
}

/** Message, expected and actual, indented below their step. */
export function stepFailureLines(failure: StepFailure, paints: Paint = paint(false)): string[] {
  return [
    ...blockLines(failure.message).map((line) => `      ${line}`),
    ...labelled('expected', failure.expected, paints.green),
    ...labelled('actual', failure.actual, paints.red),
  ]
}

/** On the label's line when it is one line, else as a block under it. */
function labelled(label: string, text: string | undefined, colour: (text: string) => string): string[] {
  if (text === undefined) return []
  const lines = blockLines(text)
  const head = `      ${`${label}:`.padEnd(10)}`
  if (lines.length === 1) return [head + colour(lines[0] ?? '')]
  return [head.trimEnd(), ...lines.map((line) => `        ${colour(line)}`)]
}

/** Safe lines of a text, not too many and not too long. */
export function blockLines(text: string): string[] {
  const lines = visible(text.trimEnd()).split('\n')
  const shown = lines.slice(0, LINES_SHOWN).map((line) => {
    const more = line.length - LINE_CHARACTERS
    return more > 0 ? `${line.slice(0, LINE_CHARACTERS)}… (${more} more characters)` : line
  })
  return lines.length > LINES_SHOWN ? [...shown, `… (${lines.length - LINES_SHOWN} more lines)`] : shown
}

function findingLines(scenario: ScenarioReport, paints: Paint): string[] {
  return scenario.findings.map(
    (finding) =>
      `  ${paints.yellow('!')} ${oneLine(`${finding.rule} (${finding.clause}): ${finding.text}`, 400)}`,
  )
}

function flow(scenario: ScenarioReport, options: FailureOptions): string[] {
  if (!scenario.ladder || scenario.ladder.arrows.length === 0) return []
  const width = Math.max(40, (options.width ?? 100) - 2)
  const text = ladderText(lastArrows(scenario.ladder, ARROWS_SHOWN), { ...options, width })
  return [
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
    '',
  ]
}
