// loadmodule and modparam lines, in their order (ser-language 3.2).

import { ScriptError, type Position } from '../errors.js'
import type { FunctionRecord, ModuleWords, ParameterRecord, Vocabulary } from './contract.js'
import { compileRegex } from './regex.js'
import { suggestion } from './suggestion.js'
import type { ModuleLine } from './tree.js'

type Setting = Extract<ModuleLine, { kind: 'modparam' }>

export class LoadedModules<C> {
  /** By file name, in load order. */
  readonly #loaded = new Map<string, ModuleWords<C>>()
  readonly params = new Map<string, Record<string, number | string | undefined>>()

  constructor(
    private readonly vocabulary: Vocabulary<C>,
    private readonly errors: ScriptError[],
  ) {}

  get files(): readonly string[] {
    return [...this.#loaded.keys()]
  }

  line(line: ModuleLine): void {
    if (line.kind === 'loadmodule') this.#load(line.place, line.path)
    else this.#set(line)
  }

  /** The functions of all loaded modules by name. */
  functions(): Map<string, FunctionRecord<C>> {
    const functions = new Map<string, FunctionRecord<C>>()
    for (const module of this.#loaded.values())
      for (const [name, record] of Object.entries(module.functions)) functions.set(name, record)
    return functions
  }

  /** "modules/tm/tm.so" is the module tm. */
  #load(place: Position, path: string): void {
    const file = path.replace(/^.*\//, '').replace(/\.so$/, '')
    const record = this.vocabulary.modules.find((module) => module.file === file)
    if (record === undefined) return this.#fail(place, `failed to load module ${file}`, this.#instead(file))
    if (this.#loaded.has(file))
      return this.#fail(place, `failed to load module ${file}`, 'it is loaded already: drop this line')
    this.#loaded.set(file, record)
    const initial: Record<string, number | string | undefined> = {}
    for (const [name, parameter] of Object.entries(record.params)) initial[name] = parameter.initial
    this.params.set(file, initial)
  }

  #instead(file: string): string {
    const { missing, modules } = this.vocabulary
    if (Object.hasOwn(missing, file)) return `it is not part of this engine; ${missing[file]}`
    return suggestion(
      file,
      modules.map((module) => module.file),
    )
  }

  /** The module name is a pattern; every module it matches must have the parameter. */
  #set(setting: Setting): void {
    const { place, module, name, value } = setting
    const matching = this.#matching(setting)
    if (matching?.length === 0)
      this.#fail(place, `no module matching ${module} found`, this.#notLoaded(module))
    for (const { file, params } of matching ?? []) {
      const parameter = Object.hasOwn(params, name) ? params[name] : undefined
      if (parameter === undefined)
        this.#fail(
          place,
          `parameter ${name} not found in module ${file}`,
          suggestion(name, Object.keys(params)),
        )
      else if (this.#isFitting(setting, file, parameter)) this.params.get(file)![name] = value
    }
  }

  #matching({ place, module }: Setting): ModuleWords<C>[] | undefined {
    try {
      compileRegex(module)
      const pattern = compileRegex(`^(${module})$`)
      return [...this.#loaded.values()].filter(({ file, name }) => pattern.test(file) || pattern.test(name))
    } catch (error) {
      this.#fail(place, (error as Error).message, 'the module name is a regular expression')
      return undefined
    }
  }

  #notLoaded(module: string): string {
    const known = this.vocabulary.modules.find(({ file, name }) => file === module || name === module)
    return known === undefined
      ? suggestion(module, this.files)
      : `put loadmodule "${known.file}.so" before it`
  }

  #isFitting({ place, name, value }: Setting, file: string, { kind }: ParameterRecord): boolean {
    const wanted = kind === 'integer' ? 'number' : 'string'
    if (typeof value === wanted) return true
    const hint = wanted === 'number' ? 'a number without quotes' : 'a string in quotes'
    this.#fail(place, `parameter ${name} of module ${file} takes a ${wanted}`, hint)
    return false
  }

  #fail(place: Position, reason: string, hint: string): void {
    this.errors.push(new ScriptError(place, reason, hint))
  }
}
