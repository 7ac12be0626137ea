// What is seen of a run: the screen on a terminal, a line now and then without one, remarks, the result; and what the
// keyboard and signals say.

import type { Player } from '../sipp-xml/player.js'
import type { PlayerOrder } from '../sipp-xml/player-command.js'
import { progressLine, resultRows, screenText, type ScreenTime } from '../sipp-xml/screen.js'
import type { SippLogs } from './sipp-logs.js'
import type { Settings } from '../lab/sipp/settings.js'
import type { Terminal } from './terminal.js'

const CLEAR = '\x1b[H\x1b[J'
const SCREEN_MS = 1000
const LINE_MS = 10_000
const STATISTICS_MS = 60_000
/** Remarks shown; the rest is in errors.log. */
const REMARKS_MAX = 20
const REMARK_LENGTH_MAX = 600

type Order = (order: PlayerOrder) => void

export class SippShow {
  #remarks = 0
  #last = ''
  #shownAt = 0
  /** Calls made when it was shown last. */
  #shownCalls = 0

  constructor(
    private readonly terminal: Terminal,
    private readonly logs: SippLogs,
    private readonly settings: Settings,
    private readonly isQuiet: boolean,
  ) {}

  /** Begins to show a player; returns what ends that. */
  start(player: Player, place: { remote: string; local: string }, order: Order): () => void {
    const { settings, terminal } = this
    const hasScreen = terminal.isTerminal && !this.isQuiet
    const every = settings.time('f', 1000) ?? (hasScreen ? SCREEN_MS : LINE_MS)
    this.#shownAt = Date.now()
    const draw = (): void => this.#draw(player, place, hasScreen)
    const timers = [
      setInterval(draw, Math.max(100, every)),
      setInterval(() => this.logs.report(player), Math.max(100, settings.time('fd', 1000) ?? STATISTICS_MS)),
    ]
    this.logs.report(player)
    if (hasScreen) draw()
    const forgetSignals = onSignals(order, () => this.logs.screen(player, this.#time(player, place)))
    const forgetKeys = settings.has('nostdin') || !terminal.isTerminal ? undefined : onKeys(player, order)
    return () => {
      timers.forEach(clearInterval)
      forgetSignals()
      forgetKeys?.()
      if (hasScreen) draw()
      this.logs.screen(player, this.#time(player, place))
      this.logs.report(player)
    }
  }

  /** A warning or an error of the player. */
  remark(text: string): void {
    this.#last = text.split('\n')[0]!
    if (this.terminal.isTerminal || ++this.#remarks > REMARKS_MAX) return
    this.terminal.err(`${text.slice(0, REMARK_LENGTH_MAX).trimEnd()}\n`)
    if (this.#remarks === REMARKS_MAX) this.terminal.err('(more remarks are in the file of -trace_err)\n')
  }

  result({ statistics, scenario, exitCode }: Player, json: boolean): void {
    const { total, created, genericCounters, responseTimes, callLengths } = statistics
    if (json) {
      const spans = [...responseTimes, callLengths].map(({ total: { count, mean, deviation, max } }) => ({
        ...{ count, mean, deviation, max },
      }))
      const data = { scenario: scenario.name, exitCode, created, total, genericCounters, spans }
      this.terminal.out(`${JSON.stringify(data, undefined, 2)}\n`)
    } else this.terminal.out(`${resultRows(statistics).join('\n')}\n`)
  }

  #draw(player: Player, place: { remote: string; local: string }, hasScreen: boolean): void {
    if (this.isQuiet) return
    const time = this.#time(player, place)
    this.#shownAt = Date.now()
    this.#shownCalls = player.statistics.created
    if (hasScreen) this.terminal.out(`${CLEAR}${screenText(player, time)}${this.#last}\n`)
    else this.terminal.out(progressLine(player, time))
  }

  #time(player: Player, place: { remote: string; local: string }): ScreenTime {
    const seconds = Math.max(1, Date.now() - this.#shownAt) / 1000
    const callRate = (player.statistics.created - this.#shownCalls) / seconds
    return { elapsedMs: this.logs.elapsedMs, callRate, ...place }
  }
}

/** SIGUSR1 ends it after the last call, SIGINT and SIGTERM at once, SIGUSR2 writes the screen down. */
function onSignals(order: Order, screen: () => void): () => void {
  const handlers = [
    ['SIGUSR1', () => order({ kind: 'quit' })],
    ['SIGINT', () => order({ kind: 'stop' })],
    ['SIGTERM', () => order({ kind: 'stop' })],
    ['SIGUSR2', screen],
  ] as const
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}

const RATE_STEPS: Readonly<Record<string, number>> = { '+': 1, '-': -1, _: -1, '*': 10, '/': -10 }

function onKeys(player: Player, order: Order): () => void {
  const { stdin } = process
  const pressed = (chunk: Buffer): void => {
    for (const key of chunk.toString('latin1')) {
      const step = RATE_STEPS[key]
      if (key === '\x03' || key === 'Q') order({ kind: 'stop' })
      else if (key === 'q') order({ kind: 'quit' })
      else if (key === 'p') order({ kind: 'pause' })
      else if (step !== undefined) order({ kind: 'rate', rate: Math.max(0, player.rate + step) })
    }
  }
  stdin.setRawMode?.(true)
  stdin.on('data', pressed)
  stdin.resume()
  return () => {
    stdin.off('data', pressed)
    stdin.setRawMode?.(false)
    stdin.pause()
  }
}
