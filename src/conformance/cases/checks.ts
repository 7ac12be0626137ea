// The checks of a case: a path of the message, an operator, and a text with placeholders.

import { ExpectationError, Malformed } from '../../errors.js'
import { sameUri } from '../../sip/compare.js'
import { parseUri } from '../../sip/uri.js'
import type { Check, Operator } from './case.js'
import { readPath, type Heard } from './path.js'

const TESTS: Readonly<Record<Operator, (actual: string | undefined, wanted: string) => boolean>> = {
  is: (actual, wanted) => actual === wanted,
  'is not': (actual, wanted) => actual !== wanted,
  matches: (actual, wanted) => actual !== undefined && new RegExp(wanted).test(actual),
  'does not match': (actual, wanted) => actual === undefined || !new RegExp(wanted).test(actual),
  contains: (actual, wanted) => actual !== undefined && actual.includes(wanted),
  'does not contain': (actual, wanted) => actual === undefined || !actual.includes(wanted),
  'is at least': (actual, wanted) => actual !== undefined && Number(actual) >= Number(wanted),
  'is at most': (actual, wanted) => actual !== undefined && Number(actual) <= Number(wanted),
  'is present': (actual) => actual !== undefined,
  'is absent': (actual) => actual === undefined,
  'is same URI as': (actual, wanted) => {
    const [one, two] = [parseUri(actual ?? ''), parseUri(wanted)]
    return !(one instanceof Malformed) && !(two instanceof Malformed) && sameUri(one, two)
  },
}

const SHOWN_MAX = 200

/** Throws an ExpectationError for the first check that does not hold. */
export function checkAll(heard: Heard, checks: readonly Check[], fill: (text: string) => string): void {
  for (const check of checks) judge(readPath(heard, check.path), check, fill(check.value), check.path)
}

/** Throws an ExpectationError unless it holds; `what` says what was looked at. */
export function judge(actual: string | undefined, { operator }: Check, wanted: string, what: string): void {
  if (TESTS[operator](actual, wanted)) return
  throw new ExpectationError(
    `${what} is not as it must be`,
    `${operator} ${wanted}`.trim(),
    actual === undefined ? 'absent' : shown(actual),
  )
}

function shown(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text
}
