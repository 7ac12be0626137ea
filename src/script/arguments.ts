// Arguments of commands and functions: what is written becomes what `call` gets, checked once, at load.

import { ScriptError } from '../errors.js'
import { URI_HOST, URI_PORT, type ArgumentKind, type CommandArgument } from './contract.js'
import { compileRegex, regexNotes } from './regex.js'
import { parseSubstitution } from './substitution.js'
import type { Value } from './tree.js'

/** An argument of a core command. Throws a ScriptError when it does not fit. */
export function commandArgument(value: Value, kind: CommandArgument, name: string): unknown {
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
      if (value.kind === 'string') return value.text
      if ((value.kind !== 'host' && value.kind !== 'ip') || (value.port ?? value.proto) !== undefined)
        throw wrong('a host name or address is expected; a port is an argument of its own')
      return value.text
    case 'port-or-uri:port':
      if (value.kind === 'uri:port') return URI_PORT
      if (value.kind !== 'number') throw wrong('a port number without quotes is expected')
      return value.value
    case 'socket':
      if (value.kind === 'string') return { host: value.text, port: undefined }
      if (value.kind !== 'host' && value.kind !== 'ip') throw wrong('[proto:]address[:port] is expected')
      return { proto: value.proto, host: value.text, port: value.port }
  }
}

/** What functions' arguments are checked against besides their own text. */
export interface ArgumentSurroundings {
  isDefined(route: string): boolean
  warn(value: Value, text: string): void
}

/** An argument of a module function. Throws a ScriptError when it does not fit. */
export function functionArgument(
  value: Value,
  kind: ArgumentKind,
  name: string,
  surroundings: ArgumentSurroundings,
): unknown {
  if (value.kind !== 'string') {
    const hint = 'module functions take their arguments in quotes'
    throw new ScriptError(value.place, `bad arguments of ${name}`, hint)
  }
  try {
    return fixed(value, kind, surroundings)
  } catch (error) {
    if (error instanceof ScriptError) throw error
    throw new ScriptError(value.place, (error as Error).message, `argument of ${name}`)
  }
}

type Quoted = Extract<Value, { kind: 'string' }>

function fixed(value: Quoted, kind: ArgumentKind, surroundings: ArgumentSurroundings): unknown {
  const { text } = value
  if (typeof kind === 'object') return kind.fix(text)
  switch (kind) {
    case 'string':
      return text
    case 'integer':
      return integer(text, /^-?\d+$/)
    case 'regex':
      for (const note of regexNotes(text)) surroundings.warn(value, note)
      return compileRegex(text, { newlineAware: true })
    case 'substitution': {
      const substitution = parseSubstitution(text)
      for (const note of regexNotes(substitution.pattern)) surroundings.warn(value, note)
      return substitution
    }
    case 'failure_route':
    case 'onreply_route':
      return routeNumber(value, kind, surroundings)
  }
}

function integer(text: string, shape: RegExp): number {
  if (!shape.test(text)) throw new Error(`bad number ${JSON.stringify(text)}`)
  return Number(text)
}

/** "0" disarms. */
function routeNumber(
  { text, place }: Quoted,
  kind: 'failure_route' | 'onreply_route',
  surroundings: ArgumentSurroundings,
): number {
  const number = integer(text, /^\d+$/)
  const route = `${kind}[${number}]`
  if (number !== 0 && !surroundings.isDefined(route))
    throw new ScriptError(place, `${route} is not defined`, `write ${route} { ... }, or "0" to disarm`)
  return number
}
