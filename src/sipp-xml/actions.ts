// The actions of a command, carried out. A failed check does not stop a call: it is counted when the call ends.

import { draw } from './distribution.js'
import { verifies } from './credentials.js'
import type { Call } from './call.js'
import { expandText } from './expand.js'
import type {
  Action,
  Arithmetic,
  Comparison,
  EregAction,
  Operand,
  StrcmpAction,
  TestAction,
} from './program.js'
import { headerPart, Received } from './received.js'
import { setValue, valueOf } from './scopes.js'
import type { Template } from './template.js'
import type { Failure } from './statistics.js'
import { asNumber, asText, toDouble } from './values.js'
import type { World } from './world.js'

/** What an action means for its call besides what it did: go on, a check that failed, or an end. */
export type ActionResult = Failure | 'stop-call' | undefined

/** Carries out the actions of a command; `text` is the message that it sent or received. */
export function perform(
  actions: readonly Action[],
  world: World,
  call: Call,
  text: string | undefined,
): ActionResult {
  for (const action of actions) {
    const result = performOne(action, world, call, text ?? '')
    if (result !== undefined) return result
    if (call.over) return undefined
  }
  return undefined
}

function performOne(action: Action, world: World, call: Call, text: string): ActionResult {
  switch (action.kind) {
    case 'ereg':
      return ereg(action, world, call, text)
    case 'test':
      return test(action, world, call)
    case 'strcmp':
      return strcmp(action, world, call)
    case 'stop':
      return stop(action.what, world)
    default:
      simple(action, world, call, text)
      return undefined
  }
}

function simple(
  action: Exclude<Action, { kind: 'ereg' | 'test' | 'strcmp' | 'stop' }>,
  world: World,
  call: Call,
  text: string,
): void {
  const set = (slot: number, value: Parameters<typeof setValue>[3]): void =>
    setValue(world, call, slot, value)
  switch (action.kind) {
    case 'log':
    case 'warning':
    case 'error':
      return message(action, world, call)
    case 'arithmetic':
      return arithmetic(action, world, call)
    case 'assignstr':
      return set(action.assignTo, expandText(action.value, world, call))
    case 'sample':
      return set(action.assignTo, draw(action.distribution, world.options.random))
    case 'index':
      return set(action.assignTo, call.index)
    case 'gettimeofday':
      return gettimeofday(action, world, call)
    case 'todouble':
    case 'trim':
    case 'urlencode':
    case 'urldecode':
      return convert(action, world, call)
    case 'jump':
    case 'pauserestore':
      return move(action, world, call)
    case 'lookup':
    case 'insert':
    case 'replace':
      return injection(action, world, call)
    case 'verifyauth': {
      const username = expandText(action.username, world, call)
      return set(action.assignTo, verifyAuth(text, username, expandText(action.password, world, call)))
    }
    default:
      return outward(action, world, call)
  }
}

type Outward = Extract<
  Action,
  {
    kind:
      | 'setdest'
      | 'closecon'
      | 'shell'
      | 'play_pcap'
      | 'play_dtmf'
      | 'rtp_stream'
      | 'rtp_stream_control'
      | 'rtp_echo'
      | 'rtp_echo_switch'
  }
>

/** What reaches beyond the call. */
function outward(action: Outward, world: World, call: Call): void {
  switch (action.kind) {
    case 'setdest':
      return setDestination(action, world, call)
    case 'closecon':
      if (call.connection !== undefined) world.outputs.push({ type: 'close', connection: call.connection })
      call.connection = undefined
      return
    case 'shell':
      return shell(action.command, world, call)
    case 'play_pcap':
      return world.media(call, { kind: 'recording', media: action.media, file: action.file })
    case 'play_dtmf':
      return world.media(call, { kind: 'digits', digits: expandText(action.digits, world, call) })
    case 'rtp_stream':
      return world.media(call, { kind: 'stream', what: expandText(action.what, world, call) })
    case 'rtp_stream_control':
    case 'rtp_echo':
      return world.media(call, { kind: 'control', word: action.word })
    case 'rtp_echo_switch': {
      const on = number(action.operand, world, call) !== 0
      return world.media(call, { kind: 'control', word: on ? 'echo on' : 'echo off' })
    }
  }
}

function number({ value, variable }: Operand, world: World, call: Call): number {
  return variable === undefined ? value : asNumber(valueOf(world, call, variable))
}

function message(
  action: Extract<Action, { kind: 'log' | 'warning' | 'error' }>,
  world: World,
  call: Call,
): void {
  const text = expandText(action.message, world, call)
  if (action.kind === 'error') world.fatal(text)
  else world.say(action.kind, text)
}

/**
 * What a keyword becomes may come from a peer: it never stands in the text that the shell reads, but in a variable of its
 * environment, which the text names in the keyword's place.
 */
