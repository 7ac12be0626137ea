// Recursive descent over the grammar of ser-language 2. Both dialects: 0.8 and 0.9 ([proto:]id[:port], else-if, `;`
// optional behind braces). After a mistake reading goes on behind the statement, so that one run names several.

import { ScriptError, ScriptErrors, type Position } from '../errors.js'
import type { RouteKind } from './contract.js'
import { tokenize, type Token } from './lexer.js'
import type {
  Assignment,
  Call,
  Expression,
  ModuleLine,
  Operator,
  RouteBlock,
  Script,
  Statement,
  Value,
} from './tree.js'

const BLOCKS: Readonly<Record<string, RouteKind>> = {
  route: 'request',
  failure_route: 'failure',
  onreply_route: 'onreply',
  reply_route: 'failure',
}
const ROUTE_NUMBER_MAX = 19
const OPERATORS = new Set(['==', '!=', '=~', '<', '>', '<=', '>='])
const BOOLEANS: Readonly<Record<string, number>> = {
  yes: 1,
  true: 1,
  on: 1,
  enable: 1,
  no: 0,
  false: 0,
  off: 0,
  disable: 0,
}
const STARTERS = new Set([...Object.keys(BLOCKS), 'loadmodule', 'modparam'])
/** Complaints given before reading is given up. */
const ERRORS_MAX = 20
const NESTING_MAX = 200

/** Reads a routing script. Throws ScriptErrors with every mistake found. */
export function parseScript(text: string, file: string): Script {
  const errors: ScriptError[] = []
  const tokens = tokenize(text, file, errors)
  const script = new Parser(text, file, tokens, errors).script()
  if (errors.length > 0)
    throw new ScriptErrors(errors.sort((one, two) => one.position.line - two.position.line))
  return script
}

class Parser {
  #at = 0
  #depth = 0
  readonly #assignments: Assignment[] = []
  readonly #modules: ModuleLine[] = []
  readonly #routes: RouteBlock[] = []

  constructor(
    private readonly text: string,
    private readonly file: string,
    private readonly tokens: readonly Token[],
    private readonly errors: ScriptError[],
  ) {}

  script(): Script {
    if (this.#peek.kind === 'end')
      this.errors.push(this.#error('the script is empty', 'write at least route { ... }'))
    while (this.#peek.kind !== 'end' && this.errors.length < ERRORS_MAX) {
      this.#guard(
        () => this.#topLevel(),
        () => this.#skipToTopLevel(),
      )
    }
    const { file, text } = this
    return { file, text, assignments: this.#assignments, modules: this.#modules, routes: this.#routes }
  }

  #topLevel(): void {
    const token = this.#peek
    if (token.kind !== 'word')
      throw this.#error(
        `unexpected ${describe(token)}`,
        token.text === ';'
          ? 'no ; between top-level statements'
          : 'expected an option, loadmodule, modparam or a route block',
      )
    if (token.text === 'loadmodule') this.#loadmodule()
    else if (token.text === 'modparam') this.#modparam()
    else if (BLOCKS[token.text] !== undefined && !this.#isSymbol('=', 1)) this.#route()
    else this.#assignment()
  }

  #loadmodule(): void {
    const place = this.#next()
    this.#modules.push({ kind: 'loadmodule', place, path: this.#string('the module path in quotes') })
  }

  #modparam(): void {
    const place = this.#next()
    this.#symbol('(')
    const module = this.#string('the module name in quotes')
    this.#symbol(',')
    const name = this.#string('the parameter name in quotes')
    this.#symbol(',')
    const token = this.#next()
    const boolean = BOOLEANS[token.text]
    let value: number | string
    if (token.kind === 'string') value = token.text
    else if (token.kind === 'number') value = token.value
    else if (token.kind === 'symbol' && token.text === '-' && this.#peek.kind === 'number')
      value = -this.#next().value
    else if (token.kind === 'word' && boolean !== undefined) value = boolean
    else throw this.#error(`a parameter value cannot be ${describe(token)}`, 'a "string" or a number', token)
    this.#symbol(')')
    this.#modules.push({ kind: 'modparam', place, module, name, value })
  }

