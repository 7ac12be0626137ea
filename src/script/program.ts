// What comes of a bound script: its options, modules and parameters, its shape for coverage, and a way to run it.

import type { Position } from '../errors.js'
import type { Result, RouteKind, ScriptObserver } from './contract.js'
import type { Script } from './tree.js'

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
