// POSIX extended regular expressions as scripts write them, made into JavaScript's (ser-language 7.2, textops).
//
// Every construct is read and written anew, so that what only JavaScript knows (lazy repeats, (?:...), \d) means what
// it means to regcomp, or is refused with its place. In newline-aware patterns (textops) `.` and negated sets do not
// match a line feed, and ^ $ match at lines (at line feeds only, so `$` does not match before CR LF).
// Alternatives match leftmost-first, not leftmost-longest: that can show in what is replaced, not in whether it matches.

import { ScriptError, type Position } from '../errors.js'
import { PatternMistake, translateBracket, type PatternMode } from './bracket.js'

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
/** Atoms of a pattern with its intervals written out. */
const ATOMS_MAX = 100_000

/** Compiles a pattern. Throws an Error whose message begins with SER's "bad re" and says where. */
export function compileRegex(pattern: string, options: RegexOptions = {}): RegExp {
  const { newlineAware = false, caseSensitive = false, global = false } = options
  const { source } = translateRegex(pattern, { linewise: newlineAware, ignoreCase: !caseSensitive })
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
  return translateRegex(pattern, { linewise: false, ignoreCase: true }).notes
}

function badPattern(pattern: string, reason: string): Error {
  return new Error(`bad re "${pattern}": ${reason}`)
}

interface Translated {
  readonly source: string
  readonly notes: readonly string[]
}

function translateRegex(pattern: string, mode: PatternMode): Translated {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new Error(`bad re: longer than ${PATTERN_LENGTH_MAX} characters`)
  const reader = new PatternReader(pattern, mode)
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
  /** In atoms, intervals written out. */
  readonly size: number
  /** A single character that always stands there. */
  readonly literal?: string
}

interface Repeat extends Pick<Part, 'source' | 'unbounded'> {
  /** How often the atom is written out. */
  readonly times: number
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0)
}

/** Letters that GNU's regcomp gives a meaning behind a backslash, as JavaScript writes them: sets and anchors. */
const SET_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['w', '[A-Za-z0-9_]'],
  ['W', '[^A-Za-z0-9_]'],
  ['s', '[ \\t\\n\\v\\f\\r]'],
  ['S', '[^ \\t\\n\\v\\f\\r]'],
])
const ANCHOR_ESCAPES: ReadonlyMap<string, string> = new Map([
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
    private readonly mode: PatternMode,
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
      size: sizeOf(parts),
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
    return { source, unbounded: loose.length > 0 && !isMarked, size: sizeOf(parts) }
  }

  #repeated(): Part {
    const start = this.#at
    const atom = this.#atom()
    let { source, unbounded, size } = atom
    let isRepeated = false
    for (let repeat = this.#repeat(); repeat !== undefined; repeat = this.#repeat()) {
      if (unbounded && repeat.unbounded) this.#noteSlow(start)
      source = isRepeated ? `(?:${source})${repeat.source}` : `${source}${repeat.source}`
      unbounded ||= repeat.unbounded
      size *= repeat.times
      if (size > ATOMS_MAX) throw new PatternMistake('regular expression too big', start)
      isRepeated = true
    }
    return isRepeated ? { source, unbounded, size } : atom
  }

  #noteSlow(start: number): void {
    const text = this.pattern.slice(start, this.#at)
    this.notes.push(`${text} repeats a repetition: hostile messages can make it run very long`)
  }

  /** `*`, `+`, `?` or an interval, if one stands here. */
  #repeat(): Repeat | undefined {
    const letter = this.pattern[this.#at]
    if (letter === '{') return this.#interval()
    if (letter !== '*' && letter !== '+' && letter !== '?') return undefined
    this.#at++
    return { source: letter, unbounded: letter !== '?', times: 1 }
  }

  #interval(): Repeat {
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
    const times = Math.max(1, most ?? least)
    return { source: `{${least}${comma}${high}}`, unbounded: most === undefined, times }
  }

  #atom(): Part {
    const start = this.#at
    const letter = this.pattern[this.#at++]!
    switch (letter) {
      case '(':
        return this.#group(start)
      case '[': {
        const [source, next] = translateBracket(this.pattern, start, this.mode)
        this.#at = next
        return { source, unbounded: false, size: 1 }
      }
      case '.':
        return { source: this.mode.linewise ? '[^\\n]' : '.', unbounded: false, size: 1 }
      case '^':
        return this.#anchor(this.mode.linewise ? '(?<=\\n|(?<![\\s\\S]))' : '^')
      case '$':
        return this.#anchor(this.mode.linewise ? '(?=\\n|(?![\\s\\S]))' : '$')
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
    return { source, unbounded: false, size: 1 }
  }

  #group(start: number): Part {
    if (++this.#depth > GROUPS_NESTED_MAX) throw new PatternMistake('groups nested too deeply', start)
    this.#groups++
    const inner = this.alternatives()
    if (this.pattern[this.#at] !== ')') throw new PatternMistake('unmatched (', start)
    this.#at++
    this.#depth--
    return { ...inner, source: `(${inner.source})` }
  }

  #escape(start: number): Part {
    const letter = this.pattern[this.#at++]
    if (letter === undefined) throw new PatternMistake('trailing backslash', start)
    if (/[1-9]/.test(letter)) {
      if (Number(letter) > this.#groups) throw new PatternMistake(`invalid back reference \\${letter}`, start)
      return { source: `(?:\\${letter})`, unbounded: false, size: 1 }
    }
    const set = SET_ESCAPES.get(letter)
    if (set !== undefined) return { source: set, unbounded: false, size: 1 }
    const anchor = ANCHOR_ESCAPES.get(letter)
    if (anchor !== undefined) return this.#anchor(anchor)
    if (/[A-Za-z0]/.test(letter))
      this.notes.push(`\\${letter} is no escape in a pattern: it stands for ${letter}`)
    return literal(letter)
  }
}

function literal(letter: string): Part {
  const source = /[\\^$.*+?()[\]{}|/]/.test(letter) ? `\\${letter}` : letter
  return { source, unbounded: false, size: 1, literal: letter }
}
