// The files that a run writes, as SIPp writes them: messages, errors, logs, statistics, counts, the screen.

import { closeSync, openSync, writeSync } from 'node:fs'
import type { TraceEvent } from '../endpoint.js'
import type { WireEntry } from '../driver.js'
import { UsageError } from '../errors.js'
import { ERRORS_HEAD, errorEntry, messageEntry, remarkEntry, shortEntry } from '../sipp-xml/log-text.js'
import type { Player } from '../sipp-xml/player.js'
import { screenText, type ScreenTime } from '../sipp-xml/screen.js'
import {
  countsHead,
  countsRow,
  statisticsHead,
  statisticsRow,
  type ReportTime,
} from '../sipp-xml/statistics-csv.js'
import { CHANNEL_LEVELS } from '../sipp-xml/world.js'
import { logLine } from './log-file.js'
import type { Settings } from '../lab/sipp/settings.js'

/** A file that is made when the first text comes. */
class LazyFile {
  #descriptor: number | undefined

  constructor(
    private readonly path: string,
    private readonly head = '',
  ) {}

  write(text: string): void {
    try {
      if (this.#descriptor === undefined) {
        this.#descriptor = openSync(this.path, 'w')
        writeSync(this.#descriptor, this.head, null, 'latin1')
      }
      writeSync(this.#descriptor, text, null, 'latin1')
    } catch (error) {
      throw new UsageError(`${this.path} cannot be written: ${(error as Error).message}`)
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
  }
}

type FileName = 'messages' | 'short' | 'errors' | 'logs' | 'statistics' | 'counts' | 'screen' | 'run'

/** Which switch asks for a file, which names it, and what it is called otherwise. */
const FILES: Readonly<
  Record<Exclude<FileName, 'run'>, readonly [asks: string, names: string, ending: string]>
> = {
  messages: ['trace_msg', 'message_file', 'messages.log'],
  short: ['trace_shortmsg', 'shortmessage_file', 'shortmessages.log'],
  errors: ['trace_err', 'error_file', 'errors.log'],
  logs: ['trace_logs', 'log_file', 'logs.log'],
  statistics: ['trace_stat', 'stf', '.csv'],
  counts: ['trace_counts', '', 'counts.csv'],
  screen: ['trace_screen', 'screen_file', 'screen.log'],
}

export class SippLogs {
  readonly #files = new Map<FileName, LazyFile>()
  readonly #delimiter: string
  readonly #startedAt = Date.now()
  #lastReset = this.#startedAt

  constructor(settings: Settings, scenario: string, runLog: string | undefined) {
    this.#delimiter = settings.text('stat_delimiter') ?? ';'
    for (const [name, [asks, names, ending]] of Object.entries(FILES)) {
      const given = names === '' ? undefined : settings.text(names)
      if (!settings.has(asks) && given === undefined) continue
      const path = given ?? `${scenario}_${process.pid}_${ending}`
      this.#files.set(name as FileName, new LazyFile(path, name === 'errors' ? ERRORS_HEAD : ''))
    }
    if (runLog !== undefined) this.#files.set('run', new LazyFile(runLog))
  }

  /** Must packets be told? */
  get wantsWires(): boolean {
    return ['messages', 'short', 'run'].some((name) => this.#files.has(name as FileName))
  }

  get elapsedMs(): number {
    return Date.now() - this.#startedAt
  }

  wire(entry: WireEntry): void {
    // Media: RTP's first octet has its highest bit set.
    if (entry.bytes.charCodeAt(0) >= 0x80) return
    const direction = entry.from === undefined ? 'received' : 'sent'
    this.#files.get('messages')?.write(messageEntry(dayAndTime(), direction, entry.transport, entry.bytes))
    this.#files.get('short')?.write(shortEntry(stamp(), direction, entry.bytes))
    this.#files.get('run')?.write(logLine(entry))
  }

  /** A remark of the player; returns what belongs on the terminal. */
  event(event: TraceEvent): string | undefined {
    if (event.kind !== 'log') return undefined
    const { level, text } = event
    if (level === CHANNEL_LEVELS.log) this.#files.get('logs')?.write(`${text}\n`)
    else if (level === CHANNEL_LEVELS.message) this.#files.get('messages')?.write(remarkEntry(text))
    else {
      this.#files.get('errors')?.write(errorEntry(stamp(), text))
      return text
    }
    return undefined
  }

  /** Adds a row to the statistics files; with the first one their heads. */
  report({ statistics, scenario, rate }: Player): void {
    const time: ReportTime = {
      start: stamp(this.#startedAt),
      lastReset: stamp(this.#lastReset),
      now: stamp(),
      elapsedMs: this.elapsedMs,
      periodMs: Date.now() - this.#lastReset,
      targetRate: scenario.role === 'client' ? rate : 0,
    }
    const isFirst = this.#lastReset === this.#startedAt && !this.#reported
    this.#reported = true
    const table = this.#files.get('statistics')
    if (isFirst) table?.write(statisticsHead(statistics, this.#delimiter))
    table?.write(statisticsRow(statistics, time, this.#delimiter))
    const counts = this.#files.get('counts')
    if (isFirst) counts?.write(countsHead(scenario, this.#delimiter))
    counts?.write(countsRow(scenario, statistics, time, this.#delimiter))
    statistics.nextPeriod()
    this.#lastReset = Date.now()
  }
  #reported = false

  screen(player: Player, time: ScreenTime): void {
    this.#files.get('screen')?.write(screenText(player, time))
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

/** "2026-01-31 13:59:59.123000", local time. */
function dayAndTime(at = Date.now()): string {
  const date = new Date(at)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  const time = [two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())].join(':')
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}000`
}

/** SIPp's stamp: day, time and seconds since 1970, tabs between. */
function stamp(at = Date.now()): string {
  const micros = `${String(at % 1000).padStart(3, '0')}000`
  return `${dayAndTime(at).replace(' ', '\t')}\t${Math.floor(at / 1000)}.${micros}`
}
