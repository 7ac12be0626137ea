// Recursive descent over the grammar of ser-language 2: the top level. Both dialects, 0.8 and 0.9 ([proto:]id[:port]).
// After a mistake reading goes on behind the statement, so that one run names several.

import { ScriptErrors, type ScriptError } from '../errors.js'
import type { RouteKind } from './contract.js'
import { Cursor, placeOf, shown } from './cursor.js'
import { tokenize } from './lexer.js'
import { readBlock } from './statements.js'
import type { Assignment, ModuleLine, RouteBlock, Script, Value } from './tree.js'
import { readValue } from './values.js'

const BLOCKS: ReadonlyMap<string, RouteKind> = new Map([
  ['route', 'request'],
  ['failure_route', 'failure'],
  ['onreply_route', 'onreply'],
  // The name before 0.8.11.
  ['reply_route', 'failure'],
])
const ROUTE_NUMBER_MAX = 19

/** Reads a routing script. Throws ScriptErrors with every mistake found. */
export function parseScript(text: string, file: string): Script {
  const errors: ScriptError[] = []
  const cursor = new Cursor(text, tokenize(text, file, errors), errors)
  const script = { file, text, ...new TopLevel(cursor).read() }
  if (errors.length > 0) throw new ScriptErrors(errors.sort(byPlace))
  return script
}

/** The order of the script. */
export function byPlace({ position: one }: ScriptError, { position: two }: ScriptError): number {
  return one.line - two.line || one.column - two.column
}

class TopLevel {
  readonly #assignments: Assignment[] = []
  readonly #modules: ModuleLine[] = []
  readonly #routes: RouteBlock[] = []

  constructor(private readonly cursor: Cursor) {}

  read(): Pick<Script, 'assignments' | 'modules' | 'routes'> {
    const { cursor } = this
    if (cursor.atEnd) cursor.report(cursor.mistake('the script is empty', 'write at least route { ... }'))
    while (!cursor.atEnd)
      cursor.attempt(
        () => this.#statement(),
        () => cursor.skipToTopLevel(),
      )
    return { assignments: this.#assignments, modules: this.#modules, routes: this.#routes }
  }

  #statement(): void {
    const { cursor } = this
    const token = cursor.peek
    if (token.kind !== 'word') throw this.#unexpected()
    if (token.text === 'loadmodule') this.#loadmodule()
    else if (token.text === 'modparam') this.#modparam()
    else if (BLOCKS.has(token.text)) this.#route()
    else if (cursor.isSymbol('{', 1) || cursor.isSymbol('[', 1))
      throw cursor.mistake(
        `unknown block ${token.text}`,
        'blocks are route, route[n], failure_route[n] and onreply_route[n]',
      )
    else this.#assignment()
  }

  #unexpected(): ScriptError {
    const { text } = this.cursor.peek
    const hints: Readonly<Record<string, string>> = {
      ';': 'no ; between top-level statements',
      '}': 'more blocks are closed than were opened',
      '{': 'write route before it',
    }
    const usual = 'expected an option, loadmodule, modparam or a route block'
    return this.cursor.mistake(`unexpected ${shown(this.cursor.peek)}`, hints[text] ?? usual)
  }

  #loadmodule(): void {
    const place = placeOf(this.cursor.next())
    this.#modules.push({ kind: 'loadmodule', place, path: this.cursor.string('the module path in quotes') })
  }

  #modparam(): void {
    const { cursor } = this
    const place = placeOf(cursor.next())
    cursor.expectSymbol('(')
    const module = cursor.string('the module name in quotes')
    cursor.expectSymbol(',')
    const name = cursor.string('the parameter name in quotes')
    cursor.expectSymbol(',')
    const token = cursor.peek
    const given = readValue(cursor)
    if (given.kind !== 'string' && given.kind !== 'number')
      throw cursor.mistake(`a parameter value cannot be ${shown(token)}`, 'a "string" or a number', token)
    const value = given.kind === 'string' ? given.text : given.value
    cursor.expectSymbol(')')
    this.#modules.push({ kind: 'modparam', place, module, name, value })
  }

  #assignment(): void {
    const { cursor } = this
    const name = cursor.next()
    if (!cursor.takeSymbol('='))
      throw cursor.mistake(
        `syntax error at ${shown(cursor.peek)} behind "${name.text}"`,
        cursor.isSymbol('(') ? 'commands stand in route blocks' : 'write option=value',
      )
    const values: Value[] = [readValue(cursor)]
    while (this.#startsValue()) values.push(readValue(cursor))
    this.#assignments.push({ place: placeOf(name), name: name.text, values })
  }

  /** Does another value of the same option follow, rather than the next statement? */
  #startsValue(): boolean {
    const { kind } = this.cursor.peek
    if (kind === 'string' || kind === 'number' || kind === 'ipv6') return true
    const isOption = this.cursor.isSymbol('=', 1)
    const isBlock = this.cursor.isSymbol('{', 1) || this.cursor.isSymbol('[', 1)
    return kind === 'word' && !isOption && !isBlock && !this.cursor.startsTopLevel()
  }

  #route(): void {
    const { cursor } = this
    const token = cursor.next()
    const place = placeOf(token)
    const kind = BLOCKS.get(token.text)!
    const least = kind === 'request' ? 0 : 1
    let number = 0
    if (cursor.takeSymbol('[')) {
      number = cursor.number('a route number')
      cursor.expectSymbol(']')
      if (number < least || number > ROUTE_NUMBER_MAX)
        cursor.report(
          cursor.mistake(
            `invalid routing table number (${number})`,
            `${token.text} takes ${least}..${ROUTE_NUMBER_MAX}`,
            place,
          ),
        )
    } else if (kind !== 'request')
      cursor.report(cursor.mistake(`${token.text} needs a number`, `write ${token.text}[1]`, place))
    this.#routes.push({ place, kind, number, body: readBlock(cursor) })
  }
}
