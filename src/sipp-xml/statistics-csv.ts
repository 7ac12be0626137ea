// SIPp's statistics files: the columns of -trace_stat, -trace_counts and -trace_rtt, under SIPp's names and in SIPp's
// order, so that what reads the one reads the other.

import type { Milliseconds } from '../endpoint.js'
import type { Command, Scenario } from './program.js'
import { FAILURES, type CountedEvent, type Durations, type Spans, type Statistics } from './statistics.js'

/** What a row is made at. */
export interface ReportTime {
  /** SIPp's stamps: date, time and seconds, tabs between. */
  readonly start: string
  readonly lastReset: string
  readonly now: string
  readonly elapsedMs: Milliseconds
  readonly periodMs: Milliseconds
  readonly targetRate: number
}

const BOTH: readonly CountedEvent[] = ['SuccessfulCall', 'FailedCall', ...FAILURES]
const AFTERWARDS: readonly CountedEvent[] = [
  'OutOfCallMsgs',
  'DeadCallMsgs',
  'Retransmissions',
  'AutoAnswered',
  'Warnings',
  'FatalErrors',
]

const both = (name: string): string[] => [`${name}(P)`, `${name}(C)`]

/** The columns, as far as they do not depend on the scenario. */
export function statisticsHead({ shape, genericCounters }: Statistics, delimiter = ';'): string {
  const columns = [
    'StartTime',
    'LastResetTime',
    'CurrentTime',
    ...both('ElapsedTime'),
    'TargetRate',
    ...both('CallRate'),
  ]
  columns.push(...both('IncomingCall'), ...both('OutgoingCall'), 'TotalCallCreated', 'CurrentCall')
  for (const name of [...BOTH, ...AFTERWARDS, 'WatchdogMajor', 'WatchdogMinor']) columns.push(...both(name))
  for (const timer of shape.timers)
    columns.push(...both(`ResponseTime${timer}`), ...both(`ResponseTime${timer}StDev`))
  columns.push(...both('CallLength'), ...both('CallLengthStDev'))
  genericCounters.forEach((_, index) => columns.push(...both(shape.counters[index]!)))
  for (const timer of shape.timers)
    columns.push(...histogramHead(`ResponseTimeRepartition${timer}`, shape.responseTimes))
  columns.push(...histogramHead('CallLengthRepartition', shape.callLengths))
  return `${columns.join(delimiter)}${delimiter}\n`
}

function histogramHead(name: string, edges: readonly number[]): string[] {
  if (edges.length === 0) return []
  return [name, ...edges.map((edge) => `${name}_<${edge}`), `${name}_>=${edges.at(-1)}`]
}

/** A row; the period's counters are not reset here. */
export function statisticsRow(statistics: Statistics, time: ReportTime, delimiter = ';'): string {
  const { total, period, created, current, shape } = statistics
  const made = (counts: typeof total): number => counts.IncomingCall + counts.OutgoingCall
  const rate = (calls: number, ms: Milliseconds): string => number(ms <= 0 ? 0 : (calls * 1000) / ms)
  const columns = [time.start, time.lastReset, time.now, clock(time.periodMs), clock(time.elapsedMs)]
  columns.push(number(time.targetRate), rate(made(period), time.periodMs), rate(made(total), time.elapsedMs))
  const counts = (name: CountedEvent): void => void columns.push(String(period[name]), String(total[name]))
  counts('IncomingCall')
  counts('OutgoingCall')
  columns.push(String(created), String(current))
  BOTH.forEach(counts)
  AFTERWARDS.forEach(counts)
  // The watchdog watches SIPp's own event loop: here there is none.
  columns.push('0', '0', '0', '0')
  const spans = [...statistics.responseTimes, statistics.callLengths]
  for (const { period, total } of spans)
    columns.push(...[period.mean, total.mean, period.deviation, total.deviation].map(longClock))
  for (const count of statistics.genericCounters) columns.push(String(count), String(count))
  statistics.responseTimes.forEach((span) => columns.push(...histogram(span, shape.responseTimes)))
  columns.push(...histogram(statistics.callLengths, shape.callLengths))
  return `${columns.join(delimiter)}${delimiter}\n`
}

function histogram({ total }: Spans, edges: readonly number[]): string[] {
  return edges.length === 0 ? [] : ['', ...total.histogram.map(String)]
}

/** As C++ streams print doubles: six significant digits. */
function number(value: number): string {
  return String(Number(value.toPrecision(6)))
}

const two = (value: number): string => String(value).padStart(2, '0')

/** "00:00:10" */
export function clock(ms: Milliseconds): string {
  const seconds = Math.floor(ms / 1000)
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** "00:00:10:250000" */
export function longClock(ms: Milliseconds): string {
  return `${clock(ms)}:${String(Math.floor(ms % 1000)).padStart(3, '0')}000`
}

// ---- -trace_counts ----

/** The columns of a command: its name and what is counted of it. */
function countColumns(command: Command): readonly [name: string, columns: readonly string[]] {
  switch (command.kind) {
    case 'send': {
      const name = command.method ?? String(command.code)
      return [name, command.retransMs > 0 ? ['Sent', 'Retrans', 'Timeout'] : ['Sent', 'Retrans']]
    }
    case 'recv':
      return [command.request ?? command.response ?? '', ['Recv', 'Retrans', 'Timeout', 'Unexp']]
    case 'pause':
      return ['Pause', ['Sessions', 'Unexp']]
    case 'nop':
      return ['Nop', []]
    case 'sendCmd':
      return ['SendCmd', ['Sent']]
    case 'recvCmd':
      return ['RecvCmd', ['Recv']]
  }
}

export function countsHead({ commands }: Scenario, delimiter = ';'): string {
  const columns = ['CurrentTime', 'ElapsedTime']
  for (const command of commands) {
    const [name, parts] = countColumns(command)
    columns.push(...parts.map((part) => `${command.index}_${name}_${part}`))
  }
  return `${columns.join(delimiter)}${delimiter}\n`
}

export function countsRow(
  scenario: Scenario,
  statistics: Statistics,
  time: ReportTime,
  delimiter = ';',
): string {
  const columns = [time.now, longClock(time.elapsedMs)]
  for (const command of scenario.commands) {
    const counts = statistics.commands[command.index]!
    const values: Readonly<Record<string, number>> = {
      Sent: counts.sent,
      Recv: counts.received,
      Retrans: counts.repeated,
      Timeout: counts.timeouts,
      Unexp: counts.unexpected,
      Sessions: counts.sessions,
    }
    for (const part of countColumns(command)[1]) columns.push(String(values[part]))
  }
  return `${columns.join(delimiter)}${delimiter}\n`
}

/** Mean and spread in words, for the end of a run. */
export function durationsText({ count, mean, deviation, max }: Durations): string {
  if (count === 0) return 'none measured'
  const ms = (value: number): string => `${Math.round(value * 100) / 100} ms`
  return `${ms(mean)} in the mean, ${ms(deviation)} spread, ${ms(max)} at most (${count})`
}
