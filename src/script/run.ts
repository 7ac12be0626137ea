// Running a bound script: steps are closures made once at load (ser-language 5, 7.6).
//
// A step returns a number straight away, or a Waiting: a run that waits is a value that somebody holds, and several
// may be held at once. With no observer nothing is made for tracing.

import type { Answer } from '../endpoint.js'
import type { Result, RouteKind, ScriptObserver, Value, Waiting } from './contract.js'

/** Nested action lists (SER); what is deeper is skipped and counts as failed. */
export const NESTED_LISTS_MAX = 100
/** Action lists that one run may enter: a route that calls itself twice would enter 2^100. */
export const LISTS_MAX = 10_000

/** One run of one route over one message. */
export interface Run<C> {
  readonly context: C
  readonly kind: RouteKind
  readonly observer: ScriptObserver | undefined
  /** Where SER's run-time complaints go; to the observer when there is nowhere else. */
  readonly log: ((context: C, level: number, text: string) => void) | undefined
  depth: number
  lists: number
}

export type Step<C> = (run: Run<C>) => Result

/** Where a statement stands, and its text. */
export interface StatementPlace {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly text: string
}

/** A route's steps; another route that calls it holds this before they are bound. */
export interface RouteSlot<C> {
  readonly name: string
  body: Step<C> | undefined
}

// Values of an expression.
export const TRUE = 1
export const FALSE = 0
export const ERROR = -1
export const STOP = -127

const WARNING = 1
const FAILURE = -1

/** Says a line in SER's log. */
export function say<C>(run: Run<C>, level: number, text: string): void {
  if (run.log !== undefined) run.log(run.context, level, text)
  else run.observer?.log(level, text)
}

/**
 * Goes on with a value when the answer has come; the rest may wait again. A function of its own, so that nothing on
 * the straight path is caught in a closure: V8 would allocate it at every call.
 */
function later<C>(waiting: Waiting, run: Run<C>, next: (run: Run<C>, value: Value) => Result): Waiting {
  return {
    question: waiting.question,
    resume: (answer: Answer) => {
      const result = waiting.resume(answer)
      return typeof result === 'number' ? next(run, result) : later(result, run, next)
    },
  }
}

/** A list of steps: stops at a 0; its value is that of the last step run. */
export function list<C>(steps: readonly Step<C>[]): Step<C> {
  return (run) => {
    if (run.depth >= NESTED_LISTS_MAX || run.lists >= LISTS_MAX) return refuse(run)
    run.depth++
    run.lists++
    const result = walk(run, steps, 0, 1)
    return typeof result === 'number' ? leaveList(run, result) : later(result, run, leaveList)
  }
}

function leaveList<C>(run: Run<C>, value: Value): Value {
  run.depth--
  return value
}

function refuse<C>(run: Run<C>): Value {
  const what = run.lists < LISTS_MAX ? 'recursive routing table lookups' : 'action lists in one run'
  say(run, FAILURE, `WARNING: too many ${what} giving up!`)
  return -1
}

function walk<C>(run: Run<C>, steps: readonly Step<C>[], start: number, before: Value): Result {
  let value = before
  for (let at = start; at < steps.length; at++) {
    const result = steps[at]!(run)
    if (typeof result !== 'number') return walkLater(result, run, steps, at + 1)
    if (result === 0) return 0
    value = result
  }
  return value
}

function walkLater<C>(waiting: Waiting, run: Run<C>, steps: readonly Step<C>[], next: number): Waiting {
  return later(waiting, run, (_, value) => (value === 0 ? 0 : walk(run, steps, next, value)))
}

/** The branch that is not there. */
export function noBranch(): Value {
  return 1
}

/** An `if`: the value of its branch; a stop in the condition stops the list. */
export function choose<C>(test: Step<C>, yes: Step<C>, no: Step<C>, place: StatementPlace): Step<C> {
  const decide = (run: Run<C>, value: Value): Result => {
    if (value === STOP) return 0
    if (value === ERROR) say(run, FAILURE, 'WARNING: do_action: error in expression')
    run.observer?.decided(place.line, place.column, value === TRUE, place.file)
    return value === TRUE ? yes(run) : no(run)
  }
  return (run) => {
    const { observer } = run
    if (observer !== undefined) observer.statement(place.line, place.column, place.text, place.file)
    const value = test(run)
    if (typeof value !== 'number') return later(value, run, decide)
    if (observer !== undefined || value < FALSE) return decide(run, value)
    return value === TRUE ? yes(run) : no(run)
  }
}

