// The tree of a routing script: what was written, with its places; no name is resolved here.

import type { Position } from '../errors.js'
import type { RouteKind } from './contract.js'

export interface Script {
  readonly file: string
  readonly text: string
  readonly assignments: readonly Assignment[]
  readonly modules: readonly ModuleLine[]
  readonly routes: readonly RouteBlock[]
}

export interface Assignment {
  readonly place: Position
  readonly name: string
  readonly values: readonly Value[]
}

/** loadmodule and modparam lines, in order. */
export type ModuleLine =
  | { readonly kind: 'loadmodule'; readonly place: Position; readonly path: string }
  | {
      readonly kind: 'modparam'
      readonly place: Position
      readonly module: string
      readonly name: string
      readonly value: number | string
    }

export interface RouteBlock {
  readonly place: Position
  readonly kind: RouteKind
  readonly number: number
  readonly body: readonly Statement[]
}

/** A value or argument as written. Names and addresses may carry a protocol and a port ("tcp:10.0.0.1:5062"). */
export type Value = { readonly place: Position } & (
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | {
      readonly kind: 'host' | 'ip'
      readonly text: string
      readonly proto?: string
      readonly port?: number
    }
  | { readonly kind: 'uri:host' | 'uri:port' }
)

export type Statement =
  | { readonly kind: 'empty' }
  | Call
  | {
      readonly kind: 'if'
      readonly place: Position
      /** "if" and its condition as written, on one line. */
      readonly text: string
      readonly condition: Expression
      readonly then: readonly Statement[]
      readonly otherwise: readonly Statement[] | undefined
    }

export interface Call {
  readonly kind: 'call'
  readonly place: Position
  readonly name: string
  readonly args: readonly Value[]
  /** Written without parentheses. */
  readonly bare: boolean
  /** As written, on one line. */
  readonly text: string
}

export type Operator = '==' | '!=' | '=~' | '<' | '>' | '<=' | '>='

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'run'; readonly body: readonly Statement[] }
  | Comparison

export interface Comparison {
  readonly kind: 'compare'
  readonly place: Position
  readonly operand: string
  readonly operator: Operator
  readonly right: Value
  /** Of an address: "/24" or "/255.255.255.0". */
  readonly mask: number | string | undefined
}
