// The names of a script: what is known under them, and what to say about one that is not.

import { nearest, ScriptError, type Position } from '../errors.js'
import type { CommandRecord, FunctionRecord, OperandRecord, Vocabulary } from './contract.js'
import { routeName } from './program.js'
import { elsewhere, suggestion } from './suggestion.js'
import type { Call, RouteBlock } from './tree.js'

export class Names<C> {
  readonly #commands: ReadonlyMap<string, CommandRecord<C>>
  readonly #operands: ReadonlyMap<string, OperandRecord<C>>
  readonly #routes: ReadonlySet<string>

  constructor(
    private readonly vocabulary: Vocabulary<C>,
    /** Of the loaded modules. */
    private readonly functions: ReadonlyMap<string, FunctionRecord<C>>,
    routes: readonly RouteBlock[],
  ) {
    this.#commands = byEveryName(vocabulary.commands)
    this.#operands = byEveryName(vocabulary.operands)
    this.#routes = new Set(routes.map(({ kind, number }) => routeName(kind, number)))
  }

  command(name: string): CommandRecord<C> | undefined {
    return this.#commands.get(name)
  }

  isRoute(name: string): boolean {
    return this.#routes.has(name)
  }

  /** Throws a ScriptError for an unknown name. */
  operand(name: string, place: Position): OperandRecord<C> {
    const operand = this.#operands.get(name)
    if (operand !== undefined) return operand
    const isCommand = this.#commands.has(name) || this.functions.has(name)
    const hint = isCommand ? `write ${name}(...)` : suggestion(name, this.#operands.keys())
    throw new ScriptError(place, `unknown operand ${name}`, hint)
  }

  /** Throws a ScriptError for an unknown name. */
  function(call: Call): FunctionRecord<C> {
    const record = this.functions.get(call.name)
    if (record === undefined) throw this.#unknown(call)
    return record
  }

  #unknown({ name, place }: Call): ScriptError {
    if (this.#operands.has(name) || name === 'myself')
      return new ScriptError(place, `${name} is not compared with anything`, `write ${name}==...`)
    return new ScriptError(place, `unknown command ${name}, missing loadmodule?`, this.#hint(name))
  }

  #hint(name: string): string {
    const owner = this.vocabulary.modules.find((module) => Object.hasOwn(module.functions, name))
    if (owner !== undefined) return `add loadmodule "${owner.file}.so"`
    const other = elsewhere(name)
    if (other !== undefined) return other
    const functions = this.vocabulary.modules.flatMap((module) => Object.keys(module.functions))
    const near = nearest(name, ['route', ...this.#commands.keys(), ...functions])
    return near === undefined ? 'no module of this engine has it' : `did you mean ${near}?`
  }
}

function byEveryName<T extends { readonly aliases?: readonly string[] }>(
  records: Readonly<Record<string, T>>,
): ReadonlyMap<string, T> {
  const all = new Map<string, T>()
  for (const [name, record] of Object.entries(records))
    for (const word of [name, ...(record.aliases ?? [])]) all.set(word, record)
  return all
}
