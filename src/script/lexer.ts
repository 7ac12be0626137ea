// The routing language's words (ser-language 1): text to tokens with their places.
//
// Decided against SER's quirks: an unknown character is an error, not skipped; a # comment may end the last line.

import { ScriptError, type Position } from '../errors.js'
import { NUMBER_WORDS } from './words.js'

export type TokenKind = 'word' | 'string' | 'number' | 'ipv6' | 'symbol' | 'end'

export interface Token extends Position {
  readonly kind: TokenKind
  /** A word, number or symbol as written; a string with its escapes undone; an address without its brackets. */
  readonly text: string
  /** Of a number, and of a word that stands for one (yes, udp, max_len). */
  readonly value: number
  /** Where it stands in the source text. */
  readonly start: number
  readonly end: number
}

/** Numbers are C's int. */
const NUMBER_MAX = 0x7fffffff
const SYMBOLS = ['==', '!=', '=~', '<=', '>=', '&&', '||', ...'=<>!&|,;(){}[]/.:+-*']
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', '\\': '\\' }
/** A byte order mark counts as blank. */
const BLANK = /(?:[ \t\r\n\b]|\\\r?\n|\xef\xbb\xbf|\ufeff)+/y
const LINE_COMMENT = /#[^\n]*/y
const WORD = /msg:len\b|uri:(?:host|port)\b|[A-Za-z][A-Za-z0-9_]*/y
const GROUPS = '[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*'
const IPV6_TEXT = `(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:${GROUPS})?::(?:${GROUPS})?`
const IPV6 = new RegExp(`\\[(?:${IPV6_TEXT})\\]|(?:${IPV6_TEXT})`, 'y')
const NUMBER = /0x[0-9a-fA-F]+|\d+/y

const PATTERNS = [
  ['ipv6', IPV6],
  ['word', WORD],
  ['number', NUMBER],
] as const

/** What to do about characters that are no part of the language. */
const CHARACTER_HINTS: Readonly<Record<string, string>> = {
  $: 'variables are not part of this language',
  '@': 'quote the text it stands in',
  '\\': 'outside of strings only at the end of a line',
}

/** Splits a script into tokens; the last one is 'end'. Complaints go to `errors`, reading goes on. */
export function tokenize(text: string, file: string, errors: ScriptError[]): Token[] {
  return new Lexer(text, file, errors).run()
}

class Lexer {
  #at = 0
  #line = 1
  #lineStart = 0
  #unknownLine = 0
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
      if (this.#skip(BLANK) || this.#skip(LINE_COMMENT)) continue
      if (this.text.startsWith('/*', this.#at)) this.#skipComment()
      else return this.#at < this.text.length
    }
  }

  /** Comments nest. */
  #skipComment(): void {
    const place = this.#place()
    let depth = 0
    do {
      if (this.text.startsWith('/*', this.#at)) depth++
      else if (this.text.startsWith('*/', this.#at)) depth--
      else if (this.#at >= this.text.length)
        return this.#complain('comment without end', 'close it with */, as often as it was opened', place)
      else {
        this.#advance(1)
        continue
      }
      this.#advance(2)
    } while (depth > 0)
  }

  #token(): void {
    const start = this.#at
    const first = this.text[start]!
    if (first === '"' || first === "'") return this.#string(first)
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = start
      const found = pattern.exec(this.text)?.[0]
      if (found !== undefined) return this.#push(kind, start + found.length, found)
    }
    if (this.text.startsWith('//', start)) return this.#badComment()
    const symbol = SYMBOLS.find((candidate) => this.text.startsWith(candidate, start))
    if (symbol !== undefined) return this.#push('symbol', start + symbol.length, symbol)
    this.#unknown(first)
  }

  /** Said once a line. */
  #unknown(character: string): void {
    if (this.#unknownLine !== this.#line) {
      const plain = character < '\x80'
      const shown = plain ? JSON.stringify(character) : `0x${character.charCodeAt(0).toString(16)}`
      const usual = plain ? 'remove it, or quote the text it stands in' : 'outside of strings only ASCII'
      this.#complain(`unknown character ${shown}`, CHARACTER_HINTS[character] ?? usual)
    }
    this.#unknownLine = this.#line
    this.#advance(1)
  }

  #badComment(): void {
    this.#complain('// does not begin a comment', 'use # or /* ... */')
    const end = this.text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.text.length : end
  }

  #string(quote: string): void {
    const start = this.#at
    const end = this.text.indexOf(quote, start + 1)
    if (end < 0) {
      this.#complain('string without end', this.#longString() ?? `close it with ${quote}`)
      return this.#push('string', this.text.length, '')
    }
    const raw = this.text.slice(start + 1, end)
    this.#push('string', end + 1, quote === "'" ? raw : undoEscapes(raw))
  }

  /** A forgotten quote turns all strings behind it inside out: the first one over several lines is to blame. */
  #longString(): string | undefined {
    const long = this.#tokens.find(({ kind, text }) => kind === 'string' && text.includes('\n'))
    return long && `is a quote missing in line ${long.line}? a string runs over several lines from there`
  }

  #push(kind: TokenKind, end: number, written: string): void {
    const value = kind === 'number' ? this.#numberOf(written) : (NUMBER_WORDS.get(written) ?? 0)
    const text = kind === 'ipv6' ? written.replace(/[[\]]/g, '') : written
    const isNumber = kind === 'number' || (kind === 'word' && NUMBER_WORDS.has(written))
    const place = this.#place()
    this.#tokens.push({ kind: isNumber ? 'number' : kind, text, value, ...place, start: this.#at, end })
    this.#advance(end - this.#at)
  }

  /** Decimal, 0x hexadecimal, 0 octal. */
  #numberOf(text: string): number {
    if (/^0\d*[89]/.test(text)) {
      this.#complain(`bad number ${text}`, 'a leading 0 makes a number octal: drop it')
      return 0
    }
    const value = text.startsWith('0x') ? parseInt(text, 16) : parseInt(text, text.startsWith('0') ? 8 : 10)
    if (value > NUMBER_MAX) this.#complain(`number too large: ${text}`, `at most ${NUMBER_MAX}`)
    return value
  }

  #complain(reason: string, hint: string, place = this.#place()): void {
    this.errors.push(new ScriptError(place, reason, hint))
  }

  #place(): Position {
    return { file: this.file, line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.text)
    if (found !== null) this.#advance(found[0].length)
    return found !== null
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
