// Binding of route blocks: statements and conditions become steps; every mistake of a block is found, not only the first.

import { ScriptError } from '../errors.js'
import { CallGraph, type CallGraphNode } from './call-graph.js'
import { CallBinder } from './calls.js'
import { comparisonStep, myselfStep } from './conditions.js'
import type { Names } from './names.js'
import type { Findings } from './options.js'
import { routeName, type LineShape } from './program.js'
import { regexNotes } from './regex.js'
import {
  asCondition,
  chain,
  choose,
  FALSE,
  leaf,
  list,
  negate,
  NESTED_LISTS_MAX,
  noBranch,
  TRUE,
} from './run.js'
import type { RouteSlot, Step } from './run.js'
import type { Call, Comparison, Expression, RouteBlock, Statement } from './tree.js'

type If = Extract<Statement, { kind: 'if' }>

export class Binder<C> {
  readonly lines: LineShape[] = []
  readonly arms: LineShape[] = []
  readonly #slots = new Map<string, RouteSlot<C>>()
  readonly #graph = new CallGraph()
  readonly #calls: CallBinder<C>
  #route = ''
  /** Blocks in each other; every `else if` is in the one before. */
  #depth = 0
  #node: CallGraphNode = this.#graph.enter('request', 0)

  constructor(
    private readonly names: Names<C>,
    private readonly findings: Findings,
    beforeAction: ((context: C) => void) | undefined,
  ) {
    this.#calls = new CallBinder(names, beforeAction, (route) => this.#slot(route), findings.warnings)
  }

  /** Routes by name, in the order written. A route defined twice is one: the second list is appended (SER). */
  routes(blocks: readonly RouteBlock[]): ReadonlyMap<string, RouteSlot<C>> {
    const { warnings } = this.findings
    const bodies = new Map<string, Step<C>[]>()
    for (const { kind, number, body, place } of blocks) {
      this.#node = this.#graph.enter(kind, number)
      this.#route = routeName(kind, number)
      const former = bodies.get(this.#route)
      if (former !== undefined)
        warnings.push({
          position: place,
          text: `${this.#route} stands twice: this block is run after the first`,
        })
      bodies.set(this.#route, [...(former ?? []), ...this.#steps(body)])
    }
    for (const [name, steps] of bodies) this.#slot(name).body = list(steps)
    warnings.push(...this.#graph.warnings())
    return new Map([...bodies.keys()].map((name) => [name, this.#slot(name)]))
  }

  #slot(name: string): RouteSlot<C> {
    const slot = this.#slots.get(name) ?? { name, body: undefined }
    this.#slots.set(name, slot)
    return slot
  }

  #steps(body: readonly Statement[]): Step<C>[] {
    const steps: Step<C>[] = []
    for (const statement of body) {
      if (statement.kind === 'empty') continue
      const step = this.#guard(() =>
        statement.kind === 'if' ? this.#if(statement) : this.#statement(statement),
      )
      if (step !== undefined) steps.push(step)
    }
    return steps
  }

  #guard<T>(bind: () => T): T | undefined {
    try {
      return bind()
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      this.findings.errors.push(error)
      return undefined
    }
  }

  #statement(call: Call): Step<C> {
    const { place } = call
    this.lines.push({ line: place.line, column: place.column, route: this.#route })
    return this.#calls.bind(call, this.#node, true)
  }

  #if({ place, text, condition, then, otherwise }: If): Step<C> {
    const shape = { line: place.line, column: place.column, route: this.#route }
    this.lines.push(shape)
    this.arms.push(shape)
    const test = this.#expression(condition, false)
    if (++this.#depth === NESTED_LISTS_MAX) {
      const text = `more than ${NESTED_LISTS_MAX} blocks in each other: the innermost are skipped`
      this.findings.warnings.push({ position: place, text })
    }
    const yes = list(this.#steps(then))
    const no = otherwise === undefined ? noBranch : list(this.#steps(otherwise))
    this.#depth--
    return choose(test, yes, no, { ...place, text })
  }

  /** A mistake in one part hides none in the others. */
  #expression(expression: Expression, negated: boolean): Step<C> {
    return this.#guard(() => this.#bound(expression, negated)) ?? (() => FALSE)
  }

  /** `not` costs nothing while the script runs: what it stands before is bound the other way round. */
  #bound(expression: Expression, negated: boolean): Step<C> {
    switch (expression.kind) {
      case 'and':
      case 'or': {
        const parts = expression.parts.map((part) => this.#expression(part, negated))
        return chain(parts, (expression.kind === 'and') !== negated ? TRUE : FALSE)
      }
      case 'not':
        return this.#expression(expression.of, !negated)
      case 'number': {
        const value = (expression.value !== 0) !== negated ? TRUE : FALSE
        return () => value
      }
      case 'run':
        return asCondition(this.#list(expression.body), negated)
      case 'compare': {
        const step = this.#comparison(expression)
        return negated ? negate(step) : step
      }
    }
  }

  /** A single call there is no line of its own for coverage: it belongs to its `if`. */
  #list(body: readonly Statement[]): Step<C> {
    const [only] = body
    if (body.length !== 1 || only?.kind !== 'call') return list(this.#steps(body))
    const step = this.#calls.bind(only, this.#node, false)
    return only.name === 'route' ? list([step]) : leaf(step)
  }

  #comparison(comparison: Comparison): Step<C> {
    const { operand: name, right, operator, place } = comparison
    if (operator === '=~' && right.kind === 'string')
      for (const note of this.#notes(right.text))
        this.findings.warnings.push({ position: right.place, text: note })
    if (name !== 'myself') return comparisonStep(comparison, this.names.operand(name, place))
    if (right.kind !== 'host') throw new ScriptError(place, 'myself is compared with uri, src_ip or dst_ip')
    return myselfStep(this.names.operand(right.text, right.place), operator, place)
  }

  /** A bad pattern has none: that is said where it is compiled. */
  #notes(pattern: string): readonly string[] {
    try {
      return regexNotes(pattern)
    } catch {
      return []
    }
  }
}
