// Binding of route blocks: commands, functions and conditions become steps.

import { nearest, ScriptError, type Position } from '../errors.js'
import { routeName, suggestion, type LineShape, type Warning } from './bind.js'
import { comparisonStep, myselfStep } from './conditions.js'
import { URI_HOST, URI_PORT } from './contract.js'
import type {
  ArgumentKind,
  CommandArgument,
  CommandRecord,
  FunctionRecord,
  OperandRecord,
} from './contract.js'
import type { Result, RouteKind, Vocabulary } from './contract.js'
import { compileRegex } from './regex.js'
import {
  asCondition,
  both,
  callRoute,
  choose,
  either,
  FALSE,
  list,
  negate,
  then,
  TRUE,
  type Step,
} from './run.js'
import { parseSubstitution } from './substitution.js'
import type { Call, Expression, Script, Statement, Value } from './tree.js'

/** Steps of each route block by its name. */
export type RouteTable<C> = Map<string, Step<C>[]>

/** What a command or function is called with. */
type Bound<C> = { readonly routes?: readonly RouteKind[]; readonly args: readonly unknown[] } & {
  readonly call: (context: C, ...args: never[]) => Result
}

const KIND_NAMES: Readonly<Record<RouteKind, string>> = {
  request: 'route',
  failure: 'failure_route',
  onreply: 'onreply_route',
}

export class Binder<C> {
  readonly lines: LineShape[] = []
  readonly arms: LineShape[] = []
  readonly #commands = new Map<string, CommandRecord<C>>()
  readonly #operands = new Map<string, OperandRecord<C>>()
  readonly #bodies = new Map<string, Step<C>>()
  readonly #defined = new Set<string>()
  #kind: RouteKind = 'request'
  #route = ''

  constructor(
    private readonly vocabulary: Vocabulary<C>,
    private readonly functions: ReadonlyMap<string, FunctionRecord<C>>,
    private readonly script: Script,
    private readonly errors: ScriptError[],
    private readonly warnings: Warning[],
  ) {
    for (const [name, record] of Object.entries(vocabulary.commands))
      for (const word of [name, ...(record.aliases ?? [])]) this.#commands.set(word, record)
    for (const [name, record] of Object.entries(vocabulary.operands))
      for (const word of [name, ...(record.aliases ?? [])]) this.#operands.set(word, record)
    for (const { kind, number } of script.routes) this.#defined.add(routeName(kind, number))
  }

