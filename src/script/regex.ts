// POSIX extended regular expressions as scripts write them, made into JavaScript's (the SER core, textops).
//
// Every construct is read and written anew, so that what only JavaScript knows (lazy repeats, (?:...), \d) means what
// it means to regcomp, or is refused with its place. In newline-aware patterns (textops) `.` and negated sets do not
// match a line feed, and ^ $ match at lines (at line feeds only, so `$` does not match before CR LF).
// Alternatives match leftmost-first, not leftmost-longest: that can show in what is replaced, not in whether it matches.

import { ScriptError, type Position } from '../errors.js'
import { PatternMistake, translateBracket } from './bracket.js'

export interface RegexOptions {
  /** textops: `.` stops at lines, ^ and $ match at them. Core conditions: no. */
  readonly newlineAware?: boolean
  readonly caseSensitive?: boolean
  readonly global?: boolean
}

/** Longest pattern accepted, in characters. */
export const PATTERN_LENGTH_MAX = 4096
const GROUPS_NESTED_MAX = 100
/** Upper end of an interval (RE_DUP_MAX). */
const REPEATS_MAX = 0x7fff

/** Compiles a pattern. Throws an Error whose message begins with SER's "bad re" and says where. */
export function compileRegex(pattern: string, options: RegexOptions = {}): RegExp {
  const { newlineAware = false, caseSensitive = false, global = false } = options
  const { source } = translateRegex(pattern, newlineAware)
  const flags = `${caseSensitive ? '' : 'i'}s${global ? 'g' : ''}`
  try {
    const regex = new RegExp(source, flags)
    // Compiled at first use: what is too large for the engine is found now.
    regex.test('')
    regex.lastIndex = 0
    return regex
  } catch (error) {
    throw badPattern(pattern, (error as Error).message.replace(/^.*\/[a-z]*: /, ''))
  }
}

/** compileRegex for a core condition. Throws a ScriptError at `place`. */
export function regexAt(pattern: string, place: Position): RegExp {
  try {
    return compileRegex(pattern)
  } catch (error) {
    throw new ScriptError(place, (error as Error).message, 'patterns are POSIX extended regular expressions')
  }
}

/** What loads, but hardly means what its author thinks: for warnings. */
export function regexNotes(pattern: string): readonly string[] {
  return translateRegex(pattern, false).notes
}

function badPattern(pattern: string, reason: string): Error {
  return new Error(`bad re "${pattern}": ${reason}`)
}

interface Translated {
  readonly source: string
  readonly notes: readonly string[]
}

function translateRegex(pattern: string, linewise: boolean): Translated {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new Error(`bad re: longer than ${PATTERN_LENGTH_MAX} characters`)
  const reader = new PatternReader(pattern, linewise)
  try {
    return { source: reader.alternatives().source, notes: reader.notes }
  } catch (error) {
    throw badPattern(pattern, (error as Error).message)
  }
}

/** A part of a pattern. */
interface Part {
  readonly source: string
  /** Can match any number of characters. */
  readonly unbounded: boolean
  /** A single character that always stands there. */
  readonly literal?: string
}

/** Letters that GNU's regcomp gives a meaning behind a backslash, as JavaScript writes them. */
const LETTER_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['w', '[A-Za-z0-9_]'],
  ['W', '[^A-Za-z0-9_]'],
  ['s', '[ \\t\\n\\v\\f\\r]'],
  ['S', '[^ \\t\\n\\v\\f\\r]'],
  ['b', '\\b'],
  ['B', '\\B'],
  ['<', '\\b(?=\\w)'],
  ['>', '\\b(?<=\\w)'],
  ['`', '(?<![\\s\\S])'],
  ["'", '(?![\\s\\S])'],
])

class PatternReader {
  #at = 0
  #depth = 0
  /** Groups opened so far. */
  #groups = 0
  readonly notes: string[] = []

  constructor(
    private readonly pattern: string,
    private readonly linewise: boolean,
  ) {}

