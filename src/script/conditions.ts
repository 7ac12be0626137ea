// Comparisons, made into steps at load (ser-language 7).

import { ScriptError, type Position } from '../errors.js'
import { inNet, netOf, parseIp } from './addresses.js'
import { EXPRESSION_ERROR, type OperandRecord, type Result } from './contract.js'
import { compileRegex } from './regex.js'
import { ERROR, FALSE, TRUE, type Run, type Step } from './run.js'
import type { Comparison, Operator, Value } from './tree.js'

/** Words that stand for numbers on the right side: protocols, address families, the largest message. */
const NUMBER_WORDS: Readonly<Record<string, number>> = {
  udp: 1,
  UDP: 1,
  tcp: 2,
  TCP: 2,
  tls: 3,
  TLS: 3,
  inet: 2,
  INET: 2,
  inet6: 10,
  INET6: 10,
  max_len: 65535,
}

type Test<C> = (context: C) => boolean | typeof EXPRESSION_ERROR

function step<C>(test: Test<C>): Step<C> {
  return ({ context }: Run<C>) => {
    const answer = test(context)
    return answer === true ? TRUE : answer === false ? FALSE : ERROR
  }
}

function mistake(place: Position, reason: string, hint: string): ScriptError {
  return new ScriptError(place, reason, hint)
}

/** The step of a comparison. Throws a ScriptError when the sides do not fit. */
export function comparisonStep<C>(comparison: Comparison, operand: OperandRecord<C>): Step<C> {
  const { right, operator, place } = comparison
  if (right.kind === 'host' && right.text === 'myself' && operand.kind !== 'number')
    return myselfStep(operand, operator, place)
  switch (operand.kind) {
    case 'string':
      return step(stringTest(comparison, operand.get))
    case 'number':
      return step(numberTest(comparison, operand.get))
    case 'ip':
      return ipStep(comparison, operand.get)
  }
}

/** `uri==myself`, and mirrored `myself==uri`. */
export function myselfStep<C>(operand: OperandRecord<C>, operator: Operator, place: Position): Step<C> {
  if (operator !== '==' && operator !== '!=')
    throw mistake(place, `myself cannot be compared with ${operator}`, 'use == or !=')
  const test = operand.kind === 'number' ? undefined : operand.myself
  if (test === undefined)
    throw mistake(place, 'this operand cannot be compared with myself', 'use uri, src_ip or dst_ip')
  const wanted = operator === '=='
  return step((context) => {
    const answer = test(context)
    return answer === EXPRESSION_ERROR ? EXPRESSION_ERROR : answer === wanted
  })
}

function textOf(value: Value): string | undefined {
  if (value.kind === 'string') return value.text
  if (value.kind === 'host') return value.port === undefined ? value.text : `${value.text}:${value.port}`
  return value.kind === 'number' ? String(value.value) : undefined
}

function stringTest<C>({ right, operator, place }: Comparison, get: (context: C) => string): Test<C> {
  const text = textOf(right)
  if (text === undefined) throw mistake(place, 'a string is expected on the right side', 'put it in quotes')
  if (operator === '=~') {
    const pattern = regexAt(text, right.place)
    return (context) => pattern.test(get(context))
  }
  if (operator !== '==' && operator !== '!=')
    throw mistake(place, `${operator} does not compare strings`, 'use ==, != or =~')
  const lower = text.toLowerCase()
  const wanted = operator === '=='
  return (context) => {
    const value = get(context)
    return (value === text || (value.length === text.length && value.toLowerCase() === lower)) === wanted
  }
}

function regexAt(text: string, place: Position): RegExp {
  try {
    return compileRegex(text)
  } catch (error) {
    throw mistake(place, (error as Error).message, 'patterns are POSIX extended regular expressions')
  }
}

function numberTest<C>({ right, operator, place }: Comparison, get: (context: C) => number): Test<C> {
  const value =
    right.kind === 'number' ? right.value : right.kind === 'host' ? NUMBER_WORDS[right.text] : undefined
  if (value === undefined)
    throw mistake(right.place, 'number expected', 'compare with a number without quotes')
  switch (operator) {
    case '==':
      return (context) => get(context) === value
    case '!=':
      return (context) => get(context) !== value
    case '<':
      return (context) => get(context) < value
    case '>':
      return (context) => get(context) > value
    case '<=':
      return (context) => get(context) <= value
    case '>=':
      return (context) => get(context) >= value
    case '=~':
      throw mistake(place, '=~ does not compare numbers', 'use ==, !=, <, >, <= or >=')
  }
}

function ipStep<C>({ right, operator, place, mask }: Comparison, get: (context: C) => string): Step<C> {
  const text = textOf(right)
  if (text === undefined)
    throw mistake(right.place, 'an address is expected on the right side', 'e.g. 10.0.0.0/8')
  const isNet = mask !== undefined || parseIp(text) !== undefined
  if (operator === '=~') {
    if (isNet)
      throw mistake(place, 'a network cannot be matched with =~', 'use ==, or a pattern such as "^10\\."')
    const pattern = regexAt(text, right.place)
    return step((context) => pattern.test(get(context)))
  }
  if (operator !== '==' && operator !== '!=')
    throw mistake(place, `${operator} does not compare addresses`, 'use == or !=')
  const wanted = operator === '=='
  if (!isNet) return hostStep(text, wanted, get)
  const net = netAt(text, mask, right.place)
  return step((context) => inNet(get(context), net) === wanted)
}

function netAt(text: string, mask: number | string | undefined, place: Position) {
  try {
    return netOf(text, mask)
  } catch (error) {
    throw mistake(place, (error as Error).message, 'e.g. 192.168.0.0/16')
  }
}

/** A name: the textual address, then the addresses of the name, then the names of the address. */
function hostStep<C>(name: string, wanted: boolean, get: (context: C) => string): Step<C> {
  const decided = (matches: boolean): number => (matches === wanted ? TRUE : FALSE)
  return ({ context }) => {
    const address = get(context)
    if (address.toLowerCase() === name.toLowerCase()) return decided(true)
    const reverse = (): Result => ({
      question: { kind: 'resolve', record: 'PTR', name: address },
      resume: (answer) =>
        decided(
          answer.kind === 'names' && answer.names.some((found) => found.toLowerCase() === name.toLowerCase()),
        ),
    })
    return {
      question: { kind: 'resolve', record: address.includes(':') ? 'AAAA' : 'A', name },
      resume: (answer) =>
        answer.kind === 'addresses' && answer.addresses.includes(address) ? decided(true) : reverse(),
    }
  }
}
