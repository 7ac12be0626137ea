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

/** Goes on when the answer has come; the rest may wait again. */
function later(waiting: Waiting, next: (value: Value) => Result): Waiting {
  return {
    question: waiting.question,
    resume: (answer: Answer) => after(waiting.resume(answer), next),
  }
}

/** Goes on with a result now, or when its answer has come. On the straight path write it out: no closure then. */
export function after(result: Result, next: (value: Value) => Result): Result {
  return typeof result === 'number' ? next(result) : later(result, next)
}

/** A list of steps: stops at a 0; its value is that of the last step run. */
export function list<C>(steps: readonly Step<C>[]): Step<C> {
  return (run) => {
    if (run.depth >= NESTED_LISTS_MAX || run.lists >= LISTS_MAX) return refuse(run)
    run.depth++
    run.lists++
    const result = walk(run, steps, 0, 1)
    if (typeof result !== 'number')
      return later(result, (value) => {
        run.depth--
        return value
      })
    run.depth--
    return result
  }
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
    if (typeof result !== 'number')
      return later(result, (answered) => (answered === 0 ? 0 : walk(run, steps, at + 1, answered)))
    if (result === 0) return 0
    value = result
  }
  return value
}

/** An `if`: 1 when no branch was taken, else the branch's value; a stop in the condition stops the list. */
export function choose<C>(
  test: Step<C>,
  yes: Step<C>,
  no: Step<C> | undefined,
  place: StatementPlace,
): Step<C> {
  const decide = (run: Run<C>, value: Value): Result => {
    if (value === STOP) return 0
    if (value === ERROR) say(run, FAILURE, 'WARNING: do_action: error in expression')
    run.observer?.decided(place.line, place.column, value === TRUE, place.file)
    if (value === TRUE) return yes(run)
    return no === undefined ? 1 : no(run)
  }
  return (run) => {
    run.observer?.statement(place.line, place.column, place.text, place.file)
    const value = test(run)
    return typeof value === 'number' ? decide(run, value) : later(value, (answered) => decide(run, answered))
  }
}

/** `and`: goes on only behind true; `or`: only behind false. An error or a stop ends both. */
export function chain<C>(parts: readonly Step<C>[], goOn: typeof TRUE | typeof FALSE): Step<C> {
  const from = (run: Run<C>, start: number): Result => {
    for (let at = start; at < parts.length; at++) {
      const value = parts[at]!(run)
      if (typeof value !== 'number')
        return later(value, (answered) => (answered === goOn ? from(run, at + 1) : answered))
      if (value !== goOn) return value
    }
    return goOn
  }
  return (run) => from(run, 0)
}

/** `not`: an error or a stop passes through unchanged. */
export function negate<C>(of: Step<C>): Step<C> {
  const turn = (value: Value): Value => (value === TRUE ? FALSE : value === FALSE ? TRUE : value)
  return (run) => {
    const value = of(run)
    return typeof value === 'number' ? turn(value) : later(value, turn)
  }
}

/** A list as a condition. */
export function asCondition<C>(body: Step<C>): Step<C> {
  const judge = (value: Value): Value => (value > 0 ? TRUE : value < 0 ? FALSE : STOP)
  return (run) => {
    const value = body(run)
    return typeof value === 'number' ? judge(value) : later(value, judge)
  }
}

/** route(n): runs its list; a negative value is passed on, anything else becomes 1. */
export function callRoute<C>(slot: RouteSlot<C>): Step<C> {
  const leave = (run: Run<C>, value: Value): Value => {
    run.observer?.routeLeft(slot.name, value)
    return value < 0 ? value : 1
  }
  return (run) => {
    if (slot.body === undefined) return noRoute(run, slot.name)
    run.observer?.routeEntered(slot.name)
    const value = slot.body(run)
    return typeof value === 'number' ? leave(run, value) : later(value, (answered) => leave(run, answered))
  }
}

/** An undefined route counts as one that stopped at once. */
export function noRoute<C>(run: Run<C>, name: string): Value {
  say(run, WARNING, `WARNING: run_actions: null action list (${name})`)
  return 1
}

/** A command or function of a script with its arguments bound. */
export interface Action<C> extends StatementPlace {
  readonly name: string
  /** The block kinds it may run in; commands run in all. */
  readonly routes: readonly RouteKind[] | undefined
  readonly args: readonly unknown[]
  readonly call: (context: C, ...args: never[]) => Result
}

/** The step of a command or function; the grammar knows no more than two arguments. */
export function act<C>(action: Action<C>, before: ((context: C) => void) | undefined): Step<C> {
  const { args, line, text, routes } = action
  const [first, second] = args
  const call = action.call as (context: C, first?: unknown, second?: unknown) => Result
  return (run) => {
    const { context, observer } = run
    if (routes !== undefined && run.kind !== 'request' && !routes.includes(run.kind))
      return misplaced(run, action)
    before?.(context)
    const result = call(context, first, second)
    if (observer === undefined) return result
    return after(result, (value) => {
      observer.returned(line, text, value)
      return value
    })
  }
}

/** In a request route that a failure or reply route has called. */
function misplaced<C>(run: Run<C>, { name }: Action<C>): Value {
  say(run, FAILURE, `ERROR: ${name} cannot be used in ${run.kind}_route`)
  return -1
}

/** A step that stands as a statement of its own is announced. */
export function announced<C>(step: Step<C>, place: StatementPlace): Step<C> {
  return (run) => {
    run.observer?.statement(place.line, place.column, place.text, place.file)
    return step(run)
  }
}
