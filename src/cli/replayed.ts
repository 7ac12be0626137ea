// The result of a replay for people and machines: text with a diff, a page, JUnit, JSON.

import type { LogEntry, WireEntry } from '../driver.js'
import { wiresOf } from '../lab/capture.js'
import { SERVER, type ReplayOptions, type ReplayResult } from '../lab/capture-replay.js'
import type { Change, Difference } from '../pcap/compare.js'
import { addressText } from '../pcap/message.js'
import { junitXml } from '../report/junit.js'
import { ladderPairHtml } from '../report/ladder-pair-html.js'
import { ladderPairText } from '../report/ladder-pair-text.js'
import { ladderOf, type Arrow, type Ladder } from '../report/messages.js'
import { oneLine, readable } from '../report/printable.js'
import type { ScenarioReport } from '../report/types.js'
import type { ReplayValues } from './replay-options.js'
import type { Terminal } from './terminal.js'

const DIFFERENCES_SHOWN_MAX = 50

/** A result with what was asked. */
export interface Reported {
  readonly options: ReplayOptions
  readonly values: ReplayValues
  readonly file: string
}

/** Does anything differ? */
export function isOtherwise({ differences }: ReplayResult): boolean {
  return differences.length > 0
}

/** What was compared and what differs, header by header. */
export function differencesText(result: ReplayResult, reported: Reported, terminal: Terminal): string {
  // Of many calls played at once each differs in the same way.
  const counts = new Map<string, { readonly first: Difference; count: number }>()
  for (const difference of result.differences) {
    const key = differenceText({ ...difference, at: 0 })
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { first: difference, count: 1 })
    else known.count++
  }
  const shown = [...counts.values()]
    .slice(0, DIFFERENCES_SHOWN_MAX)
    .map(({ first, count }) => `${count > 1 ? `${count} times ` : ''}${differenceText(first)}`)
  if (counts.size > shown.length) shown.push(`... and ${counts.size - shown.length} more`)
  const pair =
    reported.values['side-by-side'] === true ? `\n${pairText(result, reported, terminal.width)}` : ''
  return [...shown, pair, summary(result)]
    .filter(Boolean)
    .map((text) => `${text}\n`)
    .join('')
}

function summary({ compared, beyond, differences, sent, unsent }: ReplayResult): string {
  const count = (kind: Difference['kind']): number => differences.filter((one) => one.kind === kind).length
  const [changed, missing, extra] = [count('changed'), count('missing'), count('extra')]
  const said =
    differences.length === 0 ? 'no difference' : `${changed} changed, ${missing} missing, ${extra} extra`
  const left = unsent > 0 ? `, ${unsent} could not be sent` : ''
  const later = beyond > 0 ? `, ${beyond} came when the capture was over` : ''
  return `${said}: ${compared} messages compared, ${sent} sent${left}${later}`
}

function differenceText({ kind, party, message, at, changes, came }: Difference): string {
  const head = `${kind}: ${shown(message)} at ${party}, ${(at / 1000).toFixed(3)} s`
  if (kind === 'extra') return [head, ...lines(came ?? '').map((line) => `  + ${line}`)].join('\n')
  return [head, ...changes.flatMap(changeLines)].join('\n')
}

function changeLines({ what, recorded, came }: Change): string[] {
  const [one, two] = [recorded.flatMap(lines), came.flatMap(lines)]
  return [
    `  ${what}`,
    ...(one.length === 0
      ? ['    - (absent)']
      : one.filter((line) => !two.includes(line)).map((line) => `    - ${line}`)),
    ...(two.length === 0
      ? ['    + (absent)']
      : two.filter((line) => !one.includes(line)).map((line) => `    + ${line}`)),
  ]
}

function lines(text: string): string[] {
  return readable(text).replace(/\n+$/, '').split('\n')
}

function shown(text: string): string {
  return oneLine(readable(text), 80)
}

// ---- side by side ----

