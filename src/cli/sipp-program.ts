// `sipwright sipp --engine local|docker`: SIPp itself plays, on this machine or in a container on the host's network. Its
// switches go to it as they are; what it writes comes to where it was started; its verdict is one that can be trusted.

import { basename, dirname } from 'node:path'
import { UsageError } from '../errors.js'
import type { SippArguments } from '../lab/sipp/options.js'
import { Settings } from '../lab/sipp/settings.js'
import { loadScenario } from '../lab/sipp/files.js'
import { handedOver } from '../lab/sipp/handed-over.js'
import {
  docker,
  local,
  sipp,
  type SippEvent,
  type SippResult,
  type SippStatistics,
} from '../sipp-wrapper/index.js'
import { runsShell } from '../sipp-xml/named-files.js'
import type { Scenario } from '../sipp-xml/program.js'
import type { OwnOptions } from './sipp.js'
import { subjectOf } from './sipp-subject.js'
import type { Terminal } from './terminal.js'

/** Logs: the switch that wants one, the switch that names it, what it is called while SIPp runs, how SIPp calls it. */
const LOGS = [
  ['trace_err', 'error_file', 'errors.log', 'errors.log'],
  ['trace_msg', 'message_file', 'messages.log', 'messages.log'],
  ['trace_logs', 'log_file', 'logs.log', 'logs.log'],
  ['trace_stat', 'stf', 'statistics.csv', '.csv'],
  ['trace_rtt', '', 'rtt.csv', 'rtt.csv'],
] as const

/** Switches that the run itself gives. */
const OWN: readonly string[] = [
  ...['sf', 'sn', 'i', 'p', 'm', 'nostdin', 'bg', 'fd', 'rtt_freq'],
  ...LOGS.flatMap(([wanted, named]) => [wanted, named]),
]

/** Plays; returns 0 when all calls succeeded, else SIPp's exit code, never 0. Throws a UsageError. */
export async function playProgram(args: SippArguments, own: OwnOptions, terminal: Terminal): Promise<number> {
  const settings = new Settings(args.given)
  const { file, embedded, host } = subjectOf(settings, args.positionals)
  const isLocal = own.engine === 'local'
  const scenario = file === undefined ? undefined : readable(file)
  refuse(own, isLocal && file !== undefined && (scenario === undefined || runsShell(scenario)))
  const folders = [process.cwd(), ...(file === undefined ? [] : [dirname(file)])]
  const port = settings.number('p')
  const address = settings.text('i')
  const calls = settings.number('m')
  const run = await sipp({
    ...handedOver(args.given, scenario, folders, OWN),
    scenario: file ?? embedded!,
    ...{ remote: host, localAddress: address, localPort: port, calls },
    traceMessages: settings.has('trace_msg'),
    statisticsEveryMs: settings.time('fd', 1000),
    backend: isLocal ? local() : docker({ rawSockets: true, onBuild: (text) => terminal.err(text) }),
    logsTo: placesFor(settings, file ?? embedded!),
    onEvent: (event) => tell(event, own, terminal),
  })
  const result = await run.result
  if (own.json) terminal.out(`${JSON.stringify(summaryOf(result), undefined, 2)}\n`)
  else terminal.out(`\n${result.verdict}: ${result.reason}\n`)
  return result.verdict === 'passed' || result.verdict === 'stopped' ? 0 : result.exitCode || 1
}

function refuse({ log, seed, allowExec }: OwnOptions, hasCommands: boolean): void {
  if (log !== undefined || seed !== undefined)
    throw new UsageError('sipp: --log and --seed are for --engine inproc; SIPp has -trace_msg.')
  if (hasCommands && !allowExec)
    throw new UsageError(
      'sipp: the scenario runs commands in a shell (or cannot be read here). Allow it with --allow-exec, or use --engine docker.',
    )
}

/** A scenario that we can read; what we cannot read, SIPp will refuse or play. */
function readable(file: string): Scenario | undefined {
  try {
    return loadScenario(file).scenario
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

/** Where a file that SIPp wrote is wanted; undefined: nowhere. */
function placesFor(settings: Settings, scenario: string): (name: string) => string | undefined {
  const title = basename(scenario, '.xml')
  return (name) => {
    const log = LOGS.find(
      ([, , running]) => name === running || (running === 'rtt.csv' && name.endsWith('_rtt.csv')),
    )
    if (log === undefined) return name
    const [wanted, named, , ending] = log
    if (!settings.has(wanted)) return undefined
    return (named === '' ? undefined : settings.text(named)) ?? `${title}_${process.pid}_${ending}`
  }
}

function tell(event: SippEvent, own: OwnOptions, { out, err, isTerminal }: Terminal): void {
  if (event.kind === 'error') err(`${event.text}\n`)
  if (event.kind === 'statistics' && !own.json)
    out(`${isTerminal ? '\r' : ''}${line(event.statistics)}${isTerminal ? '' : '\n'}`)
}

function line({ elapsedS, created, current, succeeded, failed, retransmissions }: SippStatistics): string {
  const seconds = `${elapsedS.toFixed(0)} s`.padStart(7)
  return `${seconds}  ${created} calls, ${current} open, ${succeeded} succeeded, ${failed} failed, ${retransmissions} repetitions`
}

function summaryOf({ verdict, reason, exitCode, signal, statistics }: SippResult) {
  return { verdict, reason, exitCode, signal, statistics }
}
