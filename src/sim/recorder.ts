// Keeps a driver's log. An entry is made only when somebody keeps it or listens to its kind: with nothing kept and
// nobody listening a packet costs a flag and the note of the last inputs, which an error in an endpoint prints.

import type { EventEntry, InputEntry, LogEntry, MarkEntry, WireEntry } from '../driver.js'
import type { Input, Milliseconds, TraceEvent } from '../endpoint.js'

/** What goes into the log: everything; packets and remarks; nothing (for speed, or for a proxy that runs for months). */
export type Recording = 'all' | 'wire' | 'none'

/** Told of entries as they are made, whether they are kept or not. */
export interface Listener {
  wire?(entry: WireEntry): void
  input?(entry: InputEntry): void
  event?(entry: EventEntry): void
  mark?(entry: MarkEntry): void
}

/** A wire entry whose end is not known yet. */
export type OpenWireEntry = { -readonly [Key in keyof WireEntry]: WireEntry[Key] }

export interface RecorderOptions {
  readonly record?: Recording
  readonly listen?: Listener
  /** The log keeps entries until they hold about so many octets; then a last mark says that it is full. */
  readonly logBytesMax?: number
}

const LOG_BYTES_MAX = 1024 * 1024 * 1024
/** What an entry weighs besides its bytes. */
const ENTRY_BYTES = 200
const LAST_INPUTS = 8
/** Of each last input, so much is shown. */
const INPUT_TEXT_LENGTH_MAX = 2000

export class Recorder {
  readonly log: LogEntry[] = []
  /** Are wire entries worth making? */
  readonly wires: boolean
  readonly #inputs: boolean
  readonly #events: boolean
  readonly #marks: boolean
  readonly #listen: Listener
  readonly #keeps: Recording
  readonly #last: { at: Milliseconds; endpoint: string; input: Input | undefined }[] = []
  #inputsSeen = 0
  #bytesLeft: number

  constructor({ record = 'all', listen = {}, logBytesMax = LOG_BYTES_MAX }: RecorderOptions) {
    this.#listen = listen
    this.#keeps = record
    this.wires = record !== 'none' || listen.wire !== undefined
    this.#marks = record !== 'none' || listen.mark !== undefined
    this.#inputs = record === 'all' || listen.input !== undefined
    this.#events = record === 'all' || listen.event !== undefined
    this.#bytesLeft = logBytesMax
    for (let slot = 0; slot < LAST_INPUTS; slot++) this.#last.push({ at: 0, endpoint: '', input: undefined })
  }

  /** Call it only when `wires`; the sender of the packet completes the entry later. */
  wire(entry: WireEntry): void {
    this.#listen.wire?.(entry)
    if (this.#keeps !== 'none') this.#keep(entry, entry.bytes.length)
  }

  input(at: Milliseconds, endpoint: string, input: Input): void {
    const slot = this.#last[this.#inputsSeen++ % LAST_INPUTS]!
    slot.at = at
    slot.endpoint = endpoint
    slot.input = input
    if (!this.#inputs) return
    const entry: InputEntry = { kind: 'input', at, endpoint, input }
    this.#listen.input?.(entry)
    if (this.#keeps === 'all') this.#keep(entry, 0)
  }

  event(at: Milliseconds, endpoint: string, event: TraceEvent): void {
    if (!this.#events) return
    const entry: EventEntry = { kind: 'event', at, endpoint, event }
    this.#listen.event?.(entry)
    if (this.#keeps === 'all') this.#keep(entry, 0)
  }

  mark(at: Milliseconds, text: string): void {
    if (!this.#marks) return
    const entry: MarkEntry = { kind: 'mark', at, text }
    this.#listen.mark?.(entry)
    if (this.#keeps !== 'none') this.#keep(entry, 0)
  }

  /** The error for an endpoint that threw: our own mistake, told with the inputs that led to it. */
  mistake(error: unknown, at: Milliseconds, endpoint: string): EndpointError {
    const first = Math.max(0, this.#inputsSeen - LAST_INPUTS)
    const inputs: InputEntry[] = []
    for (let nth = first; nth < this.#inputsSeen; nth++) {
      const { at, endpoint, input } = this.#last[nth % LAST_INPUTS]!
      if (input !== undefined) inputs.push({ kind: 'input', at, endpoint, input })
    }
    return new EndpointError(error, at, endpoint, inputs)
  }

  #keep(entry: LogEntry, bytes: number): void {
    if (this.#bytesLeft <= 0) return
    this.#bytesLeft -= ENTRY_BYTES + bytes
    this.log.push(
      this.#bytesLeft > 0
        ? entry
        : { kind: 'mark', at: entry.at, text: 'the log is full: what follows is not in it' },
    )
  }
}

/** An endpoint threw. The message shows the last inputs of the run, the one that it threw at last. */
export class EndpointError extends Error {
  override name = 'EndpointError'

  constructor(
    override readonly cause: unknown,
    readonly at: Milliseconds,
    readonly endpoint: string,
    readonly inputs: readonly InputEntry[],
  ) {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    super(`${endpoint} failed at ${at} ms: ${reason}\nThe last inputs:\n${inputs.map(shown).join('\n')}`)
  }
}

function shown(entry: InputEntry): string {
  const text = JSON.stringify(entry)
  return text.length <= INPUT_TEXT_LENGTH_MAX ? text : `${text.slice(0, INPUT_TEXT_LENGTH_MAX)}...`
}