  alternatives(): Part {
    const parts = [this.#sequence()]
    while (this.pattern[this.#at] === '|') {
      this.#at++
      parts.push(this.#sequence())
    }
    return {
      source: parts.map(({ source }) => source).join('|'),
      unbounded: parts.some(({ unbounded }) => unbounded),
    }
  }

  /** Unbounded: when nothing in it marks where a round of it ends, so that repeating it can be read in many ways. */
  #sequence(): Part {
    const parts: Part[] = []
    for (;;) {
      const letter = this.pattern[this.#at]
      // Without an open ( a ) is an ordinary character.
      if (letter === undefined || letter === '|' || (letter === ')' && this.#depth > 0)) break
      parts.push(this.#repeated())
    }
    const source = parts.map((part) => part.source).join('')
    const loose = parts.filter(({ unbounded }) => unbounded)
    const isMarked = parts.some(
      ({ literal }) =>
        literal !== undefined &&
        !loose.some((part) => new RegExp(part.source, 'is').exec(literal)?.[0] === literal),
    )
    return { source, unbounded: loose.length > 0 && !isMarked }
  }

  #repeated(): Part {
    const start = this.#at
    const atom = this.#atom()
    let { source, unbounded } = atom
    let isRepeated = false
    for (let repeat = this.#repeat(); repeat !== undefined; repeat = this.#repeat()) {
      if (unbounded && repeat.unbounded) this.#noteSlow(start)
      source = isRepeated ? `(?:${source})${repeat.source}` : `${source}${repeat.source}`
      unbounded ||= repeat.unbounded
      isRepeated = true
    }
    return isRepeated ? { source, unbounded } : atom
  }

  #noteSlow(start: number): void {
    const text = this.pattern.slice(start, this.#at)
    this.notes.push(`${text} repeats a repetition: hostile messages can make it run very long`)
  }

  /** `*`, `+`, `?` or an interval, if one stands here. */
  #repeat(): { readonly source: string; readonly unbounded: boolean } | undefined {
    const letter = this.pattern[this.#at]
    if (letter === '{') return this.#interval()
    if (letter !== '*' && letter !== '+' && letter !== '?') return undefined
    this.#at++
    return { source: letter, unbounded: letter !== '?' }
  }

  #interval(): { readonly source: string; readonly unbounded: boolean } {
    const start = this.#at
    const found = /^\{(\d*)(,?)(\d*)\}/.exec(this.pattern.slice(start))
    const [whole, low = '', comma = '', high = ''] = found ?? []
    if (whole === undefined || (low === '' && comma === ''))
      throw new PatternMistake('unmatched { (write \\{ for the character)', start)
    const least = Number(low === '' ? 0 : low)
    const most = high === '' ? (comma === '' ? least : undefined) : Number(high)
    if (Math.max(least, most ?? 0) > REPEATS_MAX)
      throw new PatternMistake('regular expression too big', start)
    if (most !== undefined && most < least) throw new PatternMistake('invalid content of {}', start)
    this.#at += whole.length
    return { source: `{${least}${comma}${high}}`, unbounded: most === undefined }
  }

  #atom(): Part {
    const start = this.#at
    const letter = this.pattern[this.#at++]!
    switch (letter) {
      case '(':
        return this.#group(start)
      case '[': {
        const [source, next] = translateBracket(this.pattern, start, this.linewise)
        this.#at = next
        return { source, unbounded: false }
      }
      case '.':
        return { source: this.linewise ? '[^\\n]' : '.', unbounded: false }
      case '^':
        return this.#anchor(this.linewise ? '(?<=\\n|(?<![\\s\\S]))' : '^')
      case '$':
        return this.#anchor(this.linewise ? '(?=\\n|(?![\\s\\S]))' : '$')
      case '\\':
        return this.#escape(start)
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternMistake(`nothing to repeat before ${letter}`, start)
      default:
        return literal(letter)
    }
  }

  /** An anchor cannot be repeated. */
  #anchor(source: string): Part {
    const letter = this.pattern[this.#at]
    if (letter !== undefined && '*+?{'.includes(letter))
      throw new PatternMistake(`nothing to repeat before ${letter}`, this.#at)
    return { source, unbounded: false }
  }

  #group(start: number): Part {
    if (++this.#depth > GROUPS_NESTED_MAX) throw new PatternMistake('groups nested too deeply', start)
    this.#groups++
    const inner = this.alternatives()
    if (this.pattern[this.#at] !== ')') throw new PatternMistake('unmatched (', start)
    this.#at++
    this.#depth--
    return { source: `(${inner.source})`, unbounded: inner.unbounded }
  }

  #escape(start: number): Part {
    const letter = this.pattern[this.#at++]
    if (letter === undefined) throw new PatternMistake('trailing backslash', start)
    if (/[1-9]/.test(letter)) {
      if (Number(letter) > this.#groups) throw new PatternMistake(`invalid back reference \\${letter}`, start)
      return { source: `(?:\\${letter})`, unbounded: false }
    }
    const known = LETTER_ESCAPES.get(letter)
    if (known !== undefined)
      return { source: known.startsWith('[') ? known : `(?:${known})`, unbounded: false }
    if (/[A-Za-z0]/.test(letter))
      this.notes.push(`\\${letter} is no escape in a pattern: it matches ${letter}`)
    return literal(letter)
  }
}

function literal(letter: string): Part {
  const source = /[\\^$.*+?()[\]{}|/]/.test(letter) ? `\\${letter}` : letter
  return { source, unbounded: false, literal: letter }
}
