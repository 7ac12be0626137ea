// Values and arguments: strings, numbers, addresses, names, [proto:]host[:port] (ser-language 1.4, 2).

import { parseIp } from './addresses.js'
import { placeOf, shown, type Cursor } from './cursor.js'
import type { Token } from './lexer.js'
import type { Value } from './tree.js'
import { KEYWORDS, PROTOCOL_WORDS } from './words.js'

/** An option's value or a command's argument. */
export function readValue(cursor: Cursor): Value {
  const token = cursor.peek
  const place = placeOf(token)
  if (token.kind === 'string') return { kind: 'string', place, text: cursor.next().text }
  if (token.text === 'uri:host' || token.text === 'uri:port') {
    cursor.next()
    return { kind: token.text, place }
  }
  if (PROTOCOL_WORDS.has(token.text) && cursor.isSymbol(':', 1)) return readSocket(cursor)
  if (cursor.isSymbol('-') || cursor.isSymbol('+') || isNumber(cursor)) return readNumber(cursor)
  return withPort(cursor, readHost(cursor))
}

/** The right side of a comparison. `free`: words of the language may stand there (myself, and what it is compared with). */
export function readRightSide(cursor: Cursor, free: (word: string) => boolean): Value {
  const token = cursor.peek
  const place = placeOf(token)
  if (token.kind === 'string') return { kind: 'string', place, text: cursor.next().text }
  if (token.kind === 'word' && free(token.text)) return { kind: 'host', place, text: cursor.next().text }
  return isNumber(cursor) ? readNumber(cursor) : readHost(cursor)
}

/** Does a number stand here that does not begin an address? */
function isNumber(cursor: Cursor): boolean {
  return cursor.peek.kind === 'number' && !cursor.isSymbol('.', 1)
}

function readNumber(cursor: Cursor): Value {
  const place = placeOf(cursor.peek)
  const sign = cursor.isSymbol('-') ? -1 : 1
  if (cursor.isSymbol('-') || cursor.isSymbol('+')) cursor.next()
  const token = cursor.peek
  const value = sign * cursor.number('a number')
  const after = cursor.peek
  if (after.kind === 'word' && after.start === token.end)
    throw cursor.mistake(
      `a name cannot begin with a digit (${token.text}${after.text})`,
      'put it in quotes',
      token,
    )
  return { kind: 'number', place, value, text: sign < 0 ? `-${token.text}` : token.text }
}

/** proto:host[:port] (0.9). */
function readSocket(cursor: Cursor): Value {
  const place = placeOf(cursor.peek)
  const proto = cursor.next().text.toLowerCase()
  cursor.next()
  const quoted = cursor.peek.kind === 'string' ? cursor.next().text : undefined
  const host = quoted === undefined ? readHost(cursor) : ({ kind: 'host', place, text: quoted } as const)
  return { ...withPort(cursor, host), place, proto }
}

type Host = Extract<Value, { kind: 'host' | 'ip' }>

function withPort(cursor: Cursor, host: Host): Host {
  if (!cursor.takeSymbol(':')) return host
  const token = cursor.peek
  const port = cursor.number('a port')
  if (port > PORT_MAX) throw cursor.mistake(`invalid port ${token.text}`, `at most ${PORT_MAX}`, token)
  return { ...host, port }
}

const PORT_MAX = 65535

/** A name or an address, without quotes. */
export function readHost(cursor: Cursor): Host {
  const token = cursor.peek
  const place = placeOf(token)
  if (token.kind === 'number' && /^\d/.test(token.text)) return { kind: 'ip', place, text: readIpv4(cursor) }
  if (token.kind === 'ipv6') {
    cursor.next()
    if (parseIp(token.text) === undefined)
      throw cursor.mistake(`bad ipv6 address ${token.text}`, undefined, token)
    return { kind: 'ip', place, text: token.text }
  }
  if (token.kind !== 'word' && token.kind !== 'number')
    throw cursor.mistake(
      `bad arguments: unexpected ${shown(token)}`,
      'a "string", a number or a host is expected',
    )
  return { kind: 'host', place, text: readName(cursor) }
}

/** NUMBER . NUMBER . NUMBER . NUMBER, blanks and octal parts allowed, as SER's grammar has it. */
export function readIpv4(cursor: Cursor): string {
  const first = cursor.peek
  const parts = [octet(cursor, first)]
  while (parts.length < 4) {
    if (!cursor.takeSymbol('.'))
      throw cursor.mistake('invalid ipv4address', 'four numbers with dots between', first)
    parts.push(octet(cursor, first))
  }
  return parts.join('.')
}

function octet(cursor: Cursor, first: Token): number {
  const token = cursor.peek
  if (token.kind !== 'number' || !/^\d/.test(token.text))
    throw cursor.mistake(
      `invalid ipv4address: unexpected ${shown(token)}`,
      'a name that begins with a digit must be in quotes',
      first,
    )
  if (token.value > 255)
    throw cursor.mistake(`invalid ipv4address: ${token.text} is above 255`, undefined, token)
  return cursor.next().value
}

function readName(cursor: Cursor): string {
  const first = cursor.peek
  let text = label(cursor, first)
  while (cursor.takeSymbol('.')) text += `.${label(cursor, first)}`
  if (cursor.isSymbol('-'))
    throw cursor.mistake(`a name with "-" cannot be written bare (${text}-...)`, 'put it in quotes')
  return text
}

function label(cursor: Cursor, first: Token): string {
  const token = cursor.next()
  if (token.kind !== 'word' && token.kind !== 'number')
    throw cursor.mistake(`syntax error in a name at ${shown(token)}`, 'put the name in quotes', token)
  if (token.kind === 'number' && /^\d/.test(token.text))
    throw cursor.mistake(`a label of a bare name cannot begin with a digit`, 'put the name in quotes', token)
  const isOther = token.kind === 'word' && !KEYWORDS.has(token.text)
  if (!isOther)
    throw cursor.mistake(
      `syntax error at ${shown(token)}: it is a word of the language`,
      token === first && !cursor.isSymbol('.')
        ? 'put it in quotes if it is a name'
        : 'put the name in quotes',
      token,
    )
  return token.text
}
