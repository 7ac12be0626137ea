// Comparisons, made into steps at load (ser-language 7).
//
// Decided against SER's quirk: == compares whole strings, in any case; SER took a literal that only began like the value.

import { ScriptError, type Position } from '../errors.js'
import { addressStep } from './address-conditions.js'
import { EXPRESSION_ERROR, type OperandRecord } from './contract.js'
import { regexAt } from './regex.js'
import { ERROR, FALSE, TRUE, type Step } from './run.js'
import type { Comparison, Operator, Value } from './tree.js'
import { NEW_NUMBER_WORDS } from './words.js'

/** The step of a comparison. Throws a ScriptError when the sides do not fit. */
export function comparisonStep<C>(comparison: Comparison, operand: OperandRecord<C>): Step<C> {
  const { right, operator, place, mask } = comparison
  if (right.kind === 'host' && right.text === 'myself') return myselfStep(operand, operator, place)
  if (mask !== undefined && operand.kind !== 'ip')
    throw new ScriptError(place, 'a netmask fits addresses only', 'compare src_ip or dst_ip with a network')
  switch (operand.kind) {
    case 'string':
      return stringStep(comparison, operand.get)
    case 'number':
      return numberStep(comparison, operand.get)
    case 'ip':
      return addressStep(comparison, operand.get)
  }
}

/** `uri==myself`, and mirrored `myself==uri`. */
export function myselfStep<C>(operand: OperandRecord<C>, operator: Operator, place: Position): Step<C> {
  const [same, other] = outcomes(operator, place, 'myself')
  const test = operand.kind === 'number' ? undefined : operand.myself
  if (test === undefined)
    throw new ScriptError(place, 'this operand cannot be compared with myself', 'use uri, src_ip or dst_ip')
  return ({ context }) => {
    const answer = test(context)
    if (answer === EXPRESSION_ERROR) return ERROR
    return answer ? same : other
  }
}

/** What == and != give for equal and for other sides. Throws a ScriptError for another operator. */
function outcomes(operator: Operator, place: Position, what: string): readonly [number, number] {
  if (operator === '==') return [TRUE, FALSE]
  if (operator === '!=') return [FALSE, TRUE]
  throw new ScriptError(
    place,
    `invalid operator, == or != expected: ${what} cannot be compared with ${operator}`,
    'use == or !=',
  )
}

function stringStep<C>({ right, operator, place }: Comparison, get: (context: C) => string): Step<C> {
  const text = literal(right)
  if (operator === '=~') {
    const pattern = regexAt(text, right.place)
    return ({ context }) => (pattern.test(get(context)) ? TRUE : FALSE)
  }
  const [same, other] = outcomes(operator, place, 'text')
  const lower = text.toLowerCase()
  return ({ context }) => {
    const value = get(context)
    if (value === text) return same
    return value.length === text.length && value.toLowerCase() === lower ? same : other
  }
}

function literal(right: Value): string {
  if (right.kind === 'string' || right.kind === 'host') return right.text
  const written = right.kind === 'number' || right.kind === 'ip' ? `: "${right.text}"` : ''
  throw new ScriptError(right.place, 'a string is expected on the right side', `put it in quotes${written}`)
}

function numberOfWord(right: Value): number | undefined {
  return right.kind === 'host' ? NEW_NUMBER_WORDS.get(right.text) : undefined
}

function numberStep<C>({ right, operator, place }: Comparison, get: (context: C) => number): Step<C> {
  const value = right.kind === 'number' ? right.value : numberOfWord(right)
  if (value === undefined)
    throw new ScriptError(right.place, 'number expected', 'compare with a number without quotes')
  // One closure an operator, so that none is looked up while the script runs.
  switch (operator) {
    case '==':
      return ({ context }) => (get(context) === value ? TRUE : FALSE)
    case '!=':
      return ({ context }) => (get(context) !== value ? TRUE : FALSE)
    case '<':
      return ({ context }) => (get(context) < value ? TRUE : FALSE)
    case '>':
      return ({ context }) => (get(context) > value ? TRUE : FALSE)
    case '<=':
      return ({ context }) => (get(context) <= value ? TRUE : FALSE)
    case '>=':
      return ({ context }) => (get(context) >= value ? TRUE : FALSE)
    case '=~':
      throw new ScriptError(place, '=~ does not compare numbers', 'use ==, !=, <, >, <= or >=')
  }
}
