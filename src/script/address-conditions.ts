// Conditions on addresses: src_ip and dst_ip against an address, a network, a name or a pattern (ser-language 7.3).
//
// Names are resolved while the script runs: the run then waits for the answer. What DNS does not know is not equal.

import type { Answer } from '../endpoint.js'
import { ScriptError, type Position } from '../errors.js'
import { inNet, netOf, parseIp, sameIp, type Net } from './addresses.js'
import type { Result } from './contract.js'
import { regexAt } from './regex.js'
import { FALSE, TRUE, type Step } from './run.js'
import type { Comparison } from './tree.js'

/** The step of a comparison with an address. Throws a ScriptError when the sides do not fit. */
export function addressStep<C>(comparison: Comparison, get: (context: C) => string): Step<C> {
  const { right, operator, place, mask } = comparison
  if (right.kind !== 'string' && right.kind !== 'host' && right.kind !== 'ip')
    throw new ScriptError(right.place, 'an address is expected on the right side', 'e.g. 10.0.0.0/8')
  const { text } = right
  if (operator !== '==' && operator !== '!=' && operator !== '=~')
    throw new ScriptError(place, `invalid operator, ==, != or =~ expected: ${operator}`, 'use == or !=')
  const isNet = mask !== undefined || parseIp(text) !== undefined
  if (operator === '=~') {
    if (!isNet) return patternStep(regexAt(text, right.place), get)
    const hint = 'use ==, or a pattern such as "^10\\."'
    throw new ScriptError(place, 'a network cannot be matched with =~', hint)
  }
  const wanted = operator === '=='
  return isNet ? netStep(netAt(text, mask, right.place), wanted, get) : nameStep(text, wanted, get)
}

function netAt(text: string, mask: number | string | undefined, place: Position): Net {
  try {
    return netOf(text, mask)
  } catch (error) {
    throw new ScriptError(place, (error as Error).message, 'e.g. 192.168.0.0/16')
  }
}

/** Most messages come from the address that the one before came from: its outcome is kept. */
function netStep<C>(net: Net, wanted: boolean, get: (context: C) => string): Step<C> {
  let known = ''
  let outcome = FALSE
  return ({ context }) => {
    const address = get(context)
    if (address !== known) {
      outcome = decided(inNet(address, net) === wanted)
      known = address
    }
    return outcome
  }
}

function decided(holds: boolean): number {
  return holds ? TRUE : FALSE
}

/** A pattern: the address as text, then its names. */
function patternStep<C>(pattern: RegExp, get: (context: C) => string): Step<C> {
  return ({ context }) => {
    const address = get(context)
    return pattern.test(address) ? TRUE : reverse(address, (name) => pattern.test(name), true)
  }
}

/** A name: the address as text, then the addresses of the name, then the names of the address. */
function nameStep<C>(name: string, wanted: boolean, get: (context: C) => string): Step<C> {
  const lower = name.toLowerCase()
  return ({ context }) => {
    const address = get(context)
    if (address.toLowerCase() === lower) return decided(wanted)
    return {
      question: { kind: 'resolve', record: address.includes(':') ? 'AAAA' : 'A', name },
      resume: (answer) =>
        holdsAddress(answer, address)
          ? decided(wanted)
          : reverse(address, (found) => found.toLowerCase() === lower, wanted),
    }
  }
}

function holdsAddress(answer: Answer, address: string): boolean {
  return answer.kind === 'addresses' && answer.addresses.some((found) => sameIp(found, address))
}

function reverse(address: string, fits: (name: string) => boolean, wanted: boolean): Result {
  return {
    question: { kind: 'resolve', record: 'PTR', name: address },
    resume: (answer) => decided((answer.kind === 'names' && answer.names.some(fits)) === wanted),
  }
}
