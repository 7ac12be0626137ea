// Live progress of a run. On a terminal one line that is drawn over and over, elsewhere plain lines; failures are
// printed in full as they happen. It holds no clock and no stream: both are given.

import { failureText } from './failure-text.js'
import { paint, type Paint } from './paint.js'
import { columnsOf, duration, fitted, oneLine } from './printable.js'
import type { FeatureReport, ScenarioReport, Totals } from './types.js'

export interface ProgressOptions {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  readonly width: number
  /** Milliseconds of any steady clock. */
  readonly now: () => number
  /** How many features will run. */
  readonly features: number
  readonly colour?: boolean
  readonly ascii?: boolean
}

/** The line is drawn at most so often. */
const REDRAW_MS = 80
const CLEAR_LINE = '\r\x1b[2K'

export class Progress {
  readonly #options: ProgressOptions
  readonly #paint: Paint
  readonly #startedAt: number
  readonly #totals: { -readonly [status in keyof Totals]: number } = { passed: 0, failed: 0, skipped: 0 }
  #features = 0
  #current = ''
  #drawnAt = -Infinity
  #drawn = false

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#paint = paint(options.colour ?? options.isTerminal)
    this.#startedAt = options.now()
  }

  scenarioStarted(name: string): void {
    this.#current = oneLine(name)
    this.#draw(false)
  }

  /** A failure is printed at once. */
  scenarioEnded(scenario: ScenarioReport): void {
    this.#totals[scenario.status]++
    if (scenario.status === 'failed') this.#print(failureText(scenario, this.#failureOptions) + '\n')
    this.#draw(scenario.status === 'failed')
  }

  /** Without a terminal this prints the feature's line. */
  featureEnded(feature: FeatureReport): void {
    this.#features++
    if (!this.#options.isTerminal) this.#print(this.#featureLine(feature))
    this.#draw(false)
  }

  /** The line goes away; what follows is the summary's. */
  ended(): void {
    if (this.#drawn) this.#options.write(CLEAR_LINE)
    this.#drawn = false
  }

  get #failureOptions() {
    const { width, ascii = false } = this.#options
    return { width, ascii, colour: this.#options.colour ?? this.#options.isTerminal }
  }

  #print(text: string): void {
    this.ended()
    this.#options.write(text)
  }

  #featureLine(feature: FeatureReport): string {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    let milliseconds = 0
    for (const scenario of feature.scenarios) {
      counts[scenario.status]++
      milliseconds += scenario.durationMs
    }
    const word = counts.failed > 0 ? 'FAILED' : counts.passed > 0 ? 'ok' : 'skipped'
    const parts = Object.entries(counts).filter(([, count]) => count > 0)
    const told = parts.map(([status, count]) => `${count} ${status}`).join(', ') || 'empty'
    return `${word.padEnd(7)} ${oneLine(feature.name)} (${told}, ${duration(milliseconds)})\n`
  }

  #draw(force: boolean): void {
    const { isTerminal, write, now } = this.#options
    if (!isTerminal || (!force && now() - this.#drawnAt < REDRAW_MS)) return
    this.#drawnAt = now()
    this.#drawn = true
    write(CLEAR_LINE + this.#line())
  }

  /** Never as wide as the terminal: a line that wraps cannot be drawn over. */
  #line(): string {
    const { width, features, ascii, now } = this.#options
    const { passed, failed, skipped } = this.#totals
    const share = features > 0 ? Math.min(1, this.#features / features) : 0
    const cells = Math.round(share * 16)
    const [full, empty] = ascii ? ['#', '-'] : ['━', '─']
    const counts = [
      { text: `${this.#features}/${features} features`, colour: this.#paint.dim },
      { text: `${passed} passed`, colour: this.#paint.green },
      ...(failed > 0 ? [{ text: `${failed} failed`, colour: this.#paint.red }] : []),
      ...(skipped > 0 ? [{ text: `${skipped} skipped`, colour: this.#paint.yellow }] : []),
      { text: duration(now() - this.#startedAt), colour: this.#paint.dim },
    ]
    const bar = this.#paint.green(full.repeat(cells)) + this.#paint.dim(empty.repeat(16 - cells))
    const plain = counts.map(({ text }) => text).join('  ')
    const room = width - 1 - 18 - columnsOf(plain) - 2
    if (room < 0) return fitted(plain, Math.max(1, width - 1))
    const told = counts.map(({ text, colour }) => colour(text)).join('  ')
    const name = room >= 8 ? `  ${fitted(this.#current, room, ascii ? '~' : '…')}` : ''
    return `${bar}  ${told}${name}`
  }
}