function shell(command: Template, world: World, call: Call): void {
  const environment: Record<string, string> = {}
  const text = command.parts.map((part, index) => {
    if (typeof part === 'string') return part
    const name = `SIPP_${index}`
    environment[name] = expandText({ parts: [part], plain: undefined }, world, call).replaceAll('\0', '')
    return `\${${name}}`
  })
  world.shell(text.join(''), environment)
}

// ---- regular expressions ----

function ereg(action: EregAction, world: World, call: Call, text: string): ActionResult {
  const hay = haystack(action, world, call, text)
  if (hay === undefined) {
    if (!action.checkIt) return undefined
    const what = action.searchIn === 'hdr' ? `header ${action.header}` : action.searchIn
    world.say('warning', `Failed regexp match: ${what} not found in message\n${text}\n`)
    return 'FailedRegexpHdrNotFound'
  }
  action.regexp.lastIndex = 0
  const found = action.regexp.exec(hay)
  if (found !== null)
    action.assignTo.forEach((slot, group) => {
      const part = found[group]
      if (part !== undefined) setValue(world, call, slot, part)
    })
  if (found === null && action.checkIt) {
    world.say('warning', `Failed regexp match: looking in '${hay}', with regexp '${action.source}'`)
    return 'FailedRegexpDoesntMatch'
  }
  if (found !== null && action.checkItInverse) {
    world.say('warning', `Regexp matched but should not: looking in '${hay}', with regexp '${action.source}'`)
    return 'FailedRegexpShouldntMatch'
  }
  return undefined
}

/** Where the expression looks; undefined when that is not there and check_it wants it. */
function haystack(action: EregAction, world: World, call: Call, text: string): string | undefined {
  switch (action.searchIn) {
    case 'msg':
      return text
    case 'var':
      return asText(valueOf(world, call, action.variable!))
    case 'body': {
      const end = text.indexOf('\r\n\r\n')
      return end < 0 ? (action.checkIt ? undefined : '') : text.slice(end + 4)
    }
    case 'hdr': {
      const part = headerPart(text, action.header, action)
      return part === '' && action.checkIt ? undefined : part
    }
  }
}

// ---- tests ----

const COMPARE: Readonly<Record<Comparison, (one: number, two: number) => boolean>> = {
  equal: (one, two) => one === two,
  not_equal: (one, two) => one !== two,
  greater_than: (one, two) => one > two,
  less_than: (one, two) => one < two,
  greater_than_equal: (one, two) => one >= two,
  less_than_equal: (one, two) => one <= two,
}

const SIGNS: Readonly<Record<Comparison, string>> = {
  ...{ equal: '==', not_equal: '!=', greater_than: '>', less_than: '<' },
  ...{ greater_than_equal: '>=', less_than_equal: '<=' },
}

function test(action: TestAction, world: World, call: Call): ActionResult {
  const left = asNumber(valueOf(world, call, action.variable))
  const right = number(action.operand, world, call)
  const holds = COMPARE[action.compare](left, right)
  if ((action.checkIt && !holds) || (action.checkItInverse && holds)) {
    const { name } = call.scenario.variables[action.variable]!
    const inverse = action.checkIt ? '' : '_inverse'
    const compared = `${name}:${left.toFixed(6)} ${SIGNS[action.compare]} ${right.toFixed(6)}`
    world.say('warning', `test "${compared}" with check_it${inverse} failed`)
    return action.checkIt ? 'FailedTestDoesntMatch' : 'FailedTestShouldntMatch'
  }
  if (action.assignTo !== undefined) setValue(world, call, action.assignTo, holds)
  return undefined
}

function strcmp(action: StrcmpAction, world: World, call: Call): ActionResult {
  const left = asText(valueOf(world, call, action.variable))
  const right = action.variable2 === undefined ? action.value : asText(valueOf(world, call, action.variable2))
  const result = left === right ? 0 : left < right ? -1 : 1
  if ((action.checkIt && result !== 0) || (action.checkItInverse && result === 0)) {
    const inverse = action.checkIt ? '' : '_inverse'
    world.say('warning', `strcmp "${left}" and "${right}" with check_it${inverse} returned ${result}`)
    return action.checkIt ? 'FailedStrcmpDoesntMatch' : 'FailedStrcmpShouldntMatch'
  }
  if (action.assignTo !== undefined) setValue(world, call, action.assignTo, result)
  return undefined
}

function stop(what: 'stop_call' | 'stop_gracefully' | 'stop_now', world: World): ActionResult {
  if (what === 'stop_call') return 'stop-call'
  if (what === 'stop_now') world.stop()
  else world.quit()
  return undefined
}

// ---- values ----

const OPERATIONS: Readonly<Record<Arithmetic, (one: number, two: number) => number>> = {
  assign: (_, two) => two,
  add: (one, two) => one + two,
  subtract: (one, two) => one - two,
  multiply: (one, two) => one * two,
  divide: (one, two) => one / two,
}

