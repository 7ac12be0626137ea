// Binding: every name of a script is resolved once, at load, against the vocabulary; behind it there are only steps.
// The mistakes found here are the product: file:line:column, SER's wording, and what to do (ser-language 4).

import { nearest, ScriptError, ScriptErrors, type Position } from '../errors.js'
import { Binder, type RouteTable } from './binder.js'
import type {
  FunctionRecord,
  OptionRecord,
  Result,
  RouteKind,
  ScriptObserver,
  Vocabulary,
} from './contract.js'
import { list, then, type Step } from './run.js'
import type { Assignment, ModuleLine, Script, Value } from './tree.js'

/** One entry of listen or alias. */
export interface HostEntry {
  readonly proto: string | undefined
  readonly host: string
  readonly port: number | undefined
  readonly place: Position
}

export type OptionValue = number | string | readonly HostEntry[]

export interface Warning {
  readonly position: Position
  readonly text: string
}

/** An executable line or an `if`, for script coverage. */
export interface LineShape {
  readonly line: number
  readonly column: number
  /** "route", "route[1]", "failure_route[1]" ... */
  readonly route: string
}

export interface Program<C> {
  readonly script: Script
  /** By canonical name. */
  readonly options: ReadonlyMap<string, OptionValue>
  /** Options and their values in the order written (listen and port depend on it). */
  readonly assignments: readonly { readonly name: string; readonly value: OptionValue }[]
  /** Base names of the loaded modules, in order. */
  readonly modules: readonly string[]
  readonly params: ReadonlyMap<string, Readonly<Record<string, number | string | undefined>>>
  readonly warnings: readonly Warning[]
  readonly routes: readonly string[]
  readonly lines: readonly LineShape[]
  readonly arms: readonly LineShape[]
  run(kind: RouteKind, number: number, context: C, observer?: ScriptObserver): Result
}

/** "route", "route[2]", "failure_route[1]", "onreply_route[1]". */
export function routeName(kind: RouteKind, number: number): string {
  if (kind === 'request') return number === 0 ? 'route' : `route[${number}]`
  return `${kind}_route[${number}]`
}

/** Resolves every name of the script. Throws ScriptErrors with all mistakes found. */
export function bindScript<C>(script: Script, vocabulary: Vocabulary<C>): Program<C> {
  const errors: ScriptError[] = []
  const warnings: Warning[] = []
  const assignments = bindOptions(script.assignments, vocabulary.options, errors, warnings)
  const loaded = new Loaded(vocabulary, errors)
  for (const line of script.modules) loaded.line(line)
  const binder = new Binder(vocabulary, loaded.functions(), script, errors, warnings)
  const table = binder.routes()
  if (errors.length > 0) throw new ScriptErrors(errors.sort(byPlace))
  const { modules, params } = loaded
  const options = optionMap(assignments)
  return {
    script,
    options,
    assignments,
    modules,
    params,
    warnings,
    ...shapeOf(binder, table),
    run: runner(table),
  }
}

function byPlace({ position: one }: ScriptError, { position: two }: ScriptError): number {
  return one.line - two.line || one.column - two.column
}

function shapeOf<C>(binder: Binder<C>, table: RouteTable<C>): Pick<Program<C>, 'routes' | 'lines' | 'arms'> {
  return { routes: [...table.keys()], lines: binder.lines, arms: binder.arms }
}

function runner<C>(table: RouteTable<C>): Program<C>['run'] {
  const empty: Step<C> = (run) => {
    run.observer?.log(1, 'WARNING: run_actions: null action list')
    return 0
  }
  const bodies = new Map([...table].map(([name, steps]) => [name, list(steps)]))
  const main = bodies.get('route') ?? empty
  return (kind, number, context, observer) => {
    const main0 = kind === 'request' && number === 0
    if (observer === undefined && main0) return main({ context, kind, observer, depth: 0 })
    const name = routeName(kind, number)
    const body = main0 ? main : (bodies.get(name) ?? empty)
    observer?.routeEntered(name)
    return then(body({ context, kind, observer, depth: 0 }), (value) => {
      observer?.routeLeft(name, value)
      return value
    })
  }
}

// ---- options ----

interface Bound {
  readonly name: string
  readonly value: OptionValue
}

function optionMap(bound: readonly Bound[]): Map<string, OptionValue> {
  const options = new Map<string, OptionValue>()
  for (const { name, value } of bound) {
    const former = options.get(name)
    const joined = Array.isArray(former) && Array.isArray(value) ? [...former, ...value] : value
    options.set(name, joined as OptionValue)
  }
  return options
}

