// The events of one run as lines for people: line number, source text, value, indented by route. A value that comes
// at once stands on the line of its statement, one that comes later (a call inside a condition, a route) below it.

import type { TraceEvent } from '../endpoint.js'
import type { Paint } from '../report/paint.js'
import { oneLine, readable } from '../report/printable.js'

const TEXT_COLUMNS = 48
const TEXT_CHARACTERS_MAX = 160
const LEVELS = ['alert', 'critical', 'error', 'default', 'warning', 'notice', 'info', 'debug'] as const

/** The word for SER's log level: -3 alert .. 4 debug. */
export function levelWord(level: number): string {
  return LEVELS[Math.max(-3, Math.min(4, level)) + 3]!
}

interface Pending {
  readonly line: number
  readonly text: string
}

/** Takes events one after the other; `print` gets whole lines. */
export class TraceLines {
  #depth = 0
  #pending: Pending | undefined

  constructor(
    private readonly print: (line: string) => void,
    private readonly paints: Paint,
  ) {}

  take(event: TraceEvent): void {
    switch (event.kind) {
      case 'route':
        return this.#route(event)
      case 'line':
        this.flush()
        this.#pending = { line: event.line, text: event.text.replace(/^if (?!\()(.*)$/s, 'if ($1)') }
        return
      case 'result':
        return this.#result(event)
      case 'arm':
        return this.#value(event.line, '', event.taken ? 'true' : 'false')
      case 'log':
        // Said by the drop event already.
        if (event.text.startsWith('dropped: ')) return
        return this.#remark(`log ${levelWord(event.level)}: ${oneLine(event.text, TEXT_CHARACTERS_MAX)}`)
      case 'drop':
        return this.#remark(`dropped: ${event.reason}`)
      case 'failure':
        return this.#remark(`${event.route} runs for ${event.status} of branch ${event.branch}`)
      default:
    }
  }

  /** Prints a statement that has no value yet. */
  flush(): void {
    if (this.#pending === undefined) return
    const { line, text } = this.#pending
    this.#pending = undefined
    this.print(this.#left(String(line), text))
  }

  #route({ route, enter, value }: Extract<TraceEvent, { kind: 'route' }>): void {
    this.flush()
    if (enter) this.print(this.#left('', `${this.paints.bold(route)} {`))
    this.#depth += enter ? 1 : -1
    if (!enter) this.print(this.#left('', `} ${this.paints.dim(`= ${value}`)}`))
  }

  #result({ line, call, value, uri }: Extract<TraceEvent, { kind: 'result' }>): void {
    const changed = uri === undefined ? '' : `   uri ${this.paints.green(readable(uri))}`
    const { dim, yellow } = this.paints
    const shown = value > 0 ? dim(`= ${value}`) : yellow(`= ${value}${value === 0 ? ' (stop)' : ''}`)
    if (this.#pending?.line === line && this.#pending.text === call) this.#value(line, call, shown + changed)
    else {
      this.flush()
      this.print(this.#left('', `  ${oneLine(call, TEXT_CHARACTERS_MAX)}`, shown + changed))
    }
  }

  /** A value beside its statement while that is the last line, else on a line of its own. */
  #value(line: number, call: string, value: string): void {
    const pending = this.#pending
    this.#pending = undefined
    if (pending?.line === line) this.print(this.#left(String(line), pending.text, value))
    else this.print(this.#left(String(line), call, value))
  }

  #remark(text: string): void {
    this.flush()
    this.print(this.#left('', `  ${this.paints.yellow(text)}`))
  }

  #left(line: string, text: string, value = ''): string {
    const shown = '  '.repeat(this.#depth) + (text.includes('\x1b') ? text : readable(text))
    return `${line.padStart(5)}  ${value === '' ? shown : `${shown.padEnd(TEXT_COLUMNS)} ${value}`}`.trimEnd()
  }
}