function arithmetic(action: Extract<Action, { kind: 'arithmetic' }>, world: World, call: Call): void {
  const { operation, assignTo } = action
  const by = number(action.operand, world, call)
  if (operation === 'divide' && by === 0)
    return world.say(
      'warning',
      `Action failure: Can not divide by zero ($${call.scenario.variables[assignTo]!.name})!`,
    )
  const before = asNumber(valueOf(world, call, assignTo))
  setValue(world, call, assignTo, OPERATIONS[operation](before, by))
}

function gettimeofday(action: Extract<Action, { kind: 'gettimeofday' }>, world: World, call: Call): void {
  const epochMs = world.options.epochMs + world.now
  setValue(world, call, action.seconds, Math.floor(epochMs / 1000))
  setValue(world, call, action.microseconds, Math.round((epochMs % 1000) * 1000))
}

type Converting = Extract<Action, { kind: 'todouble' | 'trim' | 'urlencode' | 'urldecode' }>

function convert(action: Converting, world: World, call: Call): void {
  const value = valueOf(world, call, action.variable)
  switch (action.kind) {
    case 'todouble': {
      const double = toDouble(value)
      if (double !== undefined) return setValue(world, call, action.assignTo, double)
      const { name } = call.scenario.variables[action.variable]!
      return world.say('warning', `Invalid double conversion from $${name}`)
    }
    case 'trim':
      return setValue(world, call, action.variable, asText(value).trim())
    case 'urlencode':
      return setValue(world, call, action.variable, urlEncoded(asText(value)))
    case 'urldecode':
      return setValue(world, call, action.variable, urlDecoded(asText(value)))
  }
}

/** Octets beyond letters, digits and -_.~ as %XX. */
function urlEncoded(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.~]/g, (letter) => {
    const code = letter.charCodeAt(0) & 0xff
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  })
}

function urlDecoded(text: string): string {
  return text
    .replace(/\+/g, ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

function move(action: Extract<Action, { kind: 'jump' | 'pauserestore' }>, world: World, call: Call): void {
  const to = Math.trunc(number(action.operand, world, call))
  if (action.kind === 'pauserestore') {
    call.pausedUntil = to > 0 ? to : undefined
    return
  }
  if (to === call.index)
    return world.fatal(`Jump statement at index ${to} jumps to itself and causes an infinite loop`)
  if (to < 0 || to > call.scenario.commands.length)
    return world.fatal(`Jump statement out of range (not 0 <= ${to} <= ${call.scenario.commands.length})`)
  // The step of the command that jumps comes on top.
  call.index = to - 1
}

// ---- injection files ----

type Injecting = Extract<Action, { kind: 'lookup' | 'insert' | 'replace' }>

function injection(action: Injecting, world: World, call: Call): void {
  const name = expandText(action.file, world, call)
  const file = world.injection.file(name)
  if (file === undefined) return world.fatal(`Invalid injection file for ${action.kind}: ${name}`)
  switch (action.kind) {
    case 'lookup': {
      if (!file.isIndexed) return world.fatal(`Invalid Index File: ${name}`)
      return setValue(world, call, action.assignTo, file.lookup(expandText(action.key, world, call)))
    }
    case 'insert':
      if (!file.insert(expandText(action.value, world, call)))
        world.fatal(`Can not insert or replace into a printf file: ${name}`)
      return
    case 'replace': {
      const line = Number(expandText(action.line, world, call))
      if (!file.replace(line, expandText(action.value, world, call)))
        world.fatal(`Invalid line number for replace: ${line}`)
    }
  }
}

function verifyAuth(text: string, username: string, password: string): boolean {
  const message = new Received(text)
  const header = message.header('Authorization')
  if (message.isResponse || header === '') return false
  return verifies(header, { username, password, method: message.method ?? '', body: message.body ?? '' })
}

function setDestination(action: Extract<Action, { kind: 'setdest' }>, world: World, call: Call): void {
  const address = expandText(action.host, world, call).replace(/^\[(.*)\]$/, '$1')
  const port = Number(expandText(action.port, world, call))
  const protocol = expandText(action.protocol, world, call).toLowerCase()
  if (!Number.isInteger(port) || port <= 0 || port > 65_535)
    return world.fatal(`Invalid port for setdest: ${port}`)
  if (protocol !== world.options.transport) return world.fatal('Can not switch protocols during setdest.')
  if (!/^[0-9a-fA-F.:]+$/.test(address)) return world.fatal(`Unknown host '${address}' for setdest`)
  if (protocol !== 'udp' && !world.options.connectionPerCall)
    return world.fatal('Changing destinations for TCP or SCTP requires multisocket mode.')
  call.peer = { address, port }
  call.connection = undefined
}
