// `sipwright ctl moni`: statistics of a running server, again and again; one screen on a terminal, plain lines else.

import { setTimeout as delay } from 'node:timers/promises'
import { UsageError } from '../errors.js'
import { wholeNumber } from './arguments.js'
import type { ControlClient } from './control-client.js'
import type { CtlOptions } from './ctl.js'
import type { Terminal } from './terminal.js'

const PERIOD_S_MAX = 3600
const CYCLES_MAX = 1_000_000_000
/** The screen is written over, and what was longer before is wiped. */
const HOME = '\x1b[H'
const CLEAR = '\x1b[2J'
const WIPE_LINE = '\x1b[K'
const WIPE_BELOW = '\x1b[J'

const PARTS: readonly (readonly [string, string])[] = [
  ['version', ''],
  ['uptime', ''],
  ['t_stats', 'Transaction Statistics'],
  ['sl_stats', 'Stateless Server Statistics'],
  ['ul_stats', 'UsrLoc Stats'],
]

/** Ends with the number of cycles that was asked for, with the server, or by SIGINT. */
export async function monitor(
  client: ControlClient,
  { period, cycles, json }: CtlOptions,
  terminal: Terminal,
): Promise<number> {
  const periodMs = wholeNumber('--period', period, 1, PERIOD_S_MAX) * 1000
  const last = cycles === undefined ? Infinity : wholeNumber('--cycles', cycles, 1, CYCLES_MAX)
  if (terminal.isTerminal && !json) terminal.out(CLEAR)
  for (let cycle = 1; ; cycle++) {
    terminal.out(json ? await jsonCycle(client, cycle) : await screen(client, cycle, terminal.isTerminal))
    if (cycle >= last) return 0
    await delay(periodMs)
  }
}

async function screen(client: ControlClient, cycle: number, isTerminal: boolean): Promise<string> {
  const lines = [`[cycle #: ${cycle}; if constant make sure server lives]`]
  for (const [command, heading] of PARTS) {
    const reply = await client.ask({ command, args: [] })
    // A module that is not loaded has no statistics.
    if (reply.code >= 300) continue
    if (heading !== '') lines.push('', heading)
    lines.push(...reply.lines.map((line) => line.trimEnd()))
  }
  if (lines.length === 1) throw new UsageError('ctl: the server answers nothing.')
  if (!isTerminal) return `${lines.join('\n')}\n\n`
  return `${HOME}${lines.map((line) => `${line}${WIPE_LINE}\n`).join('')}${WIPE_BELOW}`
}

/** One object a line. */
async function jsonCycle(client: ControlClient, cycle: number): Promise<string> {
  const parts: Record<string, readonly string[]> = {}
  for (const [command] of PARTS) {
    const reply = await client.ask({ command, args: [] })
    if (reply.code < 300) parts[command] = reply.lines
  }
  return `${JSON.stringify({ cycle, ...parts })}\n`
}
