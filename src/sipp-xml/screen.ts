// The statistics screen: what a player does at the moment, message by message, as SIPp's users know it; one line of it
// where there is no terminal.

import type { Milliseconds } from '../endpoint.js'
import type { Command, Scenario } from './program.js'
import { clock, durationsText } from './statistics-csv.js'
import type { CommandCounts, Statistics } from './statistics.js'

/** A player, as far as the screen is concerned. */
export interface Screened {
  readonly scenario: Scenario
  readonly statistics: Statistics
  readonly rate: number
  readonly paused: boolean
  readonly quitting: boolean
}

export interface ScreenTime {
  readonly elapsedMs: Milliseconds
  /** Calls a second at the moment. */
  readonly callRate: number
  /** "127.0.0.1:5060 (UDP)" */
  readonly remote: string
  readonly local: string
}

const WIDTH = 80

/** The whole screen. */
export function screenText(player: Screened, time: ScreenTime): string {
  const { scenario, statistics, rate } = player
  const { total } = statistics
  const state = player.quitting ? 'waiting for the last calls' : player.paused ? 'paused' : 'running'
  const rows = [
    line(`Scenario: ${scenario.name || scenario.file} (${scenario.role}, ${state})`),
    `  ${time.local}${time.remote === '' ? '' : ` -> ${time.remote}`}`,
    `  ${clock(time.elapsedMs)}  ${statistics.created} calls made, ${statistics.current} open (most: ${statistics.peak})`,
    `  ${time.callRate.toFixed(1)} calls/s at the moment${scenario.role === 'client' ? `, ${rate} wanted` : ''}`,
    `  ${total.Retransmissions} retransmissions, ${total.OutOfCallMsgs} out of call, ${total.DeadCallMsgs} for dead calls`,
    '',
    `  ${''.padEnd(31)}${['Messages', 'Retrans', 'Timeout', 'Unexpected'].map((word) => word.padStart(11)).join('')}`,
    ...scenario.commands.flatMap((command) => commandRows(command, statistics.commands[command.index]!)),
    '',
    ...resultRows(statistics),
    line(player.quitting || scenario.role === 'server' ? '[q] quit' : '[+-*/] rate  [p] pause  [q] quit'),
  ]
  return rows.map((row) => `${row}\n`).join('')
}

/** What has come of it, for the screen's end and for the end of a run. */
export function resultRows(statistics: Statistics): string[] {
  const { total, shape, responseTimes, callLengths } = statistics
  const rows = [`  Successful calls  ${total.SuccessfulCall}`, `  Failed calls      ${total.FailedCall}`]
  for (const [name, count] of Object.entries(total))
    if (name.startsWith('Failed') && name !== 'FailedCall' && count > 0)
      rows.push(`    ${name.slice(6)}  ${count}`)
  responseTimes.forEach(({ total }, index) =>
    rows.push(`  Response time ${shape.timers[index]}   ${durationsText(total)}`),
  )
  rows.push(`  Call length       ${durationsText(callLengths.total)}`)
  return rows
}

/** One line for a log. */
export function progressLine(
  { statistics, scenario }: Screened,
  { elapsedMs, callRate }: ScreenTime,
): string {
  const { total, created, current } = statistics
  const verb = scenario.role === 'client' ? 'made' : 'taken'
  const calls = `${created} calls ${verb} (${callRate.toFixed(1)}/s), ${current} open`
  return `${clock(elapsedMs)}  ${calls}, ${total.SuccessfulCall} successful, ${total.FailedCall} failed, ${total.Retransmissions} retransmissions\n`
}

function line(text: string): string {
  return `--- ${text} ${'-'.repeat(Math.max(3, WIDTH - text.length - 5))}`
}

function commandRows(command: Command, counts: CommandCounts): string[] {
  if (command.hide) return []
  const cells = [messages(command, counts), counts.repeated, counts.timeouts, counts.unexpected]
  const row = `  ${arrow(command).padEnd(31)}${cells.map((cell) => String(cell).padStart(11)).join('')}`
  return command.crlf ? [row, ''] : [row]
}

function messages({ kind }: Command, counts: CommandCounts): number {
  if (kind === 'pause') return counts.sessions
  return kind === 'send' || kind === 'sendCmd' ? counts.sent : counts.received
}

function arrow(command: Command): string {
  const shown = (text: string): string => (command.display ?? text).slice(0, 16)
  switch (command.kind) {
    case 'send':
      return `${shown(command.method ?? String(command.code)).padStart(16)} ---------->`
    case 'recv':
      return `${shown(command.request ?? command.response ?? '').padStart(16)} <----------${command.optional === 'no' ? '' : ' (opt.)'}`
    case 'pause':
      return `${shown('Pause').padStart(16)} [ waiting ]`
    case 'nop':
      return `${shown('[ NOP ]').padStart(16)}`
    case 'sendCmd':
      return `${shown('[ Sent Cmd ]').padStart(16)} ----------> twin`
    case 'recvCmd':
      return `${shown('[ Recv Cmd ]').padStart(16)} <---------- twin`
  }
}
