// The commands of a scenario (send, recv, pause, nop, sendCmd, recvCmd), read into data.

import { compileRegex } from '../script/regex.js'
import { Attributes } from './attributes.js'
import { cleanCdata, cleanMessage, firstLineOf } from './cdata.js'
import type { Place } from './findings.js'
import type { Command, CommandBase, Optional, RecvCommand, SendCommand } from './program.js'
import { readActions, readDistribution } from './read-actions.js'
import type { ReadContext } from './read-context.js'
import type { XmlElement } from './xml-tree.js'

/** What the commands before one have left behind. */
export interface ReadState {
  /** Methods sent so far without start_txn, written together. */
  methods: string
  /** The last receive was optional: a mandatory one must follow. */
  wasOptional: boolean
  hidesRest: boolean
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Reads one command; undefined when the element is none. */
export function readCommand(
  element: XmlElement,
  index: number,
  context: ReadContext,
  state: ReadState,
): Command | undefined {
  const attributes = new Attributes(element, context.findings)
  const own = ownPart(attributes, context, state)
  if (own === undefined) return undefined
  const base = readBase(attributes, index, context, state)
  const command = { ...base, ...own } as Writable<Command>
  resolveLabels(attributes, context, command)
  attributes.complainOfOthers()
  return command
}

type OwnPart = { kind: Command['kind'] } & Partial<Command>

function ownPart(attributes: Attributes, context: ReadContext, state: ReadState): OwnPart | undefined {
  const { name } = attributes.element
  if (name === 'recv' || name === 'recvCmd') {
    const optional = attributes.optional()
    state.wasOptional = optional !== 'no'
    return name === 'recv'
      ? readRecv(attributes, context, state, optional)
      : { kind: 'recvCmd', src: attributes.text('src'), optional }
  }
  if (!['send', 'pause', 'timewait', 'nop', 'sendCmd'].includes(name)) return undefined
  if (state.wasOptional) {
    const text = `<${name}> comes after an optional receive`
    context.findings.error('order', attributes.element, text, 'a mandatory <recv> must follow optional ones')
    state.wasOptional = false
  }
  if (name === 'send') return readSend(attributes, context, state)
  if (name === 'sendCmd') return readSendCmd(attributes, context)
  if (name === 'nop') return { kind: 'nop' }
  return readPause(attributes, context)
}

function readBase(
  attributes: Attributes,
  index: number,
  context: ReadContext,
  state: ReadState,
): CommandBase {
  const { symbols } = context
  const timer = (name: string, starts: boolean): number | undefined => {
    const value = attributes.text(name)
    return value === undefined ? undefined : symbols.timer(value, starts)
  }
  if (attributes.has('hiderest')) state.hidesRest = attributes.flag('hiderest')
  const stopRtd = timer('rtd', false)
  const counter = attributes.text('counter')
  const condexec = attributes.text('condexec')
  const lostPercent = attributes.number('lost')
  if (attributes.has('repeat_rtd') && stopRtd === undefined)
    attributes.error('attribute', 'repeat_rtd without rtd')
  return {
    ...{ index, line: attributes.element.line, actions: readActions(attributes.element, context) },
    ...{ next: undefined, test: undefined, chance: 1, onTimeout: undefined },
    condexec: condexec === undefined ? undefined : symbols.slot(condexec, attributes.place('condexec')),
    condexecInverse: attributes.flag('condexec_inverse'),
    ...{ startRtd: timer('start_rtd', true), stopRtd, repeatRtd: attributes.flag('repeat_rtd') },
    counter: counter === undefined ? undefined : symbols.counter(counter),
    crlf: attributes.has('crlf'),
    display: attributes.text('display'),
    hide: attributes.flag('hide', state.hidesRest),
    lostPercent,
  }
}

/** `next`, `test` and `chance`; `ontimeout`. Labels are filled in when all are known. */
function resolveLabels(attributes: Attributes, context: ReadContext, command: Writable<Command>): void {
  const isTimewait = command.kind === 'pause' && command.timewait
  const label = (name: string, resolve: (index: number) => void): boolean => {
    const value = attributes.text(name)
    if (value === undefined) return false
    if (isTimewait) attributes.error('label', `${name} is not allowed in <timewait>`)
    context.jumps.push({ label: value, place: attributes.place(name), resolve })
    return true
  }
  label('ontimeout', (index) => (command.onTimeout = index))
  const jumps = label('next', (index) => (command.next = index))
  const test = attributes.text('test')
  const chance = attributes.number('chance')
  if (!jumps) return
  if (test !== undefined) command.test = context.symbols.slot(test, attributes.place('test'))
  if (chance !== undefined && (chance < 0 || chance > 1))
    attributes.error('attribute', `chance="${chance}" is not between 0 and 1`)
  command.chance = chance ?? 1
}

/** The text of an element: CDATA, or with a warning what stands there bare. */
function textOf({ element, findings }: Attributes): { text: string; place: Place } | undefined {
  const place = { line: element.cdata === undefined ? element.line : element.cdataLine, column: 1 }
  const text = element.cdata ?? element.text
  if (text.trim() === '') {
    findings.error('structure', element, `<${element.name}> has no text`, 'write <![CDATA[ ... ]]> in it')
    return undefined
  }
  if (element.cdata === undefined)
    findings.warning(
      'structure',
      element,
      `<${element.name}> has text without CDATA`,
      'write <![CDATA[ ... ]]>',
    )
  // The lines that cleaning takes away at the beginning.
  const skipped = /^[ \t\n]*/.exec(text)![0].split('\n').length - 1
  return { text, place: { line: place.line + skipped, column: 1 } }
}

function readSend(attributes: Attributes, context: ReadContext, state: ReadState): OwnPart | undefined {
  const found = textOf(attributes)
  if (found === undefined) return { kind: 'nop' }
  const template = context.template(cleanMessage(found.text), found.place)
  const [first] = template.parts
  const firstLine = firstLineOf(typeof first === 'string' ? first : undefined)
  if (typeof firstLine === 'string') {
    context.findings.error('structure', found.place, firstLine)
    return { kind: 'nop' }
  }
  const transactions = readTransactions(attributes, context, firstLine.method)
  const isListed = transactions.startTxn === undefined && transactions.ackTxn === undefined
  if (firstLine.method !== undefined && isListed) state.methods += firstLine.method
  const times = { retransMs: attributes.duration('retrans'), timeoutMs: attributes.duration('timeout') }
  return { kind: 'send', template, ...firstLine, ...transactions, ...times }
}

function readTransactions(attributes: Attributes, { symbols }: ReadContext, method: string | undefined) {
  const starts = attributes.text('start_txn')
  const acks = attributes.text('ack_txn')
  const error = (text: string): void => attributes.error('transaction', text)
  if (attributes.has('response_txn')) error('response_txn belongs to a <recv>')
  if (method === undefined && (starts ?? acks) !== undefined) error('a response starts no transaction')
  if (starts !== undefined && method === 'ACK') error('an ACK starts no transaction')
  if (acks !== undefined && method !== 'ACK') error('ack_txn belongs to an ACK')
  const result: Pick<Writable<SendCommand>, 'startTxn' | 'ackTxn'> = {
    startTxn: undefined,
    ackTxn: undefined,
  }
  if (starts !== undefined) {
    result.startTxn = symbols.transaction(starts, 'started', attributes.element)
    symbols.transactions[result.startTxn]!.isInvite ||= method === 'INVITE'
  } else if (acks !== undefined) result.ackTxn = symbols.transaction(acks, 'acks', attributes.element)
  return result
}

function readRecv(
  attributes: Attributes,
  context: ReadContext,
  { methods }: ReadState,
  optional: Optional,
): OwnPart {
  const request = attributes.text('request')
  const response = attributes.text('response')
  if (request === undefined && response === undefined)
    attributes.error('attribute', '<recv> needs a request or a response')
  const txn = attributes.text('response_txn')
  if (txn !== undefined && response === undefined)
    attributes.error('transaction', 'response_txn belongs to the receipt of a response')
  const advanceState = attributes.flag('advance_state', true)
  if (!advanceState && optional === 'no') attributes.error('attribute', 'advance_state needs optional="true"')
  const isRegexp = attributes.text('regexp_match') === 'true'
  const own: Partial<RecvCommand> = {
    pattern: isRegexp ? patternOf(request ?? response ?? '', attributes) : undefined,
    responseTxn:
      txn === undefined ? undefined : context.symbols.transaction(txn, 'responses', attributes.element),
    ...{ request, response, methods, optional, advanceState, timeoutMs: attributes.duration('timeout') },
    recordsRoutes: attributes.flag('rrs'),
    keepsChallenge: attributes.flag('auth'),
    ignoresSdp: attributes.flag('ignoresdp'),
  }
  if (!isRegexp && response !== undefined && !/^\s*\d{3}\s*$/.test(response))
    context.findings.warning('attribute', attributes.place('response'), `response="${response}" is no code`)
  return { kind: 'recv', ...own }
}

function patternOf(source: string, attributes: Attributes): RegExp | undefined {
  try {
    return compileRegex(source, { caseSensitive: true })
  } catch (error) {
    attributes.error('regexp', (error as Error).message)
    return undefined
  }
}

function readPause(attributes: Attributes, context: ReadContext): OwnPart {
  const timewait = attributes.element.name === 'timewait'
  const variable = attributes.text('variable')
  attributes.flag('sanity_check', true)
  const distribution = variable === undefined ? readDistribution(attributes, true) : undefined
  const slot =
    variable === undefined ? undefined : context.symbols.slot(variable, attributes.place('variable'))
  return { kind: 'pause', timewait, distribution, variable: slot }
}

function readSendCmd(attributes: Attributes, context: ReadContext): OwnPart {
  const found = textOf(attributes)
  const dest = attributes.text('dest')
  if (found === undefined) return { kind: 'nop' }
  return { kind: 'sendCmd', dest, template: context.template(cleanCdata(found.text), found.place) }
}
