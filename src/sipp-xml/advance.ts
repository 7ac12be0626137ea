// How a call goes through its commands: it runs until it has to wait for a message or for time, and then arms its one
// timer for whatever comes first: a retransmission, the end of a pause, the limit of a receive.

import type { Bytes } from '../endpoint.js'
import { perform } from './actions.js'
import type { Call } from './call.js'
import { draw } from './distribution.js'
import { abort, complete, fail } from './ending.js'
import { expand } from './expand.js'
import { receive } from './incoming.js'
import { DURATION_MS_MAX } from './attributes.js'
import type { Command, CommandBase, PauseCommand, SendCmdCommand, SendCommand } from './program.js'
import { branchIn } from './received.js'
import { sentHeader } from './expand.js'
import { valueOf } from './scopes.js'
import { asNumber, isSet } from './values.js'
import type { World } from './world.js'

/** Commands carried out at one instant before time has to pass: a scenario may loop without ever waiting. */
const STEPS_AT_ONCE_MAX = 2000

/** Runs a call until it waits or is over. */
export function run(world: World, call: Call): void {
  const commands = call.isInit ? call.scenario.init : call.scenario.commands
  for (let steps = 0; !call.over; steps++) {
    const command = commands[call.index]
    if (command === undefined) return complete(world, call)
    if (steps >= STEPS_AT_ONCE_MAX) return arm(world, call, world.now + 1)
    if (!step(world, call, command)) break
  }
  arm(world, call)
}

/** The call's timer has fired. */
export function wake(world: World, call: Call): void {
  call.timer = undefined
  if (call.over) return
  if (call.nextRetrans !== undefined && call.nextRetrans <= world.now && !retransmit(world, call)) return
  run(world, call)
}

/** Goes on behind a command that is done, or where its `next` says. */
export function goOn(world: World, call: Call): void {
  const commands = call.isInit ? call.scenario.init : call.scenario.commands
  const command = commands[call.index]
  call.index = command !== undefined && takesNext(world, call, command) ? command.next! : call.index + 1
  call.receiveUntil = undefined
}

function takesNext(world: World, call: Call, { next, test, chance }: CommandBase): boolean {
  if (next === undefined) return false
  if (test !== undefined && !isSet(valueOf(world, call, test))) return false
  return chance >= 1 || world.options.random.fraction() < chance
}

/** One command; false when the call has to wait, or is over. */
function step(world: World, call: Call, command: Command): boolean {
  if (command.condexec !== undefined) {
    const set = isSet(valueOf(world, call, command.condexec))
    if (set === command.condexecInverse) return done(world, call)
  }
  if (call.pausedUntil !== undefined) {
    if (call.pausedUntil > world.now) return false
    call.pausedUntil = undefined
    return done(world, call)
  }
  switch (command.kind) {
    case 'send':
      return send(world, call, command)
    case 'pause':
      return pause(world, call, command)
    case 'nop':
      return nop(world, call, command)
    case 'sendCmd':
      return sendCmd(world, call, command)
    default:
      return waitFor(world, call, command)
  }
}

function done(world: World, call: Call): true {
  goOn(world, call)
  return true
}

function pause(world: World, call: Call, command: PauseCommand): boolean {
  const { distribution, variable } = command
  const length =
    variable !== undefined
      ? asNumber(valueOf(world, call, variable))
      : distribution === undefined
        ? world.options.pauseMs
        : draw(distribution, world.options.random)
  // Samples below 1 (also negative ones) are no pause.
  call.pausedUntil = world.now + (length < 1 ? 0 : Math.min(Math.trunc(length), DURATION_MS_MAX))
  call.timewait = command.timewait
  const counts = call.statistics.commands[command.index]
  if (counts !== undefined) counts.sessions++
  keepBooks(world, call, command)
  perform(command.actions, world, call, undefined)
  return !call.over
}

function nop(world: World, call: Call, command: Command): boolean {
  keepBooks(world, call, command)
  const result = perform(command.actions, world, call, undefined)
  if (call.over) return false
  // stop_call in a nop: SIPp plays on, and counts the call neither way.
  if (result !== undefined) call.failedCheck = result
  return done(world, call)
}

/** Counters and response timers of a command. */
export function keepBooks(world: World, call: Call, command: CommandBase): void {
  const { counter, startRtd, stopRtd, repeatRtd } = command
  const { statistics } = call
  if (counter !== undefined) statistics.genericCounters[counter]!++
  if (startRtd !== undefined) call.rtdStarts[startRtd] = world.now
  if (stopRtd === undefined || call.rtdDone[stopRtd] === true) return
  statistics.response(stopRtd, world.now - (call.rtdStarts[stopRtd] ?? call.startedAt))
  if (!repeatRtd) call.rtdDone[stopRtd] = true
}

// ---- sending ----

function send(world: World, call: Call, command: SendCommand): boolean {
  // The one before it, sent with retrans, is not answered yet.
  if (call.nextRetrans !== undefined) return false
  keepBooks(world, call, command)
  const { method } = command
  if (method !== undefined && method !== 'ACK' && method !== 'CANCEL') call.cseq++
  const text = sendCommand(world, call, command)
  if (text === undefined) return false
  call.lastSentIndex = command.index
  call.lastSent = text
  noteTransaction(call, command, text)
  if (call.lastReceivedKey !== undefined) {
    call.causeKey = call.lastReceivedKey
    call.causeIndex = call.lastReceivedIndex
    call.lastReceivedKey = undefined
  }
  call.causedIndex = command.index
  const { retransmission, transport } = world.options
  const repeats = command.retransMs > 0 && transport === 'udp' && retransmission.enabled
  call.nextRetrans = repeats ? world.now + command.retransMs : undefined
  call.retransmissions = 0
  call.lastDelayMs = command.retransMs
  perform(command.actions, world, call, text)
  call.statistics.commands[command.index]!.sent++
  return !call.over && done(world, call)
}

