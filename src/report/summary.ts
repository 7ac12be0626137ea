// The closing text of a run: what passed, what failed and how to run it again, what was skipped and how to enable it,
// how much of the scripts ran, where the reports are.

import { coverageText } from './coverage-text.js'
import { placeOf } from './failure-text.js'
import { paint, type Paint } from './paint.js'
import { duration, oneLine } from './printable.js'
import { skipsOf, type RunReport, type ScenarioReport } from './types.js'

export interface SummaryOptions {
  readonly width?: number
  readonly colour?: boolean
  readonly ascii?: boolean
  /** Paths of what was written: "reports/index.html". */
  readonly reports?: readonly string[]
}

const FAILURES_LISTED = 50

/** The text, ended by a line feed. */
export function summaryText(run: RunReport, options: SummaryOptions = {}): string {
  const paints = paint(options.colour ?? false)
  const parts = [
    failures(run, paints, options.ascii ? 'x' : '✗'),
    skips(run, paints),
    passedOver(run, paints),
    coverageText(run.coverage, options.width ?? 100),
    reports(options.reports ?? []),
    totals(run, paints),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function failures(run: RunReport, paints: Paint, cross: string): string {
  const failed = scenarios(run).filter((scenario) => scenario.status === 'failed')
  if (failed.length === 0) return ''
  const lines = failed.slice(0, FAILURES_LISTED).flatMap((scenario) => failureLines(scenario, paints, cross))
  const more = failed.length - FAILURES_LISTED
  if (more > 0) lines.push(`  and ${more} more`)
  return [paints.red('Failed'), ...lines].join('\n') + '\n'
}

function failureLines(scenario: ScenarioReport, paints: Paint, cross: string): string[] {
  const step = scenario.steps.find((each) => each.status === 'failed')
  const why = step?.failure?.message ?? scenario.findings[0]?.text
  return [
    `  ${paints.red(cross)} ${oneLine(scenario.name)}  ${paints.dim(placeOf(scenario))}`,
    ...(why === undefined ? [] : [`      ${oneLine(why)}`]),
    `      ${paints.bold(oneLine(scenario.replayCommand, 500))}`,
  ]
}

function skips(run: RunReport, paints: Paint): string {
  const counted = skipsOf(run.features)
  if (counted.length === 0) return ''
  const lines = counted.flatMap(({ count, reason, command }) => [
    `  ${String(count).padStart(3)}  ${oneLine(reason)}`,
    ...(command === undefined ? [] : [`       to run them: ${paints.bold(oneLine(command, 500))}`]),
  ])
  return [paints.yellow('Skipped'), ...lines].join('\n') + '\n'
}

/** Steps that another system than the engine could not be asked. */
function passedOver(run: RunReport, paints: Paint): string {
  const count = scenarios(run).reduce((sum, scenario) => sum + scenario.passedOver.length, 0)
  if (count === 0) return ''
  return `${paints.yellow(`${count} step${count === 1 ? '' : 's'} passed over`)} that only the engine can be asked (the page says which)\n`
}

function reports(paths: readonly string[]): string {
  return paths.length === 0 ? '' : `Reports: ${paths.map((path) => oneLine(path)).join(', ')}\n`
}

function totals(run: RunReport, paints: Paint): string {
  const { passed, failed, skipped } = run.totals
  const all = passed + failed + skipped
  const counts = [
    ...(failed > 0 ? [paints.red(`${failed} failed`)] : []),
    paints.green(`${passed} passed`),
    ...(skipped > 0 ? [paints.yellow(`${skipped} skipped`)] : []),
  ]
  const about = `${duration(run.durationMs)}, seed ${run.seed}, profile ${oneLine(run.profile)}`
  return `${all} scenario${all === 1 ? '' : 's'}: ${counts.join(', ')}  ${paints.dim(`(${about})`)}\n`
}

function scenarios(run: RunReport): ScenarioReport[] {
  return run.features.flatMap((feature) => feature.scenarios)
}
