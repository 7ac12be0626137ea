// The rules of the module permissions (its allow and deny files): who may reach what. One a line:
//
//   from-list [EXCEPT from-list] : uri-list [EXCEPT uri-list]     # a list is ALL, or quoted patterns with commas between

import { ScriptError, type Position } from '../../errors.js'
import { compileRegex } from '../../script/regex.js'

/** As SER. */
const LINE_LENGTH_MAX = 500
const PATTERN_LENGTH_MAX = 100
const RULES_MAX = 10_000

/** Patterns of which one must match, and of which none may. */
interface Side {
  readonly of: 'ALL' | readonly RegExp[]
  readonly except: 'ALL' | readonly RegExp[]
}

export interface Rule {
  readonly from: Side
  readonly to: Side
}

/** Is there a rule for these two addresses? */
export function isCovered(rules: readonly Rule[], from: string, to: string): boolean {
  return rules.some((rule) => fits(rule.from, from) && fits(rule.to, to))
}

function fits({ of, except }: Side, address: string): boolean {
  return isAmong(of, address) && !isAmong(except, address)
}

function isAmong(patterns: Side['of'], address: string): boolean {
  return patterns === 'ALL' || patterns.some((pattern) => pattern.test(address))
}

/** The rules of a file. Throws a ScriptError for the first line that is none. */
export function parseRules(text: string, file: string): Rule[] {
  const rules: Rule[] = []
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const rule = new RuleReader(line, { file, line: at + 1, column: 1 }).rule()
    if (rule !== undefined && rules.length >= RULES_MAX)
      throw new ScriptError({ file, line: at + 1, column: 1 }, `more than ${RULES_MAX} rules`)
    if (rule !== undefined) rules.push(rule)
  }
  return rules
}

/** A quoted text, a word, a mark; a comment ends the line. */
const TOKEN = /\s*(?:"([^"]*)"|([A-Za-z]+)|([,:])|(#.*)?$)/y

class RuleReader {
  #at = 0
  #next = ''
  /** The next token is a pattern. */
  #isQuoted = false
  /** Where the next token begins. */
  #start = 0

  constructor(
    private readonly line: string,
    private readonly place: Position,
  ) {
    if (line.length > LINE_LENGTH_MAX)
      throw this.#wrong(`a line is longer than ${LINE_LENGTH_MAX} characters`)
    this.#read()
  }

  /** undefined: the line is empty. */
  rule(): Rule | undefined {
    if (this.#isEnd) return undefined
    const from = this.#side()
    if (this.#next !== ':' || this.#isQuoted) throw this.#wrong('a colon is expected')
    this.#read()
    const to = this.#side()
    if (!this.#isEnd) throw this.#wrong('the line should end here')
    return { from, to }
  }

  #side(): Side {
    const of = this.#list()
    if (this.#next !== 'EXCEPT' || this.#isQuoted) return { of, except: [] }
    this.#read()
    return { of, except: this.#list() }
  }

  #list(): Side['of'] {
    if (this.#next === 'ALL' && !this.#isQuoted) {
      this.#read()
      return 'ALL'
    }
    const patterns = [this.#pattern()]
    while (this.#next === ',' && !this.#isQuoted) {
      this.#read()
      patterns.push(this.#pattern())
    }
    return patterns
  }

  #pattern(): RegExp {
    if (!this.#isQuoted) throw this.#wrong('ALL or a pattern in quotes is expected')
    if (this.#next.length > PATTERN_LENGTH_MAX)
      throw this.#wrong(`a pattern is longer than ${PATTERN_LENGTH_MAX} characters`)
    try {
      const pattern = compileRegex(this.#next)
      this.#read()
      return pattern
    } catch (error) {
      throw this.#wrong((error as Error).message)
    }
  }

  get #isEnd(): boolean {
    return this.#next === '' && !this.#isQuoted
  }

  #read(): void {
    TOKEN.lastIndex = this.#at
    const found = TOKEN.exec(this.line)
    this.#start = this.#at + /^\s*/.exec(this.line.slice(this.#at))![0].length
    if (found === null) throw this.#wrong('neither a pattern in quotes nor ALL, EXCEPT, a comma or a colon')
    this.#at = TOKEN.lastIndex
    this.#isQuoted = found[1] !== undefined
    this.#next = found[1] ?? found[2] ?? found[3] ?? ''
  }

  #wrong(reason: string): ScriptError {
    const hint = 'a rule is: ALL or "pattern", ... [EXCEPT ...] : ALL or "pattern", ... [EXCEPT ...]'
    return new ScriptError({ ...this.place, column: this.#start + 1 }, reason, hint)
  }
}
