// Runs real SIPp: `const run = await sipp({ scenario: 'uas', localPort: 5070 })` resolves when its socket is bound, events
// tell its statistics and errors while it runs, and `run.result` says what became of it. Nothing is left behind.

import { existsSync } from 'node:fs'
import { UsageError } from '../errors.js'
import type { Backend, RunningSipp } from './backend.js'
import { local } from './local.js'
import { LineReader, MessageLogReader, type SippMessage } from './logs.js'
import { argumentsOf, type SippSwitches } from './options.js'
import { RunFolder } from './run-folder.js'
import { responseTimesIn, StatisticsReader, type SippStatistics } from './statistics.js'
import { atTearDown } from './tear-down.js'
import { verdictOf, type SippVerdict } from './verdict.js'

export type { Backend } from './backend.js'
export { bridge, docker, dockerVersion, hasImage, IMAGE, owner, type DockerOptions } from './docker.js'
export { local } from './local.js'
export type { SippMessage } from './logs.js'
export { SWITCHES, type SippSwitches } from './options.js'
export type { SippStatistics } from './statistics.js'
export { tearDownAll } from './tear-down.js'
export type { SippVerdict } from './verdict.js'

export type SippEvent =
  | { readonly kind: 'bound'; readonly address: string | undefined; readonly port: number | undefined }
  | { readonly kind: 'statistics'; readonly statistics: SippStatistics }
  /** A line of its error log: an unexpected message, a failed call. */
  | { readonly kind: 'error'; readonly text: string }
  /** What a <log> action wrote. */
  | { readonly kind: 'log'; readonly text: string }
  /** A message that it sent or received; with `traceMessages`. */
  | ({ readonly kind: 'message' } & SippMessage)
  | { readonly kind: 'ended'; readonly result: SippResult }

export interface SippOptions extends SippSwitches {
  /** A scenario file, or the name of an embedded one ("uac"). */
  readonly scenario: string
  /** host[:port] to call; none for servers. */
  readonly remote?: string | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** Injection files (-inf), in order. */
  readonly injections?: readonly string[]
  /** Other files that the scenario or a switch names (pcap, wav, slave_cfg), and what they are called there. */
  readonly files?: readonly { readonly from: string; readonly as?: string }[]
  /** Further switches as they are. */
  readonly switches?: readonly string[]
  /** The whole run; SIPp's own -timeout, and ours a little later. */
  readonly timeoutMs?: number
  /** Keep SIPp's log of messages. */
  readonly traceMessages?: boolean
  /** How often its statistics are read; default a second. */
  readonly statisticsEveryMs?: number | undefined
  /** Where a file that SIPp has written is kept when it has ended; undefined: nowhere. */
  readonly logsTo?: (name: string) => string | undefined
  /** Default: the binary on this machine. */
  readonly backend?: Backend
  readonly onEvent?: (event: SippEvent) => void
}

export interface SippResult {
  readonly verdict: SippVerdict
  /** For people. */
  readonly reason: string
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** The last sample; undefined when SIPp wrote none. */
  readonly statistics: SippStatistics | undefined
  /** SIPp's error log. */
  readonly errors: string
  /** What its <log> actions wrote. */
  readonly logs: string
  /** SIPp's message log, when it was asked for. */
  readonly messages: string
  /** Each response time that it measured, in milliseconds. */
  readonly responseTimesMs: readonly number[]
}

export interface SippRun {
  readonly address: string | undefined
  readonly port: number | undefined
  readonly result: Promise<SippResult>
  /** The newest sample. */
  readonly statistics: SippStatistics | undefined
  /** Ends it; resolves with the result. */
  stop(): Promise<SippResult>
  /** No new calls; it ends when those that are open are over. Resolves with the result. */
  finish(): Promise<SippResult>
}

const BOUND_MS_MAX = 10_000
const LOOK_EVERY_MS = 20
const READ_EVERY_MS = 100
const PIECE_BYTES_MAX = 1024 * 1024
const SAID_CHARACTERS_MAX = 8000
/** Ours after SIPp's own timeout, so that it can still write its files. */
const GRACE_MS = 5000

const STATISTICS = 'statistics.csv'
const ERRORS = 'errors.log'
const MESSAGES = 'messages.log'
const LOGS = 'logs.log'
/** Its name has the number of the process before it. */
const RESPONSE_TIMES = '_rtt.csv'

/**
 * Starts SIPp; resolves when it is bound (or has ended already). Rejects with a UsageError when it cannot be started, its
 * scenario is not there, or a stranger has its port.
 */
export async function sipp(options: SippOptions): Promise<SippRun> {
  const { backend = local(), localPort: port, onEvent = () => undefined } = options
  await backend.sweep()
  // An interruption waits for what is just being started, and ends it; after one nothing is started at all.
  let starting: Promise<Run> | undefined
  const forget = atTearDown(() => Promise.resolve(starting?.then((run) => run.stop())))
  try {
    const run = await (starting = start(options, backend))
    await bound(run, port)
    onEvent({ kind: 'bound', address: run.address, port })
    return run
  } finally {
    forget()
  }
}

