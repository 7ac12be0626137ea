// The actions of a command, read into data.

import { nearest } from '../errors.js'
import { compileRegex, regexNotes } from '../script/regex.js'
import { Attributes } from './attributes.js'
import { DISTRIBUTIONS, type Distribution } from './distribution.js'
import type { Action, Arithmetic, Check, Comparison, EregAction, MediaKind, Operand } from './program.js'
import type { ReadContext } from './read-context.js'
import { ACTIONS_MAX } from './sizes.js'
import type { Template } from './template.js'
import type { XmlElement } from './xml-tree.js'

type ReadAction = (attributes: Attributes, context: ReadContext) => Action | undefined

/** The actions in a command's <action>. */
export function readActions(command: XmlElement, context: ReadContext): Action[] {
  const actions: Action[] = []
  const elements = command.children.filter(({ name }) => name === 'action')
  if (elements.length > 1)
    context.findings.warning(
      'structure',
      elements[1]!,
      `a second <action> in one <${command.name}>`,
      'join them',
    )
  for (const other of command.children)
    if (other.name !== 'action')
      context.findings.warning('structure', other, `<${other.name}> means nothing in <${command.name}>`)
  for (const element of elements.flatMap(({ children }) => children)) {
    if (actions.length === ACTIONS_MAX) {
      context.findings.error('too-large', element, `more than ${ACTIONS_MAX} actions`)
      break
    }
    const action = readAction(element, context)
    if (action !== undefined) actions.push(action)
  }
  return actions
}

function readAction(element: XmlElement, context: ReadContext): Action | undefined {
  const read = Object.hasOwn(ACTIONS, element.name) ? ACTIONS[element.name] : undefined
  if (read === undefined) {
    const near = nearest(element.name, Object.keys(ACTIONS))
    const hint = near === undefined ? undefined : `did you mean ${near}?`
    context.findings.error('structure', element, `there is no action <${element.name}>`, hint)
    return undefined
  }
  const attributes = new Attributes(element, context.findings)
  const action = read(attributes, context)
  attributes.complainOfOthers()
  return action
}

const slot = (attributes: Attributes, name: string, context: ReadContext): number =>
  context.symbols.slot(attributes.required(name), attributes.place(name))

const text = (attributes: Attributes, name: string, context: ReadContext): Template =>
  context.template(attributes.required(name), attributes.place(name))

function operand(
  attributes: Attributes,
  context: ReadContext,
  names = ['value', 'variable'] as const,
): Operand {
  const [value, variable] = names
  if (attributes.has(value)) {
    if (attributes.has(variable)) attributes.error('attribute', `both ${value} and ${variable}`, 'keep one')
    return { value: attributes.number(value) ?? 0, variable: undefined }
  }
  if (!attributes.has(variable)) {
    attributes.error('attribute', `neither ${value} nor ${variable}`)
    return { value: 0, variable: undefined }
  }
  return { value: 0, variable: slot(attributes, variable, context) }
}

const arithmetic =
  (operation: Arithmetic): ReadAction =>
  (attributes, context) => {
    const assignTo = slot(attributes, 'assign_to', context)
    const by = operand(attributes, context)
    if (operation === 'divide' && by.variable === undefined && by.value === 0)
      attributes.error('attribute', 'a division by zero')
    return { kind: 'arithmetic', operation, assignTo, operand: by }
  }

function checks(attributes: Attributes): Check {
  const both = attributes.has('check_it') && attributes.has('check_it_inverse')
  if (both) attributes.error('attribute', 'both check_it and check_it_inverse', 'keep one')
  return { checkIt: attributes.flag('check_it'), checkItInverse: attributes.flag('check_it_inverse') }
}

const SEARCH_PLACES = ['msg', 'hdr', 'body', 'var'] as const
const GROUPS_MAX = 9

function ereg(attributes: Attributes, context: ReadContext): Action | undefined {
  const source = attributes.required('regexp')
  const searchIn = SEARCH_PLACES.find((place) => place === (attributes.text('search_in') ?? 'msg'))
  if (searchIn === undefined)
    attributes.error('attribute', `search_in="${attributes.text('search_in')}"`, 'msg, hdr, body or var')
  const header = attributes.text('header') ?? ''
  if (searchIn === 'hdr' && header === '') attributes.error('attribute', 'search_in="hdr" needs a header')
  const names = attributes.names('assign_to')
  if (names.length > GROUPS_MAX + 1)
    attributes.error('attribute', `more than ${GROUPS_MAX} groups in assign_to`)
  const place = attributes.place('assign_to')
  const occurrence = attributes.number('occurrence') ?? attributes.number('occurence') ?? 1
  const action: Omit<EregAction, 'regexp'> = {
    ...{ kind: 'ereg', source, header, occurrence: Math.max(1, occurrence), ...checks(attributes) },
    ...{ caseIndep: attributes.flag('case_indep'), startLine: attributes.flag('start_line') },
    variable: searchIn === 'var' ? slot(attributes, 'variable', context) : undefined,
    searchIn: searchIn ?? 'msg',
    assignTo: names.map((name) => context.symbols.slot(name, place)),
  }
  const regexp = regexpOf(source, attributes)
  return regexp === undefined ? undefined : { ...action, regexp }
}