/** `and`: goes on only behind true; `or`: only behind false. An error or a stop ends both. */
export function chain<C>(parts: readonly Step<C>[], goOn: typeof TRUE | typeof FALSE): Step<C> {
  const from = (run: Run<C>, start: number): Result => {
    for (let at = start; at < parts.length; at++) {
      const value = parts[at]!(run)
      if (typeof value !== 'number') return fromLater(value, run, at + 1)
      if (value !== goOn) return value
    }
    return goOn
  }
  const fromLater = (waiting: Waiting, run: Run<C>, next: number): Waiting =>
    later(waiting, run, (_, value) => (value === goOn ? from(run, next) : value))
  return (run) => from(run, 0)
}

/** `not`: an error or a stop passes through unchanged. */
export function negate<C>(of: Step<C>): Step<C> {
  const turn = (_: Run<C>, value: Value): Value => (value === TRUE ? FALSE : value === FALSE ? TRUE : value)
  return (run) => {
    const value = of(run)
    return typeof value === 'number' ? turn(run, value) : later(value, run, turn)
  }
}

/** A command, function or list as a condition; `negated`: behind a `not`. */
export function asCondition<C>(body: Step<C>, negated: boolean): Step<C> {
  const [whenPositive, whenNegative] = negated ? [FALSE, TRUE] : [TRUE, FALSE]
  const judge = (_: Run<C>, value: Value): Value =>
    value > 0 ? whenPositive : value < 0 ? whenNegative : STOP
  return (run) => {
    const value = body(run)
    if (typeof value !== 'number') return later(value, run, judge)
    return value > 0 ? whenPositive : value < 0 ? whenNegative : STOP
  }
}

/** A list of one command or function that runs no further list: only its depth counts. */
export function leaf<C>(step: Step<C>): Step<C> {
  return (run) => (run.depth < NESTED_LISTS_MAX ? step(run) : refuse(run))
}

/** Runs a route's list; one that is not defined counts as stopped at once. */
export function runRoute<C>(run: Run<C>, slot: RouteSlot<C>): Result {
  const { observer } = run
  if (observer !== undefined) observer.routeEntered(slot.name)
  if (slot.body === undefined) say(run, WARNING, `WARNING: run_actions: null action list (${slot.name})`)
  const value = slot.body === undefined ? 0 : slot.body(run)
  return observer === undefined ? value : observedRoute(value, run, slot.name)
}

function observedRoute<C>(result: Result, run: Run<C>, name: string): Result {
  const leave = ({ observer }: Run<C>, value: Value): Value => {
    observer?.routeLeft(name, value)
    return value
  }
  return typeof result === 'number' ? leave(run, result) : later(result, run, leave)
}

/** route(n): a negative value is passed on, anything else becomes 1. */
export function callRoute<C>(slot: RouteSlot<C>, place: StatementPlace | undefined): Step<C> {
  const judge = (_: Run<C>, value: Value): Value => (value < 0 ? value : 1)
  return (run) => {
    if (place !== undefined) run.observer?.statement(place.line, place.column, place.text, place.file)
    const value = runRoute(run, slot)
    return typeof value === 'number' ? judge(run, value) : later(value, run, judge)
  }
}

/** A command or function of a script with its arguments bound. */
export interface Action<C> extends StatementPlace {
  readonly name: string
  /** Not part of a condition: announced before it runs. */
  readonly isStatement: boolean
  /** The block kinds it may run in; commands run in all. */
  readonly routes: readonly RouteKind[] | undefined
  readonly args: readonly unknown[]
  readonly call: (context: C, ...args: never[]) => Result
}

/** The step of a command or function. SER's grammar knows no more than two arguments: those are passed without a list. */
export function act<C>(action: Action<C>, before: ((context: C) => void) | undefined): Step<C> {
  const { args, line, column, file, text, routes, isStatement } = action
  const [first, second] = args
  const plain = action.call as (context: C, ...args: unknown[]) => Result
  const call = args.length > 2 ? (context: C) => plain(context, ...args) : plain
  const report = (run: Run<C>, value: Value): Value => {
    run.observer?.returned(line, text, value)
    return value
  }
  return (run) => {
    const { context, observer } = run
    if (observer !== undefined && isStatement) observer.statement(line, column, text, file)
    if (routes !== undefined && run.kind !== 'request' && !routes.includes(run.kind))
      return misplaced(run, action)
    before?.(context)
    const result = call(context, first, second)
    if (observer === undefined) return result
    return typeof result === 'number' ? report(run, result) : later(result, run, report)
  }
}

/** In a request route that a failure or reply route has called. */
function misplaced<C>(run: Run<C>, { name }: Action<C>): Value {
  say(run, FAILURE, `ERROR: ${name} cannot be used in ${run.kind}_route`)
  return -1
}
