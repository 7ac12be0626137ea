// Running a bound script: steps are closures made once at load (ser-language 5, 7.6).
//
// A step returns a number straight away, or a Waiting: a run that waits is a value that somebody holds, and several
// may be held at once. With no observer nothing is made for tracing.

import type { Answer } from '../endpoint.js'
import type { Result, RouteKind, ScriptObserver, Value, Waiting } from './contract.js'

/** Nested action lists (SER); what is deeper is skipped and counts as failed. */
export const NESTED_LISTS_MAX = 100

/** One run of one route over one message. */
export interface Run<C> {
  readonly context: C
  readonly kind: RouteKind
  readonly observer: ScriptObserver | undefined
  depth: number
}

export type Step<C> = (run: Run<C>) => Result

// Values of an expression.
export const TRUE = 1
export const FALSE = 0
export const ERROR = -1
export const STOP = -127

/** Goes on with a result now, or when its answer has come. */
export function then(result: Result, next: (value: Value) => Result): Result {
  return typeof result === 'number' ? next(result) : later(result, next)
}

function later(waiting: Waiting, next: (value: Value) => Result): Waiting {
  return { question: waiting.question, resume: (answer: Answer) => then(waiting.resume(answer), next) }
}

/** A list of steps: stops at a 0; its value is that of the last step run. */
export function list<C>(steps: readonly Step<C>[]): Step<C> {
  const only = steps.length === 1 ? steps[0] : undefined
  return (run) => {
    if (run.depth >= NESTED_LISTS_MAX) {
      run.observer?.log(-2, 'ERROR: run_actions: too many recursive routing table lookups')
      return -1
    }
    run.depth++
    const result = only === undefined ? runFrom(run, steps, 0, 1) : only(run)
    if (typeof result === 'number') {
      run.depth--
      return result
    }
    return later(result, (value) => {
      run.depth--
      return value
    })
  }
}

function runFrom<C>(run: Run<C>, steps: readonly Step<C>[], start: number, value: Value): Result {
  let last = value
  for (let at = start; at < steps.length; at++) {
    const result = steps[at]!(run)
    if (typeof result !== 'number')
      return later(result, (answered) => (answered === 0 ? 0 : runFrom(run, steps, at + 1, answered)))
    if (result === 0) return 0
    last = result
  }
  return last
}

/** An `if`: 1 when no arm was taken, else the arm's value; a stop in the condition stops the list. */
export function choose<C>(
  condition: Step<C>,
  yes: Step<C>,
  no: Step<C> | undefined,
  place: { readonly file: string; readonly line: number; readonly column: number; readonly text: string },
): Step<C> {
  return (run) => {
    run.observer?.statement(place.line, place.column, place.text, place.file)
    return then(condition(run), (value) => {
      if (value === STOP) return 0
      if (value === ERROR) run.observer?.log(-1, 'WARNING: do_action: error in expression')
      run.observer?.decided(place.line, place.column, value === TRUE, place.file)
      if (value === TRUE) return yes(run)
      return no === undefined ? 1 : no(run)
    })
  }
}

/** `and`: goes on only behind true; an error or a stop ends it. */
export function both<C>(left: Step<C>, right: Step<C>): Step<C> {
  return (run) => then(left(run), (value) => (value === TRUE ? right(run) : value))
}

/** `or`: goes on only behind false. */
export function either<C>(left: Step<C>, right: Step<C>): Step<C> {
  return (run) => then(left(run), (value) => (value === FALSE ? right(run) : value))
}

/** `not`: an error or a stop passes through unchanged. */
export function negate<C>(of: Step<C>): Step<C> {
  return (run) => then(of(run), (value) => (value === TRUE ? FALSE : value === FALSE ? TRUE : value))
}

/** A command or block as a condition. */
export function asCondition<C>(step: Step<C>): Step<C> {
  return (run) => then(step(run), (value) => (value > 0 ? TRUE : value < 0 ? FALSE : STOP))
}

/** route(n): runs its list; a negative value is passed on, anything else becomes 1. */
export function callRoute<C>(name: string, find: () => Step<C> | undefined): Step<C> {
  return (run) => {
    const body = find()
    if (body === undefined) {
      run.observer?.log(1, `WARNING: run_actions: null action list (${name})`)
      return 1
    }
    run.observer?.routeEntered(name)
    return then(body(run), (value) => {
      run.observer?.routeLeft(name, value)
      return value < 0 ? value : 1
    })
  }
}