async function start(options: SippOptions, backend: Backend): Promise<Run> {
  const folder = new RunFolder()
  try {
    const said = { err: '' }
    const running = await backend.start({
      args: argumentsFor(options, folder),
      folder,
      port: options.localPort,
      heard: (text, stream) => {
        if (stream === 'err') said.err = (said.err + text).slice(-SAID_CHARACTERS_MAX)
      },
    })
    try {
      return new Run(running, folder, options, said)
    } catch (error) {
      await running.stop()
      throw error
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

function argumentsFor(options: SippOptions, folder: RunFolder): string[] {
  const { backend: _backend, onEvent: _onEvent, logsTo: _logsTo, ...said } = options
  const { scenario, remote, localAddress, localPort, timeoutMs, traceMessages, ...more } = said
  const { statisticsEveryMs = 1000, injections = [], files = [], switches = [], ...typed } = more
  for (const file of files) folder.take(file.from, file.as)
  const isFile = /[./]/.test(scenario) || existsSync(scenario)
  return [
    ...(remote === undefined ? [] : [remote]),
    ...(isFile ? ['-sf', folder.take(scenario)] : ['-sn', scenario]),
    ...(localAddress === undefined ? [] : ['-i', localAddress]),
    ...(localPort === undefined ? [] : ['-p', String(localPort)]),
    ...injections.flatMap((file) => ['-inf', folder.take(file)]),
    ...(timeoutMs === undefined ? [] : ['-timeout', `${Math.ceil(timeoutMs / 1000)}s`, '-timeout_error']),
    ...argumentsOf(typed),
    ...switches,
    ...['-nostdin', '-trace_err', '-error_file', ERRORS, '-trace_logs', '-log_file', LOGS],
    ...['-trace_stat', '-stf', STATISTICS, '-fd', `${statisticsEveryMs}ms`, '-trace_rtt', '-rtt_freq', '1'],
    ...(traceMessages === true ? ['-trace_msg', '-message_file', MESSAGES] : []),
  ]
}

/** Waits until the port is its own. A scenario that ends at once need not be seen to have bound. */
async function bound(run: Run, port: number | undefined): Promise<void> {
  const { running } = run
  let hasEnded = false
  void running.ended.then(() => (hasEnded = true))
  for (const until = Date.now() + BOUND_MS_MAX; !hasEnded;) {
    const holder = running.bound()
    if (holder === 'own' || holder === undefined) return
    if (Date.now() > until) {
      await run.stop()
      const who = holder === 'stranger' ? 'another process has it' : 'SIPp did not bind it'
      throw new UsageError(`sipp: port ${port} is not SIPp's: ${who}. Choose another localPort.`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  const { verdict, reason } = await run.result
  if (verdict === 'not bound')
    throw new UsageError(`sipp: port ${port}: ${reason}. Choose another localPort.`)
}

class Run implements SippRun {
  readonly result: Promise<SippResult>
  readonly address: string | undefined
  readonly port: number | undefined
  readonly #reader = new StatisticsReader()
  readonly #errors = new LineReader()
  readonly #logs = new LineReader()
  readonly #messages = new MessageLogReader()
  readonly #forget: () => void
  /** How far each file was read. */
  readonly #read = new Map<string, number>()
  #statistics: SippStatistics | undefined
  #stopped = false
  #late = false

  constructor(
    readonly running: RunningSipp,
    private readonly folder: RunFolder,
    private readonly options: SippOptions,
    private readonly said: { readonly err: string },
  ) {
    this.address = running.address
    this.port = options.localPort
    this.#forget = atTearDown(() => this.stop())
    this.result = this.#follow()
  }

  get statistics(): SippStatistics | undefined {
    return this.#statistics
  }

  async stop(): Promise<SippResult> {
    this.#stopped = true
    await this.running.stop()
    return this.result
  }

  async finish(): Promise<SippResult> {
    this.#stopped = true
    await this.running.finish()
    return this.result
  }

  async #follow(): Promise<SippResult> {
    const { timeoutMs, calls } = this.options
    const reading = setInterval(() => this.#look(), READ_EVERY_MS)
    const late = timeoutMs === undefined ? undefined : setTimeout(() => this.#tooLate(), timeoutMs + GRACE_MS)
    const end = await this.running.ended
    clearInterval(reading)
    clearTimeout(late)
    this.#look()
    const stopped = this.#stopped && !this.#late
    const judged = verdictOf({ ...end, stopped, said: this.said.err, statistics: this.#statistics, calls })
    const verdict = this.#late
      ? { verdict: 'timeout' as const, reason: `SIPp did not end in ${timeoutMs} ms and was ended` }
      : judged
    const result: SippResult = {
      ...end,
      ...verdict,
      statistics: this.#statistics,
      errors: this.folder.read(ERRORS),
      logs: this.folder.read(LOGS),
      messages: this.folder.read(MESSAGES),
      responseTimesMs: responseTimesIn(this.folder.readEnding(RESPONSE_TIMES)),
    }
    if (this.options.logsTo !== undefined) this.folder.leave(this.options.logsTo)
    this.folder.remove()
    this.#forget()
    this.options.onEvent?.({ kind: 'ended', result })
    return result
  }

  #tooLate(): void {
    this.#late = true
    void this.running.stop()
  }

  /** What the files say that they did not say before. */
  #look(): void {
    const { onEvent, traceMessages } = this.options
    this.#news(STATISTICS, (piece) => {
      for (const statistics of this.#reader.push(piece)) {
        this.#statistics = statistics
        onEvent?.({ kind: 'statistics', statistics })
      }
    })
    if (onEvent === undefined) return
    this.#news(ERRORS, (piece) =>
      this.#errors.push(piece).forEach((text) => onEvent({ kind: 'error', text })),
    )
    this.#news(LOGS, (piece) => this.#logs.push(piece).forEach((text) => onEvent({ kind: 'log', text })))
    if (traceMessages === true)
      this.#news(MESSAGES, (piece) =>
        this.#messages.push(piece).forEach((message) => onEvent({ kind: 'message', ...message })),
      )
  }

  /** What has come into a file since the last look, piece by piece. */
  #news(name: string, take: (piece: string) => void): void {
    for (;;) {
      const at = this.#read.get(name) ?? 0
      const piece = this.folder.readFrom(name, at, PIECE_BYTES_MAX)
      if (piece === '') return
      this.#read.set(name, at + piece.length)
      take(piece)
    }
  }
}
