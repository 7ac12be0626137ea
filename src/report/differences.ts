// How several systems played the same features: what differs from the first one's run, as a table for people.

import type { Arrow } from './messages.js'
import { oneLine, readable } from './printable.js'
import type { FeatureReport, ScenarioReport } from './types.js'
import { totalsOf } from './types.js'

/** What is not the same in a message that both have. */
export interface MessageChange {
  /** A header, "first line" or "body". */
  readonly what: string
  /** One and the other. */
  readonly text: string
}

export interface MessageDifference {
  /** 'extra': only the other system's run has it. */
  readonly kind: 'changed' | 'missing' | 'extra'
  readonly from: string
  readonly to: string
  readonly label: string
  readonly changes: readonly MessageChange[]
  readonly first: Arrow | undefined
  readonly second: Arrow | undefined
}

export interface ScenarioDifference {
  readonly first: ScenarioReport
  /** The same of the other system; undefined: it was not run. */
  readonly second: ScenarioReport | undefined
  readonly messages: readonly MessageDifference[]
}

/** One system's run. */
export interface SystemRun {
  /** "engine", "kamailio" */
  readonly target: string
  /** With its version. */
  readonly name: string
  readonly features: readonly FeatureReport[]
  /** Where its own report is, relative to the differences. */
  readonly folder: string
}

/** A system beside the first one. */
export interface Compared extends SystemRun {
  readonly differences: readonly ScenarioDifference[]
}

export interface Comparison {
  readonly first: SystemRun
  readonly others: readonly Compared[]
}

/** Did both play it, and came to another verdict? */
export function isOtherVerdict({ first, second }: ScenarioDifference): boolean {
  return (
    second !== undefined &&
    second.status !== 'skipped' &&
    first.status !== 'skipped' &&
    second.status !== first.status
  )
}

/** Must not differ so: another verdict, or other messages where the scenario says that all behave alike. */
export function isWrong(difference: ScenarioDifference): boolean {
  const { first, messages } = difference
  return isOtherVerdict(difference) || (first.alike !== undefined && messages.length > 0)
}

/** Is there anything to show? */
export function isDifferent(difference: ScenarioDifference): boolean {
  return isOtherVerdict(difference) || difference.messages.length > 0
}

/** Is there anything to tell? Also what could not be asked. */
export function hasDetails(difference: ScenarioDifference): boolean {
  return isDifferent(difference) || (difference.second?.passedOver.length ?? 0) > 0
}

/** How a run ended, in a word: "passed", "not applicable (2 steps passed over)". */
export function verdictOf(scenario: ScenarioReport | undefined): string {
  if (scenario === undefined) return 'not run'
  const { status, passedOver } = scenario
  const over = passedOver.length === 0 ? '' : ` (${steps(passedOver.length)} passed over)`
  return (status === 'skipped' ? 'not applicable' : status) + over
}

/** Why it failed or was not applicable; '' when it passed. */
export function reasonOf(scenario: ScenarioReport | undefined): string {
  if (scenario === undefined || scenario.status === 'passed') return ''
  if (scenario.status === 'skipped') return scenario.skip?.reason ?? ''
  const failure = scenario.steps.find(({ status }) => status === 'failed')?.failure
  if (failure === undefined) return ''
  const { message, expected, actual } = failure
  return expected === undefined ? message : `${message}: expected ${expected}, was ${actual}`
}

/** "missing: 183 Session Progress, proxy → Alice" */
function differenceLine({ kind, label, from, to, changes }: MessageDifference): string {
  return oneLine([`${kind}: ${label}, ${from} → ${to}`, ...changes.map(changeLine)].join('; '), LINE_MAX)
}

/** "Reason: (absent) ≠ SIP;cause=200" */
export function changeLine({ what, text }: MessageChange): string {
  return `${what}: ${text}`
}

/** The differences of a scenario, equal ones once: "3 times missing: ...". */
export function differenceLines({ messages }: ScenarioDifference): string[] {
  const counts = new Map<string, number>()
  for (const line of messages.map(differenceLine)) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, count]) => (count > 1 ? `${count} times ${line}` : line))
}

const LINE_MAX = 400

/** Where the two call flows of a scenario are drawn, relative to the differences' page. */
export function pairFile({ first }: ScenarioDifference, { folder }: SystemRun): string {
  const feature = first.uri.replace(/^.*[\\/]/, '').replace(/\.feature$/, '')
  return `differences/${feature.replace(/[^\w.-]/g, '-')}-${first.line}-${folder}.html`
}

/** A sentence a system: "kamailio: 12 of 14 alike, 1 other verdict, 3 not applicable". */
export function sumOf({ target, differences, features }: Compared): string {
  const { passed, failed, skipped } = totalsOf(features)
  const other = differences.filter(isOtherVerdict).length
  const messages = differences.filter((one) => !isOtherVerdict(one) && one.messages.length > 0).length
  return `${target}: ${passed} passed, ${failed} failed, ${skipped} not applicable; ${other} with another verdict, ${messages} with other messages`
}

/** The table, and below it what differs in each scenario. */
export function differencesMarkdown({ first, others }: Comparison): string {
  const scenarios = others[0]?.differences.map((one) => one.first) ?? []
  const head = ['scenario', first.target, ...others.map(({ target }) => target)]
  const rows = scenarios.map((scenario, index) => [
    `${scenario.name} (${scenario.uri}:${scenario.line})`,
    verdictOf(scenario),
    ...others.map(({ differences }) => cell(differences[index]!)),
  ])
  const details = others.flatMap((other) =>
    other.differences
      .filter(hasDetails)
      .flatMap((one) => [
        '',
        `### ${plain(one.first.name)}: ${other.target}`,
        '',
        ...[reasonOf(one.first), reasonOf(one.second)].filter(Boolean).map((reason) => `- ${plain(reason)}`),
        ...differenceLines(one).map((line) => `- ${plain(line)}`),
        ...(one.second?.passedOver ?? []).map((step) => `- passed over: ${plain(step)}`),
        ...(isDifferent(one) ? [`- [both call flows](${pairFile(one, other)})`] : []),
      ]),
  )
  return [
    `# ${[first, ...others].map(({ name }) => plain(name)).join(' and ')}`,
    '',
    ...others.map((other) => `${sumOf(other)}.`),
    '',
    ...[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(plain).join(' | ')} |`),
    ...details,
    '',
  ].join('\n')
}

function cell(difference: ScenarioDifference): string {
  const { messages, second } = difference
  const mark = isOtherVerdict(difference) ? '**otherwise**: ' : ''
  return mark + verdictOf(second) + (messages.length > 0 ? `, ${differing(messages.length)}` : '')
}

/** One line of a table or list. */
function plain(text: string): string {
  return oneLine(readable(text), LINE_MAX).replace(/\|/g, '\\|')
}

/** "3 messages differ" */
export function differing(count: number): string {
  return count === 1 ? '1 message differs' : `${count} messages differ`
}

function steps(count: number): string {
  return count === 1 ? '1 step' : `${count} steps`
}
