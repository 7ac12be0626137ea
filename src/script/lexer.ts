// The routing language's words (ser-language 1): text to tokens with their places.
//
// Decided against SER's quirks: an unknown character is an error, not skipped; a # comment may end the last line.

import { ScriptError, type Position } from '../errors.js'

export type TokenKind = 'word' | 'string' | 'number' | 'ip' | 'symbol' | 'end'

export interface Token extends Position {
  readonly kind: TokenKind
  /** A word, symbol or address as written; a string's value with its escapes undone. */
  readonly text: string
  /** Of a number. */
  readonly value: number
  /** Where it stands in the source text. */
  readonly start: number
  readonly end: number
}

const SYMBOLS = ['==', '!=', '=~', '<=', '>=', '&&', '||', ...'=<>!&|,;(){}[]/.:+-*']
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', '\\': '\\' }
const BLANK = /(?:[ \t\r\n\b]|\\\r?\n)+/y
const LINE_COMMENT = /#[^\n]*/y
const WORD = /(?:msg:len|uri:host|uri:port)\b|[A-Za-z_][A-Za-z0-9_]*/y
const IPV6 =
  /\[?(?:(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*)?::(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*)?)\]?/y
const IPV4 = /\d+\.\d+\.\d+\.\d+/y
const NUMBER = /0x[0-9a-fA-F]+|\d+/y

/** Splits a script into tokens; the last one is 'end'. Complaints go to `errors`, reading goes on. */
export function tokenize(text: string, file: string, errors: ScriptError[]): Token[] {
  return new Lexer(text, file, errors).run()
}

class Lexer {
  #at = 0
  #line = 1
  #lineStart = 0
  readonly #tokens: Token[] = []

  constructor(
    private readonly text: string,
    private readonly file: string,
    private readonly errors: ScriptError[],
  ) {}

  run(): Token[] {
    while (this.#skipBlanks()) this.#token()
    this.#push('end', this.#at, '')
    return this.#tokens
  }

  /** False at the end of the text. */
  #skipBlanks(): boolean {
    for (;;) {
      if (this.#match(BLANK) !== undefined || this.#match(LINE_COMMENT) !== undefined) continue
      if (this.text.startsWith('/*', this.#at)) this.#skipComment()
      else return this.#at < this.text.length
    }
  }

  /** Comments nest. */
  #skipComment(): void {
    const place = this.#place()
    let depth = 0
    do {
      if (this.text.startsWith('/*', this.#at)) [depth, this.#at] = [depth + 1, this.#at + 2]
      else if (this.text.startsWith('*/', this.#at)) [depth, this.#at] = [depth - 1, this.#at + 2]
      else if (this.#at >= this.text.length) {
        this.errors.push(new ScriptError(place, 'comment without end', 'close it with */'))
        return
      } else this.#advance(1)
    } while (depth > 0)
  }

  #token(): void {
    const start = this.#at
    const first = this.text[start]!
    if (first === '"' || first === "'") return this.#string(first)
    for (const [kind, pattern] of [
      ['ip', IPV6],
      ['word', WORD],
      ['ip', IPV4],
      ['number', NUMBER],
    ] as const) {
      pattern.lastIndex = start
      const found = pattern.exec(this.text)?.[0]
      if (found !== undefined) return this.#push(kind, start + found.length, found)
    }
    if (this.text.startsWith('//', start)) return this.#badComment()
    const symbol = SYMBOLS.find((candidate) => this.text.startsWith(candidate, start))
    if (symbol !== undefined) return this.#push('symbol', start + symbol.length, symbol)
    const hint =
      first === '$' ? 'variables are not part of this language' : 'remove it, or quote the text it stands in'
    this.errors.push(new ScriptError(this.#place(), `unknown character ${JSON.stringify(first)}`, hint))
    this.#at++
  }

  #badComment(): void {
    this.errors.push(new ScriptError(this.#place(), '// does not begin a comment', 'use # or /* ... */'))
    const end = this.text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.text.length : end
  }

  #string(quote: string): void {
    const start = this.#at
    const end = this.text.indexOf(quote, start + 1)
    if (end < 0) {
      this.errors.push(new ScriptError(this.#place(), 'string without end', `close it with ${quote}`))
      this.#push('string', this.text.length, '')
      return
    }
    const raw = this.text.slice(start + 1, end)
    this.#push('string', end + 1, quote === "'" ? raw : undoEscapes(raw))
  }

  #push(kind: TokenKind, end: number, text: string): void {
    const value = kind === 'number' ? numberOf(text) : 0
    this.#tokens.push({ kind, text, value, ...this.#place(), start: this.#at, end })
    this.#advance(end - this.#at)
  }

  #place(): Position {
    return { file: this.file, line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.#advance(found.length)
    return found
  }

  #advance(count: number): void {
    const end = this.#at + count
    for (let at = this.#at; at < end; at++)
      if (this.text.charCodeAt(at) === 10) {
        this.#line++
        this.#lineStart = at + 1
      }
    this.#at = end
  }
}

/** Only \n \r \t \a \\ are escapes; any other pair keeps its backslash, which regular expressions rely on. */
function undoEscapes(raw: string): string {
  return raw.replace(/\\([nrta\\])/g, (_, letter: string) => ESCAPES[letter]!)
}

/** Decimal, 0x hexadecimal, 0 octal. */
function numberOf(text: string): number {
  if (/^0x/i.test(text)) return parseInt(text.slice(2), 16)
  return /^0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text)
}
