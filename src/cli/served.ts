// The engine as `serve` puts it on the network: it keeps the last inputs for a crash report, writes the run log when
// one is asked for, and hands out what the engine wants carried out when it stops.

import { closeSync, openSync, writeSync } from 'node:fs'
import type { InputEntry, LogEntry } from '../driver.js'
import type { Endpoint, Input, Milliseconds, Output } from '../endpoint.js'
import { UsageError } from '../errors.js'
import type { Engine, EngineCommand } from '../proxy/engine.js'
import { logLine } from './log-file.js'

/** Inputs shown when the engine crashes. */
const LAST_INPUTS_MAX = 20

/** The command that ends it: modules write down what must last. */
export const STOP: EngineCommand = { verb: 'stop' }

/** The name in logs. */
export const PROXY = 'proxy'

export class Served implements Endpoint {
  packets = 0
  /** A ring. */
  readonly #last: InputEntry[] = []
  #inputs = 0
  #isStopped = false
  readonly #log: number | undefined

  /** `logFile`: every input and packet goes there. Throws a UsageError when it cannot be written. */
  constructor(
    readonly engine: Engine,
    logFile: string | undefined,
  ) {
    if (logFile === undefined) return
    try {
      this.#log = openSync(logFile, 'w')
    } catch (error) {
      throw new UsageError(`--log ${logFile} cannot be written: ${(error as Error).message}`)
    }
  }

  get deadline(): Milliseconds | undefined {
    return this.#isStopped ? undefined : this.engine.deadline
  }

  step(input: Input, now: Milliseconds): Output[] {
    if (input.type === 'packet') this.packets++
    const entry: InputEntry = { kind: 'input', at: now, endpoint: PROXY, input }
    this.#last[this.#inputs++ % LAST_INPUTS_MAX] = entry
    if (this.#log !== undefined) this.#write(entry)
    // Only what was asked before is still heard.
    if (this.#isStopped && input.type !== 'answer') return []
    if (input.type === 'command' && input.command === STOP) this.#isStopped = true
    const outputs = this.engine.step(input, now)
    if (this.#log !== undefined) for (const output of outputs) this.#writeOutput(output, now)
    return outputs
  }

  /** The last inputs, one JSON object a line. */
  lastInputs(): string {
    const at = this.#inputs % LAST_INPUTS_MAX
    return [...this.#last.slice(at), ...this.#last.slice(0, at)].map(logLine).join('')
  }

  close(): void {
    if (this.#log !== undefined) closeSync(this.#log)
  }

  #write(entry: InputEntry): void {
    this.#line(entry)
    const { at, input } = entry
    if (input.type !== 'packet') return
    const { transport, local: target, remote: source, bytes } = input
    const fate = 'delivered' as const
    this.#line({ kind: 'wire', at, arrived: at, to: PROXY, transport, source, target, bytes, fate })
  }

  #writeOutput(output: Output, at: Milliseconds): void {
    if (output.type === 'event') this.#line({ kind: 'event', at, endpoint: PROXY, event: output.event })
    if (output.type !== 'send') return
    const { transport, local: source, remote: target, bytes } = output
    const fate = 'delivered' as const
    this.#line({ kind: 'wire', at, arrived: at, from: PROXY, transport, source, target, bytes, fate })
  }

  #line(entry: LogEntry): void {
    writeSync(this.#log!, logLine(entry))
  }
}