  /** A route defined twice is one: the second list is appended (SER). */
  routes(): RouteTable<C> {
    const table: RouteTable<C> = new Map()
    for (const { kind, number, body } of this.script.routes) {
      this.#kind = kind
      this.#route = routeName(kind, number)
      const steps = table.get(this.#route) ?? []
      steps.push(...this.#steps(body))
      table.set(this.#route, steps)
    }
    for (const [name, steps] of table) this.#bodies.set(name, list(steps))
    if (!table.has('route')) {
      const place = { file: this.script.file, line: 1, column: 1 }
      this.warnings.push({ position: place, text: 'there is no route block: every request is dropped' })
    }
    return table
  }

  #steps(body: readonly Statement[]): Step<C>[] {
    const steps: Step<C>[] = []
    for (const statement of body) {
      if (statement.kind === 'empty') continue
      const step = this.#guard(() => this.#statement(statement))
      if (step !== undefined) steps.push(step)
    }
    return steps
  }

  #guard<T>(bind: () => T): T | undefined {
    try {
      return bind()
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      this.errors.push(error)
      return undefined
    }
  }

  #statement(statement: Exclude<Statement, { kind: 'empty' }>): Step<C> {
    if (statement.kind === 'call') return this.#call(statement)
    const { place, condition, then, otherwise } = statement
    const shape = { line: place.line, column: place.column, route: this.#route }
    this.lines.push(shape)
    this.arms.push(shape)
    const test = this.#guard(() => this.#expression(condition)) ?? (() => FALSE)
    const no = otherwise === undefined ? undefined : list(this.#steps(otherwise))
    return choose(test, list(this.#steps(then)), no, { ...place, text: `if ${describe(condition)}` })
  }

  #expression(expression: Expression): Step<C> {
    switch (expression.kind) {
      case 'and':
        return both(this.#expression(expression.left), this.#expression(expression.right))
      case 'or':
        return either(this.#expression(expression.left), this.#expression(expression.right))
      case 'not':
        return negate(this.#expression(expression.of))
      case 'number': {
        const value = expression.value === 0 ? FALSE : TRUE
        return () => value
      }
      case 'run': {
        const [only] = expression.body
        if (expression.body.length === 1 && only?.kind === 'call') return asCondition(this.#call(only, false))
        return asCondition(list(this.#steps(expression.body)))
      }
      case 'compare':
        return this.#comparison(expression)
    }
  }

  #comparison(comparison: Extract<Expression, { kind: 'compare' }>): Step<C> {
    const { operand: name, right, operator, place } = comparison
    if (name === 'myself' && right.kind === 'host') {
      const mirrored = this.#operands.get(right.text)
      if (mirrored !== undefined) return myselfStep(mirrored, operator, place)
    }
    const operand = this.#operands.get(name)
    if (operand === undefined)
      throw new ScriptError(place, `unknown operand ${name}`, suggestion(name, this.#operands.keys()))
    return comparisonStep(comparison, operand)
  }

  /** A command or function; `counted`: it is a line of its own for coverage (not one inside a condition). */
  #call(call: Call, counted = true): Step<C> {
    if (counted) this.lines.push({ line: call.place.line, column: call.place.column, route: this.#route })
    if (call.name === 'route') return this.#routeCall(call, counted)
    const command = this.#commands.get(call.name)
    const bound = command === undefined ? this.#function(call) : this.#command(call, command)
    return this.#step(call, bound, counted)
  }

  #routeCall(call: Call, counted: boolean): Step<C> {
    const [argument] = call.args
    if (argument?.kind !== 'number' || call.args.length !== 1)
      throw new ScriptError(call.place, 'bad arguments of route', 'write route(1)')
    const name = routeName('request', argument.value)
    if (!this.#defined.has(name))
      this.warnings.push({ position: call.place, text: `${name} is not defined: calling it does nothing` })
    const step = callRoute(name, () => this.#bodies.get(name))
    if (!counted) return step
    const { place, text } = call
    return (run) => {
      run.observer?.statement(place.line, place.column, text, place.file)
      return step(run)
    }
  }

  #command(call: Call, record: CommandRecord<C>): Bound<C> {
    const { args, bare, name, place } = call
    if (bare && !record.bare) throw new ScriptError(place, "missing '(' or ')' ?", `write ${name}(...)`)
    const form = record.forms.find((kinds) => kinds.length === args.length)
    if (form === undefined) {
      const counts = record.forms.map((kinds) => kinds.length).join(' or ')
      throw new ScriptError(place, `bad arguments: ${name} takes ${counts}, not ${args.length}`, record.about)
    }
    return { call: record.call, args: args.map((argument, at) => commandArgument(argument, form[at]!, name)) }
  }

  #function(call: Call): Bound<C> {
    const { name, place, args } = call
    const record = this.functions.get(name)
    if (record === undefined) throw this.#unknown(name, place)
    const least = record.args.length - (record.optional ?? 0)
    if (call.bare) throw new ScriptError(place, "missing '(' or ')' ?", `write ${name}(...)`)
    if (args.length < least || args.length > record.args.length) {
      const wanted = least === record.args.length ? `${least}` : `${least} to ${record.args.length}`
      throw new ScriptError(place, `bad arguments: ${name} takes ${wanted}, not ${args.length}`, record.about)
    }
    if (!record.routes.includes(this.#kind)) {
      const allowed = record.routes.map((kind) => KIND_NAMES[kind]).join(', ')
      const reason = `Command cannot be used in the block: ${name} cannot be used in ${KIND_NAMES[this.#kind]}`
      throw new ScriptError(place, reason, `allowed in ${allowed}`)
    }
    return {
      ...record,
      args: args.map((argument, at) => this.#functionArgument(argument, record.args[at]!, name)),
    }
  }

  #unknown(name: string, place: Position): ScriptError {
    const owner = this.vocabulary.modules.find((module) => Object.hasOwn(module.functions, name))
    if (owner !== undefined)
      return new ScriptError(
        place,
        `unknown command ${name}, missing loadmodule?`,
        `add loadmodule "${owner.file}.so"`,
      )
    const all = [
      ...this.#commands.keys(),
      'route',
      ...this.vocabulary.modules.flatMap((m) => Object.keys(m.functions)),
    ]
    const near = nearest(name, all)
    const hint = near === undefined ? 'no module of this engine has it' : `did you mean ${near}?`
    return new ScriptError(place, `unknown command ${name}, missing loadmodule?`, hint)
  }

  #functionArgument(value: Value, kind: ArgumentKind, name: string): unknown {
    if (value.kind !== 'string')
      throw new ScriptError(
        value.place,
        `bad arguments of ${name}`,
        'module functions take their arguments in quotes',
      )
    try {
      return this.#fix(value, kind)
    } catch (error) {
      if (error instanceof ScriptError) throw error
      throw new ScriptError(value.place, (error as Error).message, `argument of ${name}`)
    }
  }

  #fix({ text, place }: Extract<Value, { kind: 'string' }>, kind: ArgumentKind): unknown {
    if (typeof kind === 'object') return kind.fix(text)
    switch (kind) {
      case 'string':
        return text
      case 'integer':
        if (!/^-?\d+$/.test(text)) throw new Error(`bad number ${JSON.stringify(text)}`)
        return Number(text)
      case 'regex':
        return compileRegex(text, { newlineAware: true })
      case 'substitution':
        return parseSubstitution(text)
      case 'failure_route':
      case 'onreply_route':
        return this.#routeNumber(text, kind, place)
    }
  }

  #routeNumber(text: string, kind: 'failure_route' | 'onreply_route', place: Position): number {
    if (!/^\d+$/.test(text)) throw new Error(`bad number ${JSON.stringify(text)}`)
    const number = Number(text)
    if (number !== 0 && !this.#defined.has(`${kind}[${number}]`))
      throw new ScriptError(
        place,
        `${kind}[${number}] is not defined`,
        `write ${kind}[${number}] { ... }, or "0" to disarm`,
      )
    return number
  }

  /** The closure that runs it: tracing only when somebody observes. */
  #step(call: Call, { call: act, args, routes }: Bound<C>, counted: boolean): Step<C> {
    const { place, text, name } = call
    const [first, second] = args as never[]
    const before = this.vocabulary.beforeAction
    const invoke = act as (context: C, first?: never, second?: never) => Result
    return (run) => {
      const { context, observer } = run
      if (observer !== undefined && counted) observer.statement(place.line, place.column, text, place.file)
      if (routes !== undefined && !routes.includes(run.kind)) {
        observer?.log(-1, `ERROR: ${name} cannot be used in ${KIND_NAMES[run.kind]}`)
        return -1
      }
      before?.(context)
      const result = invoke(context, first, second)
      if (observer === undefined) return result
      return then(result, (value) => {
        observer.returned(place.line, text, value)
        return value
      })
    }
  }
}

function commandArgument(value: Value, kind: CommandArgument, name: string): unknown {
  const wrong = (hint: string): ScriptError => new ScriptError(value.place, `bad arguments of ${name}`, hint)
  switch (kind) {
    case 'string':
      if (value.kind !== 'string') throw wrong('a string in quotes is expected')
      return value.text
    case 'number':
    case 'route':
      if (value.kind !== 'number') throw wrong('a number without quotes is expected')
      return value.value
    case 'host':
    case 'host-or-uri:host':
      if (value.kind === 'uri:host' && kind === 'host-or-uri:host') return URI_HOST
      if (value.kind !== 'string' && value.kind !== 'host') throw wrong('a host name or address is expected')
      return value.text
    case 'port-or-uri:port':
      if (value.kind === 'uri:port') return URI_PORT
      if (value.kind !== 'number') throw wrong('a port number without quotes is expected')
      return value.value
    case 'socket':
      if (value.kind !== 'host' && value.kind !== 'string') throw wrong('[proto:]address[:port] is expected')
      return { host: value.text, port: value.kind === 'host' ? value.port : undefined }
  }
}

/** An expression as one line of text. */
function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return `(${describe(expression.left)} ${expression.kind} ${describe(expression.right)})`
    case 'not':
      return `!${describe(expression.of)}`
    case 'number':
      return String(expression.value)
    case 'run':
      return expression.body
        .map((statement) => (statement.kind === 'call' ? statement.text : '...'))
        .join('; ')
    case 'compare':
      return `(${expression.operand} ${expression.operator} ${describeValue(expression.right)}${expression.mask === undefined ? '' : `/${expression.mask}`})`
  }
}

function describeValue(value: Value): string {
  if (value.kind === 'string') return JSON.stringify(value.text)
  if (value.kind === 'number') return String(value.value)
  return value.kind === 'host' ? value.text : value.kind
}
