// Reading tokens one after the other: looking ahead, taking what is expected, and going on after a mistake.

import { ScriptError, type Position } from '../errors.js'
import type { Token } from './lexer.js'

/** Complaints given before reading is given up. */
const ERRORS_MAX = 20
/** Blocks and expressions in each other. */
const NESTING_MAX = 200
const BLOCK_WORDS = new Set(['route', 'failure_route', 'onreply_route', 'reply_route'])

export class Cursor {
  #at = 0
  #depth = 0
  /** Lines with a bad character or string: what the parser makes of them is no news. */
  readonly #spoilt: ReadonlySet<number>

  constructor(
    private readonly source: string,
    private readonly tokens: readonly Token[],
    readonly errors: ScriptError[],
  ) {
    this.#spoilt = new Set(errors.map(({ position }) => position.line))
  }

  get peek(): Token {
    return this.tokens[this.#at]!
  }

  get index(): number {
    return this.#at
  }

  get atEnd(): boolean {
    return this.peek.kind === 'end'
  }

  /** The token before. */
  get previous(): Token | undefined {
    return this.tokens[this.#at - 1]
  }

  ahead(offset: number): Token | undefined {
    return this.tokens[this.#at + offset]
  }

  next(): Token {
    const token = this.peek
    if (token.kind !== 'end') this.#at++
    return token
  }

  isSymbol(text: string, offset = 0): boolean {
    const token = this.ahead(offset)
    return token?.kind === 'symbol' && token.text === text
  }

  isWord(text: string, offset = 0): boolean {
    const token = this.ahead(offset)
    return token?.kind === 'word' && token.text === text
  }

  /** A route block, loadmodule or modparam: what stands at top level only. */
  startsTopLevel(): boolean {
    const { kind, text } = this.peek
    if (kind !== 'word') return false
    if (text === 'loadmodule' || text === 'modparam') return true
    return BLOCK_WORDS.has(text) && (this.isSymbol('[', 1) || this.isSymbol('{', 1))
  }

  takeSymbol(text: string): boolean {
    const found = this.isSymbol(text)
    if (found) this.#at++
    return found
  }

  takeWord(text: string): boolean {
    const found = this.isWord(text)
    if (found) this.#at++
    return found
  }

  expectSymbol(text: string, hint?: string): void {
    if (!this.takeSymbol(text)) throw this.mistake(`expected "${text}" but found ${shown(this.peek)}`, hint)
  }

  string(what: string): string {
    const token = this.peek
    if (token.kind !== 'string') {
      const hint = token.kind === 'word' ? 'put it in quotes' : undefined
      throw this.mistake(`expected ${what}, found ${shown(token)}`, hint)
    }
    return this.next().text
  }

  number(what: string): number {
    const token = this.peek
    if (token.kind !== 'number') throw this.mistake(`expected ${what}, found ${shown(token)}`)
    return this.next().value
  }

  /** The source between two tokens on one line, without comments. */
  textFrom(first: number): string {
    let text = ''
    for (let at = first; at < this.#at; at++) {
      const { start, end } = this.tokens[at]!
      if (at > first && start > this.tokens[at - 1]!.end) text += ' '
      text += this.source.slice(start, end)
    }
    return text.replace(/\s+/g, ' ')
  }

  /** Reads something that may stand in itself, to a limit that a stack bears. */
  nested<T>(read: () => T): T {
    if (this.#depth >= NESTING_MAX) throw this.mistake('nested too deeply', `at most ${NESTING_MAX} levels`)
    this.#depth++
    try {
      return read()
    } finally {
      this.#depth--
    }
  }

  /** A mistake at a token, by default the one to come. */
  mistake(reason: string, hint?: string, at: Position = this.peek): ScriptError {
    return new ScriptError(placeOf(at), reason, this.#longString(at) ?? hint)
  }

  /** A string over several lines right before a mistake is more likely a forgotten quote. */
  #longString(at: Position): string | undefined {
    const before = [this.previous, this.peek, this.ahead(1)]
    const long = before.find((token) => token?.kind === 'string' && this.#linesOf(token) > 0)
    if (long === undefined || at.line > long.line + this.#linesOf(long)) return undefined
    const last = long.line + this.#linesOf(long)
    return `is a quote missing? a string runs from line ${long.line} to line ${last}`
  }

  #linesOf({ start, end }: Token): number {
    return this.source.slice(start, end).split('\n').length - 1
  }

  /** One complaint a place, and none that only follows from a bad character. */
  report(error: ScriptError): void {
    if (this.errors.length >= ERRORS_MAX) return
    const { line, column } = error.position
    const atEnd = line === this.tokens.at(-1)!.line && column === this.tokens.at(-1)!.column
    if (this.#spoilt.has(line) || (atEnd && this.#spoilt.size > 0)) return
    if (this.errors.some(({ position }) => position.line === line && position.column === column)) return
    this.errors.push(error)
    if (this.errors.length >= ERRORS_MAX) this.#at = this.tokens.length - 1
  }

  /** Reads on behind a mistake; something is always consumed. */
  attempt(read: () => void, recover: () => void): void {
    const start = this.#at
    try {
      read()
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      this.report(error)
      recover()
      if (this.#at === start) this.next()
    }
  }

  /** To behind the next `;` or closed block, or before the `}` that ends this block. */
  skipStatement(): void {
    let depth = 0
    while (!this.atEnd && !this.startsTopLevel()) {
      if (depth === 0 && this.isSymbol('}')) return
      const { kind, text } = this.next()
      if (kind !== 'symbol') continue
      if (text === '{') depth++
      else if (text === '}') depth--
      const ends = depth === 0 && (text === ';' || text === '}')
      if (ends && !this.isWord('else')) return
    }
  }

  /** To the next block, module line or option. */
  skipToTopLevel(): void {
    let depth = 0
    while (!this.atEnd && !this.startsTopLevel()) {
      if (depth === 0 && this.peek.kind === 'word' && this.isSymbol('=', 1)) return
      const { kind, text } = this.next()
      if (kind === 'symbol' && text === '{') depth++
      else if (kind === 'symbol' && text === '}' && --depth <= 0) return
    }
  }
}

/** A place without what else a token carries. */
export function placeOf({ file, line, column }: Position): Position {
  return { file, line, column }
}

/** A token as a complaint names it. */
export function shown({ kind, text }: Token): string {
  if (kind === 'end') return 'the end of the script'
  return JSON.stringify(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text)
}

const SHOWN_MAX = 40
