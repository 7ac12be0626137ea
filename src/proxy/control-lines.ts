// SER's FIFO protocol as text: lines become control commands, answers become lines.
//
//   :COMMAND:REPLY FILE        then the lines that the command reads, then one line that is dropped (a blank one)
//
// Rules kept: trailing blanks are cut off every line; blank lines between commands are ignored; after each command,
// also after a bad one, exactly one line is dropped (SER). A command that an empty line ends too early drops no
// line that is a command itself: the next client is not to pay for it.

import type { ControlAnswer } from '../endpoint.js'
import { CONTROL_LINE_LENGTH_MAX, CONTROL_TEXT_LENGTH_MAX, isText } from './controls.js'

/** The line that names the command (SER). */
export const COMMAND_LENGTH_MAX = 512
/** A longer line is cut: whoever reads it finds it too long. */
export const LINE_LENGTH_MAX = CONTROL_LINE_LENGTH_MAX + 1

export interface ControlRequest {
  readonly name: string
  /** The reply file's name; empty: no reply is wanted. */
  readonly replyTo: string
  readonly args: readonly string[]
}

/** What a line led to: a whole command, or what is wrong with the line. */
export type ControlLine = { readonly request: ControlRequest } | { readonly complaint: string }

interface Reading {
  readonly name: string
  readonly replyTo: string
  /** Names of the lines it reads. */
  readonly wanted: readonly string[]
  readonly args: string[]
  /** Of an argument of many lines. */
  lines: string[]
  length: number
}

export class ControlReader {
  #reading: Reading | undefined
  #drops: 'nothing' | 'a line' | 'a line that is no command' = 'nothing'

  /** `wantedBy`: names of the lines that a command reads; undefined: there is no such command. */
  constructor(private readonly wantedBy: (name: string) => readonly string[] | undefined) {}

  /** Is a command half read? */
  get isBusy(): boolean {
    return this.#reading !== undefined
  }

  push(raw: string): ControlLine | undefined {
    const line = raw.replace(/[ \t\r]+$/, '')
    const drops = this.#drops
    this.#drops = 'nothing'
    if (drops === 'a line' || (drops !== 'nothing' && !line.startsWith(':'))) return undefined
    return this.#reading === undefined ? this.#begin(line) : this.#argument(this.#reading, line)
  }

  /** Nobody writes any more: what is missing stays empty. */
  end(): ControlLine | undefined {
    const reading = this.#reading
    if (reading === undefined) {
      this.#drops = 'nothing'
      return undefined
    }
    if (reading.lines.length > 0) reading.args.push(reading.lines.join('\n'))
    const request = this.#finish(reading)
    this.#drops = 'nothing'
    return request
  }

  #begin(line: string): ControlLine | undefined {
    if (line === '') return undefined
    const found = /^:([^:]*):(.*)$/.exec(line)
    if (found === null || line.length > COMMAND_LENGTH_MAX) {
      this.#drops = 'a line'
      return { complaint: 'a control command begins with :COMMAND:REPLY' }
    }
    const [, name = '', replyTo = ''] = found
    const wanted = this.wantedBy(name.toLowerCase()) ?? []
    const reading: Reading = { name, replyTo, wanted, args: [], lines: [], length: 0 }
    return wanted.length === 0 ? this.#finish(reading) : this.#wait(reading)
  }

  #wait(reading: Reading): undefined {
    this.#reading = reading
    return undefined
  }

  #argument(reading: Reading, line: string): ControlLine | undefined {
    const argument = reading.wanted[reading.args.length] ?? ''
    if (isText(argument)) return this.#textLine(reading, argument, line)
    reading.args.push(line.slice(0, LINE_LENGTH_MAX))
    if (line === '') return this.#finish(reading)
    return this.#next(reading)
  }

  #textLine(reading: Reading, argument: string, line: string): ControlLine | undefined {
    if (line === '.' || (line === '' && argument === 'headers...')) {
      reading.args.push(reading.lines.join('\n'))
      reading.lines = []
      reading.length = 0
      return this.#next(reading)
    }
    if (reading.length <= CONTROL_TEXT_LENGTH_MAX) reading.lines.push(line)
    reading.length += line.length + 1
    return undefined
  }

  #next(reading: Reading): ControlLine | undefined {
    return reading.args.length < reading.wanted.length ? undefined : this.#finish(reading)
  }

  #finish({ name, replyTo, wanted, args }: Reading): ControlLine {
    this.#reading = undefined
    const isShort = wanted.length > 0 && args.at(-1) === '' && !isText(wanted[args.length - 1] ?? '')
    this.#drops = isShort ? 'a line that is no command' : 'a line'
    return { request: { name, replyTo, args } }
  }
}

/** The arguments of a command that stand on lines, as it would read them from the FIFO. */
export function argumentsIn(wanted: readonly string[], lines: readonly string[]): readonly string[] {
  const reader = new ControlReader(() => wanted)
  for (const line of ['::', ...lines]) {
    const read = reader.push(line)
    if (read !== undefined && 'request' in read) return read.request.args
  }
  const ended = reader.end()
  return ended !== undefined && 'request' in ended ? ended.request.args : []
}

/** Lines cut out of octets as they come; a line without an end is bounded. */
export class LineCutter {
  #rest = ''

  constructor(private readonly lengthMax: number) {}

  *push(octets: string): Iterable<string> {
    const parts = octets.split('\n')
    parts[0] = this.#rest + parts[0]!
    this.#rest = parts.pop()!.slice(0, this.lengthMax)
    for (const part of parts) yield part.slice(0, this.lengthMax)
  }

  /** What had no line end. */
  end(): string {
    const rest = this.#rest
    this.#rest = ''
    return rest
  }
}

/** An answer as the FIFO says it, piece by piece. */
export function* answerLines({ code, reason, lines = [], isBare }: ControlAnswer): Iterable<string> {
  yield `${code} ${reason}${isBare ? '' : '\n'}`
  for (const line of lines) yield `${line}\n`
}

export function answerText(answer: ControlAnswer): string {
  return [...answerLines(answer)].join('')
}