function regexpOf(source: string, attributes: Attributes): RegExp | undefined {
  try {
    const regexp = compileRegex(source, { caseSensitive: true })
    for (const note of regexNotes(source))
      attributes.findings.warning('regexp', attributes.place('regexp'), note)
    return regexp
  } catch (error) {
    attributes.findings.error('regexp', attributes.place('regexp'), (error as Error).message)
    return undefined
  }
}

const COMPARISONS: readonly Comparison[] = [
  'equal',
  'not_equal',
  'greater_than',
  'less_than',
  'greater_than_equal',
  'less_than_equal',
]

/** assign_to may be left out when the action checks by itself. */
function target(attributes: Attributes, { checkIt, checkItInverse }: Check, context: ReadContext) {
  const isNeeded = !checkIt && !checkItInverse
  return isNeeded || attributes.has('assign_to') ? slot(attributes, 'assign_to', context) : undefined
}

function test(attributes: Attributes, context: ReadContext): Action | undefined {
  const check = checks(attributes)
  const assignTo = target(attributes, check, context)
  const variable = slot(attributes, 'variable', context)
  const by = operand(attributes, context, ['value', 'variable2'] as never)
  const wanted = attributes.required('compare')
  const compare = COMPARISONS.find((comparison) => comparison === wanted)
  if (compare === undefined) {
    attributes.error('attribute', `compare="${wanted}"`, COMPARISONS.join(', '))
    return undefined
  }
  return { kind: 'test', ...check, assignTo, variable, compare, operand: by }
}

function strcmp(attributes: Attributes, context: ReadContext): Action {
  const check = checks(attributes)
  const assignTo = target(attributes, check, context)
  const variable = slot(attributes, 'variable', context)
  const value = attributes.text('value')
  if (value !== undefined && attributes.has('variable2'))
    attributes.error('attribute', 'both value and variable2', 'keep one')
  const variable2 = value === undefined ? slot(attributes, 'variable2', context) : undefined
  return { kind: 'strcmp', ...check, assignTo, variable, value: value ?? '', variable2 }
}

function gettimeofday(attributes: Attributes, context: ReadContext): Action | undefined {
  const names = attributes.names('assign_to')
  const place = attributes.place('assign_to')
  const [seconds, microseconds] = names.map((name) => context.symbols.slot(name, place))
  if (seconds === undefined || microseconds === undefined || names.length > 2) {
    attributes.error('attribute', 'gettimeofday needs two variables', 'assign_to="seconds,microseconds"')
    return undefined
  }
  return { kind: 'gettimeofday', seconds, microseconds }
}

const STOPS = ['stop_call', 'stop_gracefully', 'stop_now'] as const
const MEDIA: readonly MediaKind[] = ['audio', 'image', 'video']
const STREAM_CONTROLS = /^(?:pause|resume|(?:pause|resume)?[av]pattern.*)$/
const ECHO_WORDS = /^(?:start|update|stop)(?:audio|video)/

function exec(attributes: Attributes, context: ReadContext): Action | undefined {
  const command = attributes.text('command')
  if (command !== undefined) return { kind: 'shell', command: text(attributes, 'command', context) }
  const stop = attributes.text('int_cmd')
  if (stop !== undefined) return { kind: 'stop', what: STOPS.find((word) => word === stop) ?? 'stop_call' }
  for (const media of MEDIA) {
    const file = attributes.text(`play_pcap_${media}`)
    if (file !== undefined) return { kind: 'play_pcap', media, file: context.mediaFile(file) }
  }
  if (attributes.has('play_dtmf'))
    return { kind: 'play_dtmf', digits: text(attributes, 'play_dtmf', context) }
  const stream = attributes.text('rtp_stream')
  if (stream !== undefined) {
    if (STREAM_CONTROLS.test(stream)) return { kind: 'rtp_stream_control', word: stream }
    if (!stream.includes('[')) context.mediaFile(stream.split(',')[0]!)
    return { kind: 'rtp_stream', what: text(attributes, 'rtp_stream', context) }
  }
  const echo = attributes.text('rtp_echo')
  if (echo !== undefined && ECHO_WORDS.test(echo)) return { kind: 'rtp_echo', word: echo }
  attributes.error('attribute', 'this <exec> says nothing that can be done')
  return undefined
}

