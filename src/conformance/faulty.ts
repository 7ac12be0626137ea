// Deliberate faults, to see that checks can fail: an endpoint around another one that spoils what it sends or hears. One
// fault at a time; what a fault does is a line of the table in fault-table.ts.

import type { Bytes, Endpoint, Input, Milliseconds, Output } from '../endpoint.js'

/** What a fault may know besides the text: what was spoilt before, kept by itself. */
export type FaultMemory = Map<string, string>

export interface Fault {
  readonly id: string
  readonly about: string
  /** A message on its way out: changed, left out (undefined), or several. */
  readonly out?: (text: Bytes, memory: FaultMemory) => Bytes | readonly Bytes[] | undefined
  /** A message on its way in. */
  readonly in?: (text: Bytes, memory: FaultMemory) => Bytes | undefined
  /** Messages leave so much later. */
  readonly delayMs?: (text: Bytes) => Milliseconds
  /** The port that messages go to, changed. */
  readonly port?: (port: number, text: Bytes) => number
}

interface Late {
  readonly at: Milliseconds
  readonly output: Output
}

/** An endpoint with a fault. */
export class Faulty implements Endpoint {
  readonly #memory: FaultMemory = new Map()
  #late: Late[] = []

  constructor(
    private readonly inner: Endpoint,
    private readonly fault: Fault,
  ) {}

  get deadline(): Milliseconds | undefined {
    const { deadline } = this.inner
    const least = Math.min(deadline ?? Infinity, ...this.#late.map(({ at }) => at))
    return least === Infinity ? undefined : least
  }

  step(input: Input, now: Milliseconds): Output[] {
    const due = this.#late.filter(({ at }) => at <= now).map(({ output }) => output)
    this.#late = this.#late.filter(({ at }) => at > now)
    const heard = this.#heard(input)
    const { deadline } = this.inner
    if (heard === undefined || (input.type === 'wake' && (deadline === undefined || deadline > now)))
      return due
    return [...due, ...this.inner.step(heard, now).flatMap((output) => this.#spoilt(output, now))]
  }

  #heard(input: Input): Input | undefined {
    if (input.type !== 'packet' || this.fault.in === undefined) return input
    const bytes = this.fault.in(input.bytes, this.#memory)
    return bytes === undefined ? undefined : { ...input, bytes }
  }

  #spoilt(output: Output, now: Milliseconds): Output[] {
    if (output.type !== 'send') return [output]
    const { out, port, delayMs } = this.fault
    const texts = out === undefined ? [output.bytes] : (out(output.bytes, this.#memory) ?? [])
    const { remote } = output
    const spoilt = (typeof texts === 'string' ? [texts] : texts).map((bytes): Output => ({
      ...output,
      bytes,
      ...(port !== undefined && { remote: { ...remote, port: port(remote.port, bytes) } }),
    }))
    const waitMs = delayMs?.(output.bytes) ?? 0
    if (waitMs === 0) return spoilt
    for (const late of spoilt) this.#late.push({ at: now + waitMs, output: late })
    return []
  }
}
