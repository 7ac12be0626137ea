// Runs real SIPp: `const run = await sipp({ scenario: 'uas', localPort: 5070 })` resolves when its socket is bound, events
// tell its statistics and errors while it runs, and `run.result` says what became of it. Nothing is left behind.

import { existsSync } from 'node:fs'
import { UsageError } from '../errors.js'
import type { Backend, RunningSipp } from './backend.js'
import { local } from './local.js'
import { argumentsOf, type SippSwitches } from './options.js'
import { RunFolder } from './run-folder.js'
import { StatisticsReader, type SippStatistics } from './statistics.js'
import { atTearDown } from './tear-down.js'
import { verdictOf, type SippVerdict } from './verdict.js'

export type { Backend } from './backend.js'
export { docker, type DockerOptions } from './docker.js'
export { local } from './local.js'
export { SWITCHES, type SippSwitches } from './options.js'
export type { SippStatistics } from './statistics.js'
export { tearDownAll } from './tear-down.js'
export type { SippVerdict } from './verdict.js'

export type SippEvent =
  | { readonly kind: 'bound'; readonly address: string | undefined; readonly port: number | undefined }
  | { readonly kind: 'statistics'; readonly statistics: SippStatistics }
  /** A line of its error log: an unexpected message, a failed call. */
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'ended'; readonly result: SippResult }

export interface SippOptions extends SippSwitches {
  /** A scenario file, or the name of an embedded one ("uac"). */
  readonly scenario: string
  /** host[:port] to call; none for servers. */
  readonly remote?: string
  readonly localAddress?: string
  readonly localPort?: number
  /** Injection files (-inf), in order. */
  readonly injections?: readonly string[]
  /** Other files that the scenario names (pcap, wav, slave_cfg). */
  readonly files?: readonly string[]
  /** Further switches as they are. */
  readonly switches?: readonly string[]
  /** The whole run; SIPp's own -timeout, and ours a little later. */
  readonly timeoutMs?: number
  /** Keep SIPp's log of messages. */
  readonly traceMessages?: boolean
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
  /** SIPp's message log, when it was asked for. */
  readonly messages: string
}

export interface SippRun {
  readonly address: string | undefined
  readonly port: number | undefined
  readonly result: Promise<SippResult>
  /** Ends it; resolves with the result. */
  stop(): Promise<SippResult>
}

const BOUND_MS_MAX = 10_000
const LOOK_EVERY_MS = 20
const READ_EVERY_MS = 250
const SAID_CHARACTERS_MAX = 8000
/** Ours after SIPp's own timeout, so that it can still write its files. */
const GRACE_MS = 5000

const STATISTICS = 'statistics.csv'
const ERRORS = 'errors.log'
const MESSAGES = 'messages.log'

/**
 * Starts SIPp; resolves when it is bound (or has ended already). Rejects with a UsageError when it cannot be started, its
 * scenario is not there, or a stranger has its port.
 */
export async function sipp(options: SippOptions): Promise<SippRun> {
  const { backend = local(), localPort: port, onEvent = () => undefined } = options
  await backend.sweep()
  const folder = new RunFolder()
  try {
    const said = { err: '' }
    const running = await backend.start({
      args: argumentsFor(options, folder),
      folder,
      port,
      heard: (text, stream) => {
        if (stream === 'err') said.err = (said.err + text).slice(-SAID_CHARACTERS_MAX)
      },
    })
    const run = new Run(running, folder, options, said)
    await bound(running, port, run)
    onEvent({ kind: 'bound', address: running.address, port })
    return run
  } catch (error) {
    folder.remove()
    throw error
  }
}

function argumentsFor(options: SippOptions, folder: RunFolder): string[] {
  const {
    scenario,
    remote,
    localAddress,
    localPort,
    injections = [],
    files = [],
    switches = [],
    timeoutMs,
  } = options
  const { backend: _backend, onEvent: _onEvent, traceMessages, ...rest } = options
  const own = [
    'scenario',
    'remote',
    'localAddress',
    'localPort',
    'injections',
    'files',
    'switches',
    'timeoutMs',
  ]
  const typed = Object.fromEntries(Object.entries(rest).filter(([name]) => !own.includes(name)))
  for (const file of files) folder.take(file)
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
    ...['-nostdin', '-trace_err', '-error_file', ERRORS, '-trace_stat', '-stf', STATISTICS, '-fd', '1'],
    ...(traceMessages === true ? ['-trace_msg', '-message_file', MESSAGES] : []),
  ]
}

/** Waits until the port is its own. A scenario that ends at once need not be seen to have bound. */
async function bound(running: RunningSipp, port: number | undefined, run: Run): Promise<void> {
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
  readonly #forget: () => void
  #read = 0
  #errorsRead = 0
  #statistics: SippStatistics | undefined
  #stopped = false
  #late = false

  constructor(
    private readonly running: RunningSipp,
    private readonly folder: RunFolder,
    private readonly options: SippOptions,
    private readonly said: { readonly err: string },
  ) {
    this.address = running.address
    this.port = options.localPort
    this.#forget = atTearDown(() => this.stop())
    this.result = this.#follow()
  }

  async stop(): Promise<SippResult> {
    this.#stopped = true
    await this.running.stop()
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
      messages: this.folder.read(MESSAGES),
    }
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
    const { onEvent } = this.options
    const statistics = this.folder.read(STATISTICS)
    for (const sample of this.#reader.push(statistics.slice(this.#read))) {
      this.#statistics = sample
      onEvent?.({ kind: 'statistics', statistics: sample })
    }
    this.#read = statistics.length
    if (onEvent === undefined) return
    const errors = this.folder.read(ERRORS)
    const end = errors.lastIndexOf('\n') + 1
    for (const text of errors.slice(this.#errorsRead, end).split('\n'))
      if (text !== '') onEvent({ kind: 'error', text })
    this.#errorsRead = Math.max(end, this.#errorsRead)
  }
}
