// How calls end: by their last command, by a failure, aborted with what SIP wants said (ACK, BYE, CANCEL), or because
// of a message that nobody expected.

import { parsedDefaults } from './default-messages.js'
import type { Call } from './call.js'
import { expand } from './expand.js'
import type { Command, DefaultMessage } from './program.js'
import type { Received } from './received.js'
import type { Failure } from './statistics.js'
import type { World } from './world.js'

/** The call has come to its end. */
export function complete(world: World, call: Call, reason?: Failure): void {
  const { statistics } = call
  const { failedCheck } = call
  if (call.isInit) return over(world, call, 'initialized')
  if (failedCheck === 'stop-call') return over(world, call, 'stopped')
  if (failedCheck !== undefined) {
    statistics.count('FailedCall')
    statistics.count(failedCheck)
    return over(world, call, CHECK_WORDS[failedCheck] ?? `failed at index ${call.index}`)
  }
  if (reason === undefined || call.timewait) {
    statistics.count('SuccessfulCall')
    return over(world, call, 'successful')
  }
  statistics.count('FailedCall')
  statistics.count(reason)
  over(world, call, `failed at index ${call.index}`)
}

const CHECK_WORDS: Readonly<Partial<Record<Failure, string>>> = {
  FailedRegexpDoesntMatch: 'regexp match failure',
  FailedRegexpShouldntMatch: "regexp matched, but shouldn't",
  FailedRegexpHdrNotFound: 'regexp header not found',
  FailedTestDoesntMatch: 'test failure',
  FailedTestShouldntMatch: "test succeeded, but shouldn't",
  FailedStrcmpDoesntMatch: 'test failure',
  FailedStrcmpShouldntMatch: "test succeeded, but shouldn't",
}

/** The call has failed; nothing is sent. */
export function fail(world: World, call: Call, failure?: Failure): void {
  call.statistics.count('FailedCall')
  if (failure !== undefined) call.statistics.count(failure)
  over(world, call, `failed at index ${call.index}`)
}

/** The call has failed, and the peer is told, unless that is switched off. */
export function abort(world: World, call: Call, failure: Failure): void {
  call.statistics.count('FailedCall')
  call.statistics.count(failure)
  if (world.options.behaviours.bye) sayGoodbye(world, call)
  over(world, call, `aborted at index ${call.index}`)
}

function over(world: World, call: Call, reason: string): void {
  if (call.over) return
  call.over = true
  world.timers.stop(call.timer)
  call.timer = undefined
  world.forget(call, reason)
}

/** ACK, ACK and BYE, CANCEL or BYE, by what has been sent and received. */
export function sayGoodbye(world: World, call: Call): void {
  if (call.isIncoming || call.index === 0) return
  const { last } = call
  const isInvite = call.lastSent?.startsWith('INVITE') === true
  if (call.established || !isInvite) {
    if (last !== undefined) sendDefault(world, call, 'bye')
    return
  }
  if (last === undefined) return
  if (last.code >= 400) return sendDefault(world, call, 'ack')
  if (!call.ackPending) return sendDefault(world, call, 'cancel')
  call.ackPending = false
  sendDefault(world, call, 'ack')
  sendDefault(world, call, 'bye')
}

/** Sends an automatic message. */
export function sendDefault(world: World, call: Call, name: Exclude<DefaultMessage, '3pcc_abort'>): void {
  const text = expand(parsedDefaults(call.scenario)[name], world, call, { index: -1 })
  if (typeof text === 'string') world.send(call, text)
}

/** Tells the other player of the call that it is aborted. */
function abortTwin(world: World, call: Call): void {
  if (!world.hasTwin || call.index === 0) return
  const text = expand(parsedDefaults(call.scenario)['3pcc_abort'], world, call, { index: -1 })
  if (typeof text === 'string') world.sendTwin(text, undefined)
}

// ---- messages that nobody expected ----

function waitingFor(command: Command | undefined): string {
  switch (command?.kind) {
    case 'recv':
      return `while expecting '${command.request ?? command.response}'`
    case 'send':
      return 'while sending'
    case 'pause':
      return 'while pausing'
    case 'sendCmd':
      return 'while sending command'
    case 'recvCmd':
      return 'while expecting command'
    default:
      return 'while in message type 4'
  }
}

/** A message that fits nowhere: aborts the call, unless that is switched off. */
export function unexpected(world: World, call: Call, message: Received): void {
  const { behaviours } = world.options
  const aborts = behaviours.abortUnexpected
  const counts = call.statistics.commands[call.index]
  if (counts !== undefined) counts.unexpected++
  const head = `${aborts ? 'Aborting' : 'Continuing'} call on unexpected message for Call-Id '${call.id}'`
  const where = `${waitingFor(call.scenario.commands[call.index])} (index ${call.index})`
  world.say('warning', `${head}: ${where}, received '${message.text}'`)
  const transport = world.options.transport.toUpperCase()
  world.say('message', `Unexpected ${transport} message received:\n\n${message.text}`)
  if (!aborts) return
  abortTwin(world, call)
  call.last = message
  abort(world, call, 'FailedUnexpectedMessage')
}

const AUTO_ANSWERED = ['INFO', 'NOTIFY', 'OPTIONS', 'UPDATE']

/** A request that has an answer of its own even when nobody expects it; false when it has none. */
export function automatic(world: World, call: Call, message: Received): boolean {
  switch (message.method) {
    case 'BYE':
    case 'CANCEL':
      hungUp(world, call, message)
      return true
    case 'PING':
      pinged(world, call, message)
      return true
    default:
      if (!world.options.autoAnswers || !AUTO_ANSWERED.includes(message.method ?? '')) return false
      answer200(world, call, message)
      return true
  }
}

function hungUp(world: World, call: Call, message: Received): void {
  const { abortUnexpected, bye } = world.options.behaviours
  call.last = message
  const counts = call.statistics.commands[call.index]
  if (counts !== undefined) counts.unexpected++
  if (!abortUnexpected)
    return world.say('warning', `Continuing call on an unexpected ${message.method} for call: ${call.id}`)
  world.say('warning', `Aborting call on an unexpected ${message.method} for call: ${call.id}`)
  if (bye) sendDefault(world, call, '200')
  abortTwin(world, call)
  fail(world, call, 'FailedUnexpectedMessage')
}

/** A ping is answered, and ends the call without a verdict. */
function pinged(world: World, call: Call, message: Received): void {
  call.last = message
  if (!world.options.behaviours.pingReply)
    return world.say('warning', `Do not answer on an unexpected PING for call: ${call.id}`)
  world.say('warning', `Automatic response mode for an unexpected PING for call: ${call.id}`)
  sendDefault(world, call, '200')
  abortTwin(world, call)
  call.statistics.count('AutoAnswered')
  over(world, call, 'pinged')
}

/** -aa: 200, and the call goes on as if nothing had come. */
function answer200(world: World, call: Call, message: Received): void {
  const { last } = call
  call.last = message
  sendDefault(world, call, '200')
  call.last = last ?? message
  call.statistics.count('AutoAnswered')
}