/** A pause's or a sample's distribution; undefined when none is written. */
export function readDistribution(attributes: Attributes, isPause: boolean): Distribution | undefined {
  const named = attributes.text('distribution')
  const old = isPause ? oldStyle(attributes) : undefined
  const kind = named ?? old
  if (kind === undefined) {
    if (!isPause) attributes.error('attribute', `<${attributes.element.name}> needs a distribution`)
    const milliseconds = attributes.number('milliseconds')
    return milliseconds === undefined ? undefined : { kind: 'fixed', value: milliseconds }
  }
  const parameters = Object.hasOwn(DISTRIBUTIONS, kind)
    ? DISTRIBUTIONS[kind as Distribution['kind']]
    : undefined
  if (parameters === undefined) {
    attributes.error('attribute', `there is no distribution ${kind}`, Object.keys(DISTRIBUTIONS).join(', '))
    return undefined
  }
  const values = parameters.map((name) => [name, attributes.requiredNumber(name)] as const)
  return { kind, ...Object.fromEntries(values) } as Distribution
}

/** Without distribution=: by the attribute that is there. */
function oldStyle(attributes: Attributes): string | undefined {
  if (attributes.has('min') || attributes.has('max')) return 'uniform'
  const kinds = ['normal', 'exponential', 'lognormal', 'weibull', 'pareto', 'gamma']
  return kinds.find((kind) => attributes.has(kind))
}

const message =
  (kind: 'log' | 'warning' | 'error'): ReadAction =>
  (attributes, context) => ({ kind, message: text(attributes, 'message', context) })

const onVariable =
  (kind: 'urlencode' | 'urldecode'): ReadAction =>
  (attributes, context) => ({ kind, variable: slot(attributes, 'variable', context) })

const toPlace =
  (kind: 'jump' | 'pauserestore'): ReadAction =>
  (attributes, context) => ({ kind, operand: operand(attributes, context) })

function sample(attributes: Attributes, context: ReadContext): Action | undefined {
  const assignTo = slot(attributes, 'assign_to', context)
  const distribution = readDistribution(attributes, false)
  return distribution && { kind: 'sample', assignTo, distribution }
}

const ACTIONS: Readonly<Record<string, ReadAction>> = {
  ...{ ereg, test, strcmp, gettimeofday, exec, sample },
  log: message('log'),
  warning: message('warning'),
  error: message('error'),
  assign: arithmetic('assign'),
  add: arithmetic('add'),
  subtract: arithmetic('subtract'),
  multiply: arithmetic('multiply'),
  divide: arithmetic('divide'),
  assignstr: (attributes, context) => ({
    kind: 'assignstr',
    assignTo: slot(attributes, 'assign_to', context),
    value: text(attributes, 'value', context),
  }),
  todouble: (attributes, context) => ({
    kind: 'todouble',
    assignTo: slot(attributes, 'assign_to', context),
    variable: slot(attributes, 'variable', context),
  }),
  trim: (attributes, context) => ({ kind: 'trim', variable: slot(attributes, 'assign_to', context) }),
  urlencode: onVariable('urlencode'),
  urldecode: onVariable('urldecode'),
  index: (attributes, context) => ({ kind: 'index', assignTo: slot(attributes, 'assign_to', context) }),
  jump: toPlace('jump'),
  pauserestore: toPlace('pauserestore'),
  lookup: (attributes, context) => ({
    kind: 'lookup',
    assignTo: slot(attributes, 'assign_to', context),
    file: text(attributes, 'file', context),
    key: text(attributes, 'key', context),
  }),
  insert: (attributes, context) => ({
    kind: 'insert',
    file: text(attributes, 'file', context),
    value: text(attributes, 'value', context),
  }),
  replace: (attributes, context) => ({
    kind: 'replace',
    file: text(attributes, 'file', context),
    line: text(attributes, 'line', context),
    value: text(attributes, 'value', context),
  }),
  verifyauth: (attributes, context) => ({
    kind: 'verifyauth',
    assignTo: slot(attributes, 'assign_to', context),
    username: text(attributes, 'username', context),
    password: text(attributes, 'password', context),
  }),
  setdest: (attributes, context) => ({
    kind: 'setdest',
    host: text(attributes, 'host', context),
    port: text(attributes, 'port', context),
    protocol: text(attributes, 'protocol', context),
  }),
  closecon: () => ({ kind: 'closecon' }),
  rtp_echo: (attributes, context) => ({ kind: 'rtp_echo_switch', operand: operand(attributes, context) }),
}

/** The names of the actions. */
export const ACTION_NAMES: readonly string[] = Object.keys(ACTIONS)
