// What the routing language asks of whoever runs it. The language knows no SIP: commands, options, operands and
// module functions are records handed to `bind`; `C` is the runner's context for one message (the proxy's Context).
//
// The value rule (SER): positive = true, negative = false, 0 = stop the route block that is running.

import type { Answer, Question } from '../endpoint.js'

export type RouteKind = 'request' | 'failure' | 'onreply'

/** > 0 true, < 0 false, 0 stop. */
export type Value = number

/** A function that must wait for an answer returns this; the run is then a value that somebody holds. */
export interface Waiting {
  readonly question: Question
  resume(answer: Answer): Result
}

export type Result = Value | Waiting

/** One argument of a module function: how its quoted text becomes what `call` gets, checked at load. */
export type ArgumentKind =
  | 'string'
  /** decimal number */
  | 'integer'
  /** POSIX extended regex, no case, newline-aware (textops) -> RegExp */
  | 'regex'
  /** sed-like "/re/replacement/flags" -> Substitution */
  | 'substitution'
  /** route numbers, their existence is checked: "0" disarms */
  | 'failure_route'
  | 'onreply_route'
  | CustomArgument

export interface CustomArgument {
  readonly name: string
  /** Returns the value, or throws an Error whose message is SER's wording ("bad number"). */
  fix(text: string): unknown
}

export interface FunctionRecord<C> {
  readonly args: readonly ArgumentKind[]
  /** How many of the last arguments may be left out. */
  readonly optional?: number
  readonly routes: readonly RouteKind[]
  /** One line for the generated reference. */
  readonly about: string
  readonly call: (context: C, ...args: never[]) => Result
}

/** A core command's argument, as the grammar allows it (ser-language 2: quoted strings, bare numbers, hosts). */
export type CommandArgument =
  | 'string'
  | 'number'
  | 'host' // host name, quoted string or IP
  | 'host-or-uri:host' // plus the word uri:host -> the URI_HOST symbol
  | 'port-or-uri:port' // a number or the word uri:port -> the URI_PORT symbol
  | 'route' // route number, existence checked
  | 'socket' // [proto:]host[:port] -> { proto?, host, port? } (0.9)

export const URI_HOST = Symbol('uri:host')
export const URI_PORT = Symbol('uri:port')

export interface CommandRecord<C> {
  readonly aliases?: readonly string[]
  /** Allowed argument lists, by count: e.g. log: [['string'], ['number', 'string']]. */
  readonly forms: readonly (readonly CommandArgument[])[]
  /** May stand without parentheses (break, drop, append_branch ...). */
  readonly bare?: boolean
  readonly about: string
  readonly call: (context: C, ...args: never[]) => Result
}

/** A left operand of a condition (method, uri, src_ip, proto ...). */
export type OperandRecord<C> = { readonly aliases?: readonly string[]; readonly about: string } & (
  | {
      readonly kind: 'string'
      readonly myself?: (context: C) => boolean | ExpressionError
      readonly get: (context: C) => string
    }
  | { readonly kind: 'number'; readonly get: (context: C) => number }
  | { readonly kind: 'ip'; readonly myself: (context: C) => boolean; readonly get: (context: C) => string }
)

/** An expression that could not be evaluated: logged, and false even under `not` (ser-language 7.6). */
export const EXPRESSION_ERROR = Symbol('error in expression')
export type ExpressionError = typeof EXPRESSION_ERROR

/** A global option ("debug", "listen", ...): type, default, and what we do with it. */
export interface OptionRecord {
  readonly aliases?: readonly string[]
  readonly kind: 'integer' | 'boolean' | 'string' | 'identifier' | 'ids'
  /** May stand several times, each adding ("listen", "alias"). */
  readonly repeatable?: boolean
  /** Said as a warning when a script sets it: what happens instead. */
  readonly instead?: string
  readonly about: string
}

export interface ParameterRecord {
  readonly kind: 'integer' | 'string'
  readonly initial: number | string | undefined
  readonly about: string
}

/** What `bind` needs to know of a module: the language part of its record. */
export interface ModuleWords<C> {
  /** SER's export name ("sl_module"): what modparam's regex is matched against, together with `file`. */
  readonly name: string
  /** The base name of the library file ("sl"). */
  readonly file: string
  readonly functions: Readonly<Record<string, FunctionRecord<C>>>
  readonly params: Readonly<Record<string, ParameterRecord>>
}

/** Everything that names in a script can be resolved against. */
export interface Vocabulary<C> {
  readonly options: Readonly<Record<string, OptionRecord>>
  readonly commands: Readonly<Record<string, CommandRecord<C>>>
  readonly operands: Readonly<Record<string, OperandRecord<C>>>
  readonly modules: readonly ModuleWords<C>[]
  /** SER modules that we do not have -> what to use instead. */
  readonly missing: Readonly<Record<string, string>>
  /** Called before each command and function runs (SER resets the current error there). */
  readonly beforeAction?: (context: C) => void
  /** Where run-time complaints go ("error in expression"); without it an observer hears them, if there is one. */
  readonly log?: (context: C, level: number, text: string) => void
}

/** Heard while a script runs; undefined when nobody listens (then it costs one test a step). */
export interface ScriptObserver {
  routeEntered(route: string): void
  routeLeft(route: string, value: Value): void
  /** Before a statement runs. `text` is its source text, one line. */
  statement(line: number, column: number, text: string, file: string): void
  /** After a command or function returned. */
  returned(line: number, call: string, value: Value): void
  /** An `if` at this place was decided. */
  decided(line: number, column: number, taken: boolean, file: string): void
  /** SER's run-time log lines ("error in expression" ...), unless the vocabulary takes them. */
  log(level: number, text: string): void
}
