// A scenario as data: what the reader makes of a file, and the player plays. Names are resolved: labels are indexes of
// commands, variables are slots, transactions are numbers.

import type { Distribution } from './distribution.js'
import type { Template } from './template.js'

export type Scope = 'call' | 'user' | 'global'

export interface VariableSlot {
  readonly name: string
  readonly scope: Scope
}

export interface Transaction {
  readonly name: string
  readonly isInvite: boolean
}

export type Optional = 'no' | 'yes' | 'global'

export interface CommandBase {
  readonly index: number
  /** In the file. */
  readonly line: number
  readonly actions: readonly Action[]
  /** Index of the command to go on with; the number of commands stands for the end. */
  readonly next: number | undefined
  /** Slot of the variable that must be set for `next`. */
  readonly test: number | undefined
  /** How likely `next` is taken, 0 to 1. */
  readonly chance: number
  readonly condexec: number | undefined
  readonly condexecInverse: boolean
  readonly onTimeout: number | undefined
  /** Response timers by number. */
  readonly startRtd: number | undefined
  readonly stopRtd: number | undefined
  readonly repeatRtd: boolean
  readonly counter: number | undefined
  /** A blank line follows it on the screen. */
  readonly crlf: boolean
  readonly display: string | undefined
  readonly hide: boolean
  /** Per cent of the messages that are thrown away; undefined: as the command line says. */
  readonly lostPercent: number | undefined
}

export interface SendCommand extends CommandBase {
  readonly kind: 'send'
  readonly template: Template
  /** undefined for a response. */
  readonly method: string | undefined
  readonly code: number | undefined
  /** T1; 0: not repeated. */
  readonly retransMs: number
  readonly timeoutMs: number
  /** Number of the transaction. */
  readonly startTxn: number | undefined
  readonly ackTxn: number | undefined
}

export interface RecvCommand extends CommandBase {
  readonly kind: 'recv'
  readonly request: string | undefined
  readonly response: string | undefined
  /** With regexp_match. */
  readonly pattern: RegExp | undefined
  readonly responseTxn: number | undefined
  /** Methods sent before it without start_txn, written together: a response's CSeq method is looked for in it. */
  readonly methods: string
  readonly optional: Optional
  readonly advanceState: boolean
  readonly timeoutMs: number
  readonly recordsRoutes: boolean
  readonly keepsChallenge: boolean
  readonly ignoresSdp: boolean
}

export interface PauseCommand extends CommandBase {
  readonly kind: 'pause'
  /** undefined: as long as the command line says (-d). */
  readonly distribution: Distribution | undefined
  readonly variable: number | undefined
  readonly timewait: boolean
}

export interface NopCommand extends CommandBase {
  readonly kind: 'nop'
}

export interface SendCmdCommand extends CommandBase {
  readonly kind: 'sendCmd'
  readonly template: Template
  readonly dest: string | undefined
}

export interface RecvCmdCommand extends CommandBase {
  readonly kind: 'recvCmd'
  readonly src: string | undefined
  readonly optional: Optional
}

export type Command = SendCommand | RecvCommand | PauseCommand | NopCommand | SendCmdCommand | RecvCmdCommand

/** A number that is written down, or a variable's. */
export interface Operand {
  readonly value: number
  readonly variable: number | undefined
}

export interface Check {
  readonly checkIt: boolean
  readonly checkItInverse: boolean
}

export type Arithmetic = 'assign' | 'add' | 'subtract' | 'multiply' | 'divide'
export type Comparison =
  'equal' | 'not_equal' | 'greater_than' | 'less_than' | 'greater_than_equal' | 'less_than_equal'
export type MediaKind = 'audio' | 'video' | 'image'

export interface EregAction extends Check {
  readonly kind: 'ereg'
  readonly regexp: RegExp
  readonly source: string
  readonly searchIn: 'msg' | 'hdr' | 'body' | 'var'
  readonly header: string
  readonly caseIndep: boolean
  readonly startLine: boolean
  readonly occurrence: number
  readonly variable: number | undefined
  /** The whole match first, then groups. */
  readonly assignTo: readonly number[]
}

