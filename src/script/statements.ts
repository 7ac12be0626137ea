// What stands in a route block: commands, `if`, null statements (ser-language 2).

import { placeOf, shown, type Cursor } from './cursor.js'
import { readExpression } from './expressions.js'
import type { Call, Statement, Value } from './tree.js'
import { readValue } from './values.js'

/** A block from its { to its }. */
export function readBlock(cursor: Cursor): Statement[] {
  const open = cursor.peek
  cursor.expectSymbol('{')
  if (cursor.isSymbol('}'))
    cursor.report(cursor.mistake('an empty block is not allowed', 'write at least ; in it'))
  const body: Statement[] = []
  while (!cursor.isSymbol('}') && !cursor.atEnd && !cursor.startsTopLevel())
    cursor.attempt(
      () => body.push(readAction(cursor)),
      () => cursor.skipStatement(),
    )
  cursor.expectSymbol('}', `the { in line ${open.line} is still open`)
  return body
}

function readAction(cursor: Cursor): Statement {
  if (cursor.takeSymbol(';')) return { kind: 'empty' }
  if (cursor.isSymbol('{')) {
    cursor.report(cursor.mistake('a block cannot stand by itself', 'put it behind if (...)'))
    readBranch(cursor)
    return { kind: 'empty' }
  }
  if (cursor.isWord('else')) throw strayElse(cursor)
  if (cursor.isWord('if')) return readIf(cursor)
  const call = readCall(cursor)
  if (!cursor.takeSymbol(';')) throw missingSemicolon(cursor, call)
  return call
}

function strayElse(cursor: Cursor): Error {
  const semicolon = cursor.previous
  const brace = cursor.ahead(-2)
  if (semicolon?.text !== ';' || brace?.text !== '}')
    return cursor.mistake('else without if', 'every else needs an if right before it')
  return cursor.mistake('else without if: the ; behind } has ended it', 'write } else without the ;')
}

function missingSemicolon(cursor: Cursor, call: Call): Error {
  if (cursor.isSymbol('='))
    return cursor.mistake(`options are set outside of route blocks (${call.name})`, undefined, call.place)
  const { line, column, start, end } = cursor.previous!
  const behind = { ...call.place, line, column: column + end - start }
  return cursor.mistake(`bad command: missing ';'? (behind ${call.name})`, 'end the command with ;', behind)
}

function readIf(cursor: Cursor): Statement {
  const first = cursor.index
  const place = placeOf(cursor.next())
  const condition = readExpression(cursor, readBranch)
  const text = cursor.textFrom(first)
  const then = readBranch(cursor)
  const isBlock = cursor.previous?.text === '}'
  // 0.9 takes `if (a) b; else c;`, which 0.8 refused; neither takes a ; behind a block.
  if (!isBlock && cursor.isSymbol(';') && cursor.isWord('else', 1)) cursor.next()
  const otherwise = cursor.takeWord('else') ? readBranch(cursor) : undefined
  return { kind: 'if', place, text, condition, then, otherwise }
}

/** stm: a command without its `;`, another if, or a block. */
function readBranch(cursor: Cursor): Statement[] {
  return cursor.nested(() => {
    if (cursor.isWord('if')) return [readIf(cursor)]
    if (cursor.isSymbol(';')) throw cursor.mistake('syntax error at ";"', 'an if needs a command or a block')
    return cursor.isSymbol('{') ? readBlock(cursor) : [readCall(cursor)]
  })
}

function readCall(cursor: Cursor): Call {
  const first = cursor.index
  const token = cursor.peek
  if (token.kind !== 'word') throw cursor.mistake(`syntax error at ${shown(token)}`, 'a command is expected')
  cursor.next()
  const bare = !cursor.takeSymbol('(')
  const args = bare ? [] : readArguments(cursor, token.text)
  return { kind: 'call', place: placeOf(token), name: token.text, args, bare, text: cursor.textFrom(first) }
}

function readArguments(cursor: Cursor, name: string): Value[] {
  const args: Value[] = []
  if (cursor.takeSymbol(')')) return args
  do args.push(readValue(cursor))
  while (cursor.takeSymbol(','))
  if (!cursor.takeSymbol(')'))
    throw cursor.mistake(
      `bad arguments of ${name}: missing '(' or ')' ?`,
      cursor.peek.kind === 'string' ? 'separate arguments with a comma' : `found ${shown(cursor.peek)}`,
    )
  return args
}
