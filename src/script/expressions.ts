// Conditions (ser-language 2, 7): `not` binds tighter than `and`, `and` tighter than `or`; any command or block is one.

import { placeOf, shown, type Cursor } from './cursor.js'
import type { Comparison, Expression, Operator, Statement } from './tree.js'
import { readIpv4, readRightSide } from './values.js'

const OPERATORS: ReadonlySet<string> = new Set(['==', '!=', '=~', '<', '>', '<=', '>='])
/** What `myself` may be compared with. */
const MIRRORED: ReadonlySet<string> = new Set(['uri', 'from_uri', 'to_uri', 'src_ip', 'dst_ip'])

/** Reads a branch of an `if`: a command, a block, another `if`. */
export type BranchReader = (cursor: Cursor) => Statement[]

export function readExpression(cursor: Cursor, branch: BranchReader): Expression {
  const parts = [readAnd(cursor, branch)]
  while (cursor.takeSymbol('||') || cursor.takeSymbol('|') || cursor.takeWord('or'))
    parts.push(readAnd(cursor, branch))
  return parts.length === 1 ? parts[0]! : { kind: 'or', parts }
}

function readAnd(cursor: Cursor, branch: BranchReader): Expression {
  const parts = [readNot(cursor, branch)]
  while (cursor.takeSymbol('&&') || cursor.takeSymbol('&') || cursor.takeWord('and'))
    parts.push(readNot(cursor, branch))
  return parts.length === 1 ? parts[0]! : { kind: 'and', parts }
}

function readNot(cursor: Cursor, branch: BranchReader): Expression {
  return cursor.nested(() => {
    if (cursor.takeSymbol('!') || cursor.takeWord('not')) return { kind: 'not', of: readNot(cursor, branch) }
    const open = cursor.peek
    if (!cursor.takeSymbol('(')) return readElement(cursor, branch)
    const inner = readExpression(cursor, branch)
    const where = open.line === cursor.peek.line ? `column ${open.column}` : `line ${open.line}`
    cursor.expectSymbol(')', `the ( at ${where} is still open`)
    return inner
  })
}

function readElement(cursor: Cursor, branch: BranchReader): Expression {
  const token = cursor.peek
  if (token.kind === 'word' && isOperator(cursor, 1)) return readComparison(cursor)
  if (isOperator(cursor, 1))
    throw cursor.mistake(
      `${shown(token)} cannot stand left of ${cursor.ahead(1)!.text}`,
      'write the operand first, as in method=="INVITE"',
    )
  if (token.kind === 'number') return { kind: 'number', value: cursor.next().value }
  if (token.kind === 'word' && cursor.isSymbol('=', 1))
    throw cursor.mistake('= does not compare', 'use == to compare', cursor.ahead(1))
  if (token.kind !== 'word' && !cursor.isSymbol('{'))
    throw cursor.mistake(`syntax error: a condition is expected, not ${shown(token)}`)
  return { kind: 'run', body: branch(cursor) }
}

function isOperator(cursor: Cursor, offset: number): boolean {
  const token = cursor.ahead(offset)
  return token?.kind === 'symbol' && OPERATORS.has(token.text)
}

function readComparison(cursor: Cursor): Comparison {
  const place = placeOf(cursor.peek)
  const operand = cursor.next().text
  const operator = cursor.next().text as Operator
  const right = readRightSide(cursor, (word) =>
    operand === 'myself' ? MIRRORED.has(word) : word === 'myself',
  )
  return { kind: 'compare', place, operand, operator, right, mask: readMask(cursor) }
}

/** "/24", "/255.255.255.0" or an IPv6 mask. */
function readMask(cursor: Cursor): number | string | undefined {
  if (!cursor.takeSymbol('/')) return undefined
  if (cursor.peek.kind === 'ipv6') return cursor.next().text
  return cursor.isSymbol('.', 1) ? readIpv4(cursor) : cursor.number('a netmask')
}