function bindOptions(
  assignments: readonly Assignment[],
  records: Readonly<Record<string, OptionRecord>>,
  errors: ScriptError[],
  warnings: Warning[],
): Bound[] {
  const byName = new Map<string, readonly [string, OptionRecord]>()
  for (const [name, record] of Object.entries(records))
    for (const word of [name, ...(record.aliases ?? [])]) byName.set(word, [name, record])
  const bound: Bound[] = []
  for (const { place, name: written, values } of assignments) {
    const known = byName.get(written)
    if (known === undefined) {
      errors.push(
        new ScriptError(place, `unknown config variable ${written}`, suggestion(written, byName.keys())),
      )
      continue
    }
    const [name, record] = known
    const value = optionValue(record, values)
    if (value instanceof ScriptError) errors.push(value)
    else bound.push({ name, value })
    // What is switched off needs no word about what happens instead.
    if (record.instead !== undefined && value !== 0)
      warnings.push({ position: place, text: `${written}: ${record.instead}` })
  }
  return bound
}

function optionValue(record: OptionRecord, values: readonly Value[]): OptionValue | ScriptError {
  const first = values[0]!
  if (record.kind === 'ids') return values.map(hostEntry)
  if (values.length > 1)
    return new ScriptError(values[1]!.place, 'syntax error: one value only', 'start a new line')
  switch (record.kind) {
    case 'integer':
      return first.kind === 'number'
        ? first.value
        : new ScriptError(first.place, 'number expected', 'without quotes')
    case 'boolean':
      return first.kind === 'number'
        ? first.value
        : new ScriptError(first.place, 'boolean value expected', 'yes or no')
    case 'string':
    case 'identifier':
      if (first.kind === 'string' || first.kind === 'host') return first.text
      return new ScriptError(first.place, 'string value expected', 'put it in quotes')
  }
}

function hostEntry(value: Value): HostEntry {
  const { place } = value
  if (value.kind === 'host') return { proto: value.proto, host: value.text, port: value.port, place }
  const host = value.kind === 'string' ? value.text : value.kind === 'number' ? String(value.value) : ''
  return { proto: undefined, host, port: undefined, place }
}

/** "did you mean x?", or nothing to say. */
export function suggestion(word: string, known: Iterable<string>): string {
  const candidates = [...known]
  const near = nearest(word, candidates)
  return near === undefined ? `known: ${candidates.join(' ')}` : `did you mean ${near}?`
}

// ---- modules ----

class Loaded<C> {
  readonly modules: string[] = []
  readonly params = new Map<string, Record<string, number | string | undefined>>()

  constructor(
    private readonly vocabulary: Vocabulary<C>,
    private readonly errors: ScriptError[],
  ) {}

  line(line: ModuleLine): void {
    if (line.kind === 'loadmodule') this.#load(line.place, line.path)
    else this.#set(line)
  }

  functions(): Map<string, FunctionRecord<C>> {
    const functions = new Map<string, FunctionRecord<C>>()
    for (const file of this.modules)
      for (const [name, record] of Object.entries(this.#record(file)!.functions)) functions.set(name, record)
    return functions
  }

  #record(file: string) {
    return this.vocabulary.modules.find((module) => module.file === file)
  }

  #load(place: Position, path: string): void {
    const file = path.replace(/^.*\//, '').replace(/\.so$/, '')
    const record = this.#record(file)
    if (record === undefined) {
      const instead = this.vocabulary.missing[file]
      const known = this.vocabulary.modules.map((module) => module.file)
      const hint =
        instead === undefined ? suggestion(file, known) : `it is not part of this engine; ${instead}`
      this.errors.push(new ScriptError(place, `failed to load module ${file}`, hint))
    } else if (this.modules.includes(file))
      this.errors.push(
        new ScriptError(place, `failed to load module ${file}`, 'it is loaded already: drop this line'),
      )
    else {
      this.modules.push(file)
      const initial = Object.entries(record.params).map(([name, { initial }]) => [name, initial])
      this.params.set(file, Object.fromEntries(initial))
    }
  }

  #set({ place, module, name, value }: Extract<ModuleLine, { kind: 'modparam' }>): void {
    const pattern = new RegExp(`^(?:${module})$`, 'i')
    const matching = this.modules.filter(
      (file) => pattern.test(file) || pattern.test(this.#record(file)!.name),
    )
    if (matching.length === 0) {
      const hint = this.#record(module)
        ? `put loadmodule "${module}.so" before it`
        : suggestion(module, this.modules)
      this.errors.push(new ScriptError(place, `no module matching ${module} found`, hint))
    }
    for (const file of matching) {
      const parameter = this.#record(file)!.params[name]
      const wanted = parameter?.kind === 'integer' ? 'number' : 'string'
      if (parameter === undefined) {
        const hint = suggestion(name, Object.keys(this.#record(file)!.params))
        this.errors.push(new ScriptError(place, `parameter ${name} not found in module ${file}`, hint))
      } else if (typeof value !== wanted) {
        const hint = wanted === 'number' ? 'a number without quotes' : 'a string in quotes'
        this.errors.push(
          new ScriptError(place, `parameter ${name} of module ${file} takes a ${wanted}`, hint),
        )
      } else this.params.get(file)![name] = value
    }
  }
}