/** The recording and the run with the same names for the same parties. */
function ladders({ log, plan }: ReplayResult, { options }: Reported): [Ladder, Ladder] {
  const servers = new Set(options.servers.map(addressText))
  const name = (text: string): string => (servers.has(text) ? SERVER : text)
  const named = (wire: WireEntry): WireEntry => ({
    ...wire,
    from: name(wire.from ?? addressText(wire.source)),
    to: name(wire.to ?? addressText(wire.target)),
  })
  const played = new Set(plan.parties.map(({ address }) => addressText(address)))
  const isPlayed = ({ from = '', to = '' }: WireEntry): boolean => played.has(from) || played.has(to)
  const recorded = wiresOf(options.messages).map(named).filter(isPlayed)
  const run = log.filter((entry: LogEntry) => entry.kind === 'wire').map((wire) => inRun(wire, played))
  const order = [...new Set(recorded.flatMap(({ from = '', to = '' }) => [from, to]))]
  return [ladderOf(recorded, order), ladderOf(run, order)]
}

/** On real sockets the server is nobody's endpoint. */
function inRun(wire: WireEntry, played: ReadonlySet<string>): WireEntry {
  const name = (party: string | undefined): string =>
    party !== undefined && played.has(party) ? party : SERVER
  return wire.from === SERVER || wire.to === SERVER
    ? wire
    : { ...wire, from: name(wire.from), to: name(wire.to) }
}

function changesBy({ differences }: ReplayResult): (one: Arrow, two: Arrow) => string[] {
  return (one) =>
    differences
      .filter(({ kind, recorded }) => kind === 'changed' && recorded === one.bytes)
      .slice(0, 1)
      .flatMap(({ changes }) => changes.flatMap(changeLines))
}

function pairText(result: ReplayResult, reported: Reported, width: number): string {
  const [one, two] = ladders(result, reported)
  const changes = changesBy(result)
  const isChanged = (left: Arrow, right: Arrow): boolean => changes(left, right).length > 0
  return ladderPairText(one, two, { width, isChanged, titles: ['recorded', 'replayed'] })
}

/** Both call flows beside each other, as a page. */
export function replayHtml(result: ReplayResult, reported: Reported): string {
  const [one, two] = ladders(result, reported)
  return ladderPairHtml(one, two, {
    title: `Replay of ${reported.file}`,
    summary: summary(result),
    titles: ['recorded', 'replayed'],
    changesOf: changesBy(result),
  })
}

// ---- for machines ----

/** The differences and the counts. */
export function replayJson({ compared, beyond, differences, sent, unsent }: ReplayResult): string {
  const result =
    differences.length === 0 ? 'none' : [...new Set(differences.map(({ kind }) => kind))].join(', ')
  return `${JSON.stringify({ result, compared, beyond, sent, unsent, differences }, null, 2)}\n`
}

/** A case a party; its differences are what failed. */
export function replayJunit(result: ReplayResult, { file, options, values }: Reported): string {
  const scenarios = result.plan.parties.map(({ address }): ScenarioReport => {
    const own = result.differences.filter(({ party }) => party === addressText(address))
    const steps = own.map((difference) => ({
      ...{
        keyword: 'Then',
        text: `${difference.kind} ${shown(difference.message)}`,
        status: 'failed' as const,
        durationMs: 0,
      },
      failure: { message: differenceText(difference) },
    }))
    return {
      ...{ name: `what ${addressText(address)} gets`, tags: [], uri: file, line: 1, durationMs: 0, steps },
      ...{
        status: own.length > 0 ? 'failed' : 'passed',
        seed: options.seed,
        rulesOff: [],
        findings: [],
        notes: [],
        passedOver: [],
        proxies: [],
      },
      ...{ replayCommand: `sipwright replay ${file}`, scripts: [] },
    }
  })
  const failed = scenarios.filter(({ status }) => status === 'failed').length
  return junitXml({
    ...{
      title: 'Sipwright replay',
      startedAt: new Date(options.messages[0]?.at ?? 0).toISOString(),
      durationMs: 0,
    },
    ...{ node: process.version, profile: values.profile, seed: options.seed, coverage: [], rulesWatched: [] },
    totals: { passed: scenarios.length - failed, failed, skipped: 0 },
    features: [{ name: `replay of ${file}`, uri: file, scenarios }],
  })
}