export interface TestAction extends Check {
  readonly kind: 'test'
  readonly assignTo: number | undefined
  readonly variable: number
  readonly compare: Comparison
  readonly operand: Operand
}

export interface StrcmpAction extends Check {
  readonly kind: 'strcmp'
  readonly assignTo: number | undefined
  readonly variable: number
  readonly value: string
  readonly variable2: number | undefined
}

export interface StreamPlan {
  readonly file: Template
}

export type Action =
  | EregAction
  | TestAction
  | StrcmpAction
  | { readonly kind: 'log' | 'warning' | 'error'; readonly message: Template }
  | {
      readonly kind: 'arithmetic'
      readonly operation: Arithmetic
      readonly assignTo: number
      readonly operand: Operand
    }
  | { readonly kind: 'assignstr'; readonly assignTo: number; readonly value: Template }
  | { readonly kind: 'todouble'; readonly assignTo: number; readonly variable: number }
  | { readonly kind: 'trim' | 'urlencode' | 'urldecode'; readonly variable: number }
  | { readonly kind: 'sample'; readonly assignTo: number; readonly distribution: Distribution }
  | { readonly kind: 'gettimeofday'; readonly seconds: number; readonly microseconds: number }
  | { readonly kind: 'index'; readonly assignTo: number }
  | { readonly kind: 'jump' | 'pauserestore'; readonly operand: Operand }
  | { readonly kind: 'lookup'; readonly assignTo: number; readonly file: Template; readonly key: Template }
  | { readonly kind: 'insert'; readonly file: Template; readonly value: Template }
  | { readonly kind: 'replace'; readonly file: Template; readonly line: Template; readonly value: Template }
  | {
      readonly kind: 'verifyauth'
      readonly assignTo: number
      readonly username: Template
      readonly password: Template
    }
  | {
      readonly kind: 'setdest'
      readonly host: Template
      readonly port: Template
      readonly protocol: Template
    }
  | { readonly kind: 'closecon' }
  | { readonly kind: 'shell'; readonly command: Template }
  | { readonly kind: 'stop'; readonly what: 'stop_call' | 'stop_gracefully' | 'stop_now' }
  | { readonly kind: 'play_pcap'; readonly media: MediaKind; readonly file: string }
  | { readonly kind: 'play_dtmf'; readonly digits: Template }
  | { readonly kind: 'rtp_stream'; readonly what: Template }
  | { readonly kind: 'rtp_stream_control'; readonly word: string }
  | { readonly kind: 'rtp_echo'; readonly word: string }
  | { readonly kind: 'rtp_echo_switch'; readonly operand: Operand }

export const DEFAULT_MESSAGES = ['3pcc_abort', 'ack', 'ack2', 'bye', 'cancel', '200'] as const
export type DefaultMessage = (typeof DEFAULT_MESSAGES)[number]

export interface Scenario {
  readonly name: string
  /** As it was named when it was read. */
  readonly file: string
  readonly commands: readonly Command[]
  readonly init: readonly Command[]
  readonly variables: readonly VariableSlot[]
  readonly transactions: readonly Transaction[]
  readonly labels: ReadonlyMap<string, number>
  /** Makes calls, or waits for them. */
  readonly role: 'client' | 'server'
  /** The first command between players, if there is one. */
  readonly twin: 'sendCmd' | 'recvCmd' | undefined
  /** Names of response timers, in the order of the file. */
  readonly timers: readonly string[]
  readonly counters: readonly string[]
  readonly responseTimes: readonly number[]
  readonly callLengths: readonly number[]
  readonly defaults: Readonly<Partial<Record<DefaultMessage, Template>>>
  /** Slots of _unexp.retaddr and _unexp.pausedaddr. */
  readonly returnAddress: number | undefined
  readonly pausedAddress: number | undefined
  /** Names that only -key can explain. */
  readonly userKeywords: readonly string[]
  /** Files of media that it plays. */
  readonly mediaFiles: readonly string[]
  readonly usesMedia: boolean
  readonly usesShell: boolean
}