/** Makes and sends the text of a command; undefined when it cannot be made. Also for one that is sent again. */
export function sendCommand(world: World, call: Call, command: SendCommand): Bytes | undefined {
  const text = expand(command.template, world, call, command)
  if (typeof text !== 'string') {
    world.fatal(text.reason)
    return undefined
  }
  if (command.method === 'ACK') {
    call.established = true
    call.ackPending = false
  }
  if (isLost(world, command)) call.statistics.commands[command.index]!.lost++
  else world.send(call, text)
  return text
}

/** Is this message to be thrown away? */
export function isLost({ options }: World, { lostPercent }: CommandBase): boolean {
  const percent = lostPercent ?? options.lostPercent
  return percent > 0 && options.random.fraction() * 100 < percent
}

function noteTransaction(call: Call, { startTxn, ackTxn, index }: SendCommand, text: Bytes): void {
  if (startTxn !== undefined) call.transactions[startTxn]!.branch = branchIn(sentHeader(text, 'Via'))
  if (ackTxn !== undefined) call.transactions[ackTxn]!.ackIndex = index
}

function sendCmd(world: World, call: Call, command: SendCmdCommand): boolean {
  if (call.nextRetrans !== undefined) return false
  const text = expand(command.template, world, call, { index: command.index })
  if (typeof text !== 'string') {
    world.fatal(text.reason)
    return false
  }
  if (!world.sendTwin(text, command.dest)) {
    fail(world, call, 'FailedCmdNotSent')
    return false
  }
  call.statistics.commands[command.index]!.sent++
  keepBooks(world, call, command)
  perform(command.actions, world, call, undefined)
  return !call.over && done(world, call)
}

/** Repeats what was sent last (RFC 3261 §17.1.1.2, §17.1.2.2, as SIPp counts); false when the call is over. */
function retransmit(world: World, call: Call): boolean {
  const { inviteMax, otherMax, t2Ms } = world.options.retransmission
  const text = call.lastSent ?? ''
  const isInvite = text.startsWith('INVITE')
  const command = call.scenario.commands[call.lastSentIndex]!
  const counts = call.statistics.commands[command.index]!
  if (++call.retransmissions > (isInvite ? inviteMax : otherMax)) {
    counts.timeouts++
    return giveUp(world, call, command)
  }
  call.lastDelayMs *= 2
  if (!isInvite && call.lastDelayMs > t2Ms) call.lastDelayMs = t2Ms
  if (isLost(world, command)) counts.lost++
  else world.send(call, text)
  counts.repeated++
  call.statistics.count('Retransmissions')
  call.nextRetrans = world.now + call.lastDelayMs
  return true
}

function giveUp(world: World, call: Call, { onTimeout }: CommandBase): boolean {
  call.nextRetrans = undefined
  if (onTimeout !== undefined && onTimeout < call.scenario.commands.length) {
    const message = `Call-Id: ${call.id}, timeout on max UDP retrans for message ${call.index}`
    world.say('warning', `${message}, jumping to label ${onTimeout} `)
    call.pausedUntil = undefined
    call.index = onTimeout
    call.receiveUntil = undefined
    return true
  }
  world.say('warning', `Aborting call on UDP retransmission timeout for Call-ID '${call.id}'`)
  abort(world, call, 'FailedMaxUDPRetrans')
  return false
}

// ---- receiving ----

function waitFor(world: World, call: Call, command: Command): boolean {
  const { queued } = call
  if (queued !== undefined) {
    call.queued = undefined
    const before = call.index
    receive(world, call, queued)
    return !call.over && call.index !== before
  }
  if (call.receiveUntil !== undefined) {
    if (call.receiveUntil > world.now) return false
    return receiveTimeout(world, call, command)
  }
  const own = command.kind === 'recv' ? command.timeoutMs : 0
  const limit = own || world.options.receiveTimeoutMs
  if (limit > 0) call.receiveUntil = world.now + limit
  return false
}

function receiveTimeout(world: World, call: Call, command: Command): boolean {
  call.receiveUntil = undefined
  const counts = call.statistics.commands[command.index]
  if (counts !== undefined) counts.timeouts++
  const { onTimeout } = command
  const where = `Call-Id: ${call.id}, receive timeout on message ${call.scenario.name}:${command.index}`
  if (onTimeout !== undefined) {
    world.say('warning', `${where}, jumping to label ${onTimeout}`)
    call.index = onTimeout
    if (onTimeout < call.scenario.commands.length) return true
  } else world.say('warning', `${where} without label to jump to (ontimeout attribute): aborting call`)
  abort(world, call, 'FailedTimeoutOnRecv')
  return false
}

// ---- the timer ----

/** Arms the call's timer for what comes first. */
export function arm(world: World, call: Call, at?: number): void {
  if (call.over) return
  let least = at ?? Infinity
  if (call.nextRetrans !== undefined) least = Math.min(least, call.nextRetrans)
  if (call.pausedUntil !== undefined) least = Math.min(least, call.pausedUntil)
  if (call.receiveUntil !== undefined) least = Math.min(least, call.receiveUntil)
  const { timer } = call
  if (timer?.live === true) {
    if (timer.deadline === least) return
    world.timers.stop(timer)
  }
  call.timer =
    least === Infinity
      ? undefined
      : world.timers.start(Math.max(0, least - world.now), world.now, call, 'call')
}