  #assignment(): void {
    const name = this.#next()
    if (!this.#isSymbol('='))
      throw this.#error(
        `syntax error at ${describe(this.#peek)} behind "${name.text}"`,
        'write option=value',
        this.#peek,
      )
    this.#next()
    const values: Value[] = [this.#item()]
    while (this.#startsItem()) values.push(this.#item())
    this.#assignments.push({ place: name, name: name.text, values })
  }

  /** Does another value of the same option follow, rather than the next statement? */
  #startsItem(): boolean {
    const token = this.#peek
    if (token.kind === 'string' || token.kind === 'number' || token.kind === 'ip') return true
    return token.kind === 'word' && !STARTERS.has(token.text) && !this.#isSymbol('=', 1)
  }

  #route(): void {
    const place = this.#next()
    const kind = BLOCKS[place.text]!
    let number = 0
    if (this.#isSymbol('[')) {
      this.#next()
      number = this.#number('a route number')
      this.#symbol(']')
    }
    const least = kind === 'request' ? 0 : 1
    if (number < least || number > ROUTE_NUMBER_MAX)
      this.errors.push(
        this.#error(
          `invalid routing table number (${number})`,
          `${place.text} takes ${least}..${ROUTE_NUMBER_MAX}`,
          place,
        ),
      )
    this.#symbol('{')
    const body = this.#actions()
    this.#symbol('}')
    this.#routes.push({ place, kind, number, body })
  }

  #actions(): Statement[] {
    const open = this.#peek
    if (this.#isSymbol('}'))
      throw this.#error('an empty block is not allowed', 'write at least ; in it', open)
    const body: Statement[] = []
    while (!this.#isSymbol('}') && this.#peek.kind !== 'end')
      this.#guard(
        () => body.push(this.#action()),
        () => this.#skipStatement(),
      )
    return body
  }

  #action(): Statement {
    if (this.#isSymbol(';')) {
      this.#next()
      return { kind: 'empty' }
    }
    if (this.#isSymbol('{')) throw this.#error('a block cannot stand by itself', 'put it behind if (...)')
    if (this.#isWord('else')) throw this.#error('else without if', 'every else needs an if right before it')
    if (this.#isWord('if')) return this.#if()
    const call = this.#call()
    if (!this.#isSymbol(';'))
      throw this.#error(
        `bad command: missing ';'? (behind ${call.name})`,
        'end the command with ;',
        this.#peek,
      )
    this.#next()
    return call
  }

  #if(): Statement {
    const place = this.#next()
    const condition = this.#or()
    const then = this.#branch()
    let otherwise: Statement[] | undefined
    // 0.9 takes `if (a) b; else c;`, which 0.8 refused.
    if (this.#isSymbol(';') && this.#isWord('else', 1)) this.#next()
    if (this.#isWord('else')) {
      this.#next()
      otherwise = this.#branch()
    }
    return { kind: 'if', place, condition, then, otherwise }
  }

  /** stm: a command without its `;`, another if, or a block. */
  #branch(): Statement[] {
    if (++this.#depth > NESTING_MAX) throw this.#error('nested too deeply', `at most ${NESTING_MAX} levels`)
    try {
      if (this.#isWord('if')) return [this.#if()]
      if (!this.#isSymbol('{')) return [this.#call()]
      this.#next()
      const body = this.#actions()
      this.#symbol('}')
      return body
    } finally {
      this.#depth--
    }
  }

  #call(): Call {
    const name = this.#next()
    if (name.kind !== 'word')
      throw this.#error(`syntax error at ${describe(name)}`, 'expected a command', name)
    if (!this.#isSymbol('(')) return this.#callOf(name, [], true)
    this.#next()
    const args: Value[] = []
    if (!this.#isSymbol(')')) {
      args.push(this.#item())
      while (this.#isSymbol(',')) {
        this.#next()
        args.push(this.#item())
      }
    }
    if (!this.#isSymbol(')'))
      throw this.#error(
        `bad arguments of ${name.text}: missing '(' or ')' ?`,
        `found ${describe(this.#peek)}`,
        this.#peek,
      )
    this.#next()
    return this.#callOf(name, args, false)
  }

  #callOf(name: Token, args: Value[], bare: boolean): Call {
    const text = this.text.slice(name.start, this.tokens[this.#at - 1]!.end).replace(/\s+/g, ' ')
    return { kind: 'call', place: placeOf(name), name: name.text, args, bare, text }
  }

  /** A string, a number, an address, a dotted name, uri:host, uri:port; with [proto:] before and [:port] behind. */
  #item(): Value {
    const token = this.#next()
    const place = placeOf(token)
    if (token.kind === 'string') return { kind: 'string', place, text: token.text }
    if (token.kind === 'number') return { kind: 'number', place, value: token.value }
    if (token.text === 'uri:host' || token.text === 'uri:port') return { kind: token.text, place }
    if (token.kind === 'ip') return this.#host(place, token.text.replace(/^\[|\]$/g, ''), undefined)
    if (token.kind !== 'word')
      throw this.#error(
        `bad arguments: unexpected ${describe(token)}`,
        'a "string", a number or a host',
        token,
      )
    if (BOOLEANS[token.text] !== undefined && !this.#isSymbol('.') && !this.#isSymbol(':'))
      return { kind: 'number', place, value: BOOLEANS[token.text]! }
    if (/^(udp|tcp|tls)$/i.test(token.text) && this.#isSymbol(':')) {
      this.#next()
      const host = this.#next()
      const text =
        host.kind === 'ip'
          ? host.text.replace(/^\[|\]$/g, '')
          : host.kind === 'string'
            ? host.text
            : this.#dotted(host)
      return this.#host(place, text, token.text.toLowerCase())
    }
    return this.#host(place, this.#dotted(token), undefined)
  }

  #dotted(first: Token): string {
    let text = first.text
    while (this.#isSymbol('.') || this.#isSymbol('-')) {
      if (this.#isSymbol('-'))
        throw this.#error(
          `a name with "-" cannot be written bare (${text}-...)`,
          'put it in quotes',
          this.#peek,
        )
      this.#next()
      text += `.${this.#next().text}`
    }
    return text
  }

  #host(place: Position, text: string, proto: string | undefined): Value {
    const host = { kind: 'host', place, text } as const
    const named = proto === undefined ? host : { ...host, proto }
    if (!this.#isSymbol(':')) return named
    this.#next()
    return { ...named, port: this.#number('a port') }
  }

  // Precedence: not, and, or (ser-language 2).
  #or(): Expression {
    let left = this.#and()
    while (this.#isSymbol('||') || this.#isSymbol('|') || this.#isWord('or')) {
      this.#next()
      left = { kind: 'or', left, right: this.#and() }
    }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.#isSymbol('&&') || this.#isSymbol('&') || this.#isWord('and')) {
      this.#next()
      left = { kind: 'and', left, right: this.#not() }
    }
    return left
  }

  #not(): Expression {
    if (++this.#depth > NESTING_MAX) throw this.#error('nested too deeply', `at most ${NESTING_MAX} levels`)
    try {
      if (this.#isSymbol('!') || this.#isWord('not')) {
        this.#next()
        return { kind: 'not', of: this.#not() }
      }
      if (!this.#isSymbol('(')) return this.#element()
      this.#next()
      const inner = this.#or()
      this.#symbol(')')
      return inner
    } finally {
      this.#depth--
    }
  }

  #element(): Expression {
    const token = this.#peek
    if (token.kind === 'number') return { kind: 'number', value: this.#next().value }
    if (token.kind === 'word' && this.#isOperator(1)) return this.#comparison()
    if (token.kind === 'word' && BOOLEANS[token.text] !== undefined)
      return { kind: 'number', value: BOOLEANS[this.#next().text]! }
    if (this.#isSymbol('=', 1) && token.kind === 'word')
      throw this.#error('= does not compare', 'use == to compare', this.tokens[this.#at + 1])
    return { kind: 'run', body: this.#branch() }
  }

  #comparison(): Expression {
    const operand = this.#next()
    const operator = this.#next().text as Operator
    const right = this.#item()
    let mask: number | string | undefined
    if (this.#isSymbol('/')) {
      this.#next()
      const token = this.#next()
      mask = token.kind === 'number' ? token.value : token.text
    }
    return { kind: 'compare', place: placeOf(operand), operand: operand.text, operator, right, mask }
  }

  // ---- tokens ----

  get #peek(): Token {
    return this.tokens[this.#at]!
  }

  #next(): Token {
    const token = this.#peek
    if (token.kind !== 'end') this.#at++
    return token
  }

  #tokenAt(offset: number): Token | undefined {
    return this.tokens[this.#at + offset]
  }

  #isSymbol(text: string, offset = 0): boolean {
    const token = this.#tokenAt(offset)
    return token?.kind === 'symbol' && token.text === text
  }

  #isWord(text: string, offset = 0): boolean {
    const token = this.#tokenAt(offset)
    return token?.kind === 'word' && token.text === text
  }

  #isOperator(offset: number): boolean {
    const token = this.#tokenAt(offset)
    return token?.kind === 'symbol' && OPERATORS.has(token.text)
  }

  #symbol(text: string): void {
    if (!this.#isSymbol(text))
      throw this.#error(`expected "${text}" but found ${describe(this.#peek)}`, undefined, this.#peek)
    this.#next()
  }

  #string(what: string): string {
    const token = this.#next()
    if (token.kind !== 'string')
      throw this.#error(`expected ${what}, found ${describe(token)}`, undefined, token)
    return token.text
  }

  #number(what: string): number {
    const token = this.#next()
    if (token.kind !== 'number')
      throw this.#error(`expected ${what}, found ${describe(token)}`, undefined, token)
    return token.value
  }

  // ---- mistakes ----

  #error(reason: string, hint?: string, at: Position = this.#peek): ScriptError {
    return new ScriptError(placeOf(at), reason, hint)
  }

  #guard(read: () => void, recover: () => void): void {
    const start = this.#at
    try {
      read()
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      this.errors.push(error)
      if (this.errors.length >= ERRORS_MAX) this.#at = this.tokens.length - 1
      recover()
      if (this.#at === start) this.#next()
    }
  }

  /** To behind the next `;` of this block, or before the `}` that ends it. */
  #skipStatement(): void {
    let depth = 0
    for (; this.#peek.kind !== 'end'; this.#next()) {
      if (this.#isSymbol('{')) depth++
      else if (this.#isSymbol('}')) {
        if (depth === 0) return
        depth--
      } else if (this.#isSymbol(';') && depth === 0) {
        this.#next()
        return
      }
    }
  }

  #skipToTopLevel(): void {
    let depth = 0
    for (; this.#peek.kind !== 'end'; this.#next()) {
      if (this.#isSymbol('{')) depth++
      else if (this.#isSymbol('}')) depth = Math.max(0, depth - 1)
      else if (
        depth === 0 &&
        this.#peek.kind === 'word' &&
        (STARTERS.has(this.#peek.text) || this.#isSymbol('=', 1))
      )
        return
    }
  }
}

function placeOf({ file, line, column }: Position): Position {
  return { file, line, column }
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the script'
  return JSON.stringify(token.text)
}
