// A message for a call: is it a repetition, which command was it waited for by, and what follows. The order of the
// search is SIPp's, and so is what counts as unexpected.

import { perform } from './actions.js'
import { goOn, isLost, keepBooks, run, sendCommand } from './advance.js'
import type { Call } from './call.js'
import { automatic, fail, unexpected } from './ending.js'
import { matches } from './matching.js'
import { mediaTargetOf } from './media-target.js'
import type { RecvCommand } from './program.js'
import type { Received } from './received.js'
import { routeSet } from './routes.js'
import { setValue, valueOf } from './scopes.js'
import { asNumber, isSet } from './values.js'
import type { World } from './world.js'

/** A message for a call; it runs on as far as that leads. */
export function deliver(world: World, call: Call, message: Received): void {
  receive(world, call, message)
  if (!call.over) run(world, call)
}

/** Takes a message in; whoever calls it lets the call run on. */
export function receive(world: World, call: Call, message: Received): void {
  const current = call.scenario.commands[call.index]
  if (current?.kind === 'pause' && world.options.ignoresInPause) return
  if (call.index === 0 && current?.kind === 'nop') {
    call.queued = message
    call.pausedUntil = undefined
    return
  }
  if (!ackFits(world, call, message)) return
  if (message.header('To') === '') return unexpected(world, call, message)
  const key = keyOf(world, message)
  if (isRepetition(world, call, key)) return
  observe(call, message)
  const found = search(world, call, message)
  if (found === 'done') return
  if (found === undefined) return notFound(world, call, message)
  accept(world, call, message, { command: found, key })
}

/** An ACK whose CSeq is not the INVITE's ends the call (RFC 3261 §13.2.2.4). */
function ackFits(world: World, call: Call, message: Received): boolean {
  if (!world.options.behaviours.badCseq || message.method !== 'ACK') return true
  if (message.cseq.number === call.lastInviteCseq) return true
  world.say('warning', 'ACK CSeq value does NOT match value of related INVITE CSeq -- aborting call\n')
  fail(world, call)
  return false
}

/** What makes two messages the same: everything, or with -rtcheck loose what RFC 2543 §11.5 names. */
function keyOf({ options }: World, message: Received): string {
  if (!options.retransmission.loose) return message.text
  const named = ['To', 'From', 'Call-ID', 'CSeq'].map((name) => message.header(name))
  if (message.isResponse) named.push(message.text.slice(0, message.text.indexOf('\r')), message.body ?? '')
  return named.join('\n')
}

/** Received before: what it made us send is sent again, or nothing has come of it yet. */
function isRepetition(world: World, call: Call, key: string): boolean {
  const { transport, retransmission } = world.options
  if (transport !== 'udp' || !retransmission.enabled) return false
  const { commands } = call.statistics
  if (call.causeKey === key) {
    const caused = call.scenario.commands[call.causedIndex]
    const cause = call.scenario.commands[call.causeIndex]
    if (caused?.kind !== 'send' || cause === undefined) return true
    if (isLost(world, cause)) {
      commands[cause.index]!.lost++
      return true
    }
    commands[cause.index]!.repeated++
    if (sendCommand(world, call, caused) === undefined) return true
    commands[caused.index]!.repeated++
    call.statistics.count('Retransmissions')
    return true
  }
  if (call.lastReceivedKey !== key) return false
  commands[call.lastReceivedIndex]!.repeated++
  return true
}

/** What every message leaves with the call, whether it was waited for or not. */
function observe(call: Call, message: Received): void {
  const current = call.scenario.commands[call.index]
  if (call.scenario.usesMedia && !(current?.kind === 'recv' && current.ignoresSdp))
    call.media = mediaTargetOf(message) ?? call.media
  if (message.isResponse) call.peerTag = message.peerTag ?? call.peerTag
  else if (message.method === 'ACK') call.established = true
  else if (message.method === 'INVITE') call.lastInviteCseq = message.cseq.number
}

/** The command that waited for it; 'done' when the message was dealt with on the way. */
function search(world: World, call: Call, message: Received): RecvCommand | 'done' | undefined {
  const { commands } = call.scenario
  for (let index = call.index; index < commands.length; index++) {
    const command = commands[index]!
    if (command.kind === 'recv' && matches(command, call, message)) return command
    if ((command.kind !== 'recv' && command.kind !== 'recvCmd') || command.optional === 'no') break
  }
  let isContiguous = true
  for (let index = call.index - 1; index >= 0; index--) {
    const command = commands[index]!
    const optional = command.kind === 'recv' || command.kind === 'recvCmd' ? command.optional : 'no'
    if (optional === 'no') isContiguous = false
    if (command.kind !== 'recv' || !matches(command, call, message)) continue
    if (isContiguous || optional === 'global') return command
    if (isOld(world, call, message, command)) return 'done'
  }
  return undefined
}

/** A late or repeated response of a transaction that is over: dropped, or its ACK is sent again. */
function isOld(world: World, call: Call, message: Received, command: RecvCommand): boolean {
  const { commands } = call.scenario
  if (command.responseTxn === undefined) {
    const next = commands[command.index + 1]
    const isInvite = message.code > 0 && 'INVITE'.startsWith(message.cseq.method)
    if (!isInvite || next?.kind !== 'send' || next.method !== 'ACK') return false
    sendCommand(world, call, next)
    return true
  }
  const transaction = call.transactions[command.responseTxn]!
  if (message.code < 200) return true
  const ack = transaction.ackIndex === undefined ? undefined : commands[transaction.ackIndex]
  if (ack?.kind === 'send') {
    sendCommand(world, call, ack)
    return true
  }
  return transaction.response === message.text
}

/** Nobody waited for it. */
function notFound(world: World, call: Call, message: Received): void {
  const { scenario } = call
  const target = scenario.labels.get('_unexp.main')
  if (target === undefined) {
    if (!automatic(world, call, message)) unexpected(world, call, message)
    return
  }
  const { returnAddress, pausedAddress } = scenario
  if (returnAddress !== undefined) {
    if (asNumber(valueOf(world, call, returnAddress)) !== 0) return unexpected(world, call, message)
    setValue(world, call, returnAddress, call.index)
  }
  if (pausedAddress !== undefined) setValue(world, call, pausedAddress, call.pausedUntil ?? 0)
  call.pausedUntil = undefined
  call.index = target
  call.receiveUntil = undefined
  call.queued = message
}

interface Found {
  readonly command: RecvCommand
  readonly key: string
}

/** A message that was waited for. */
function accept(world: World, call: Call, message: Received, { command, key }: Found): void {
  const counts = call.statistics.commands[command.index]!
  if (isLost(world, command)) {
    counts.lost++
    return
  }
  if (command.responseTxn !== undefined) call.transactions[command.responseTxn]!.response = message.text
  keepBooks(world, call, command)
  counts.received++
  const result = perform(command.actions, world, call, message.text)
  if (call.over) return
  if (result === 'stop-call') return fail(world, call, 'FailedCallRejected')
  if (result !== undefined) call.failedCheck = result
  if (!message.isResponse && message.cseq.number > call.cseq) call.cseq = message.cseq.number
  if (command.index > call.lastSentIndex) settleRetransmission(world, call, message)
  if (message.code === 200) call.ackPending = true
  keepDialog(world, call, message, command)
  if (!command.advanceState) return
  call.lastReceivedIndex = command.index
  call.lastReceivedKey = key
  call.last = message
  if (command.optional !== 'no' && !moves(world, call, command)) return
  call.pausedUntil = undefined
  call.index = command.index
  goOn(world, call)
}

/** An optional receive moves on as any other (to where its `next` leads), unless its `test` holds it. */
function moves(world: World, call: Call, { next, test }: RecvCommand): boolean {
  return next !== 0 && (test === undefined || isSet(valueOf(world, call, test)))
}

const ENDS_RETRANSMISSION = ['ACK', 'CANCEL', 'BYE', 'PRACK']

/** What is received may end the repetition of what was sent (RFC 3261 §17.1.1.2, §17.1.2.2). */
function settleRetransmission(world: World, call: Call, { method, code, cseq }: Received): void {
  if (method !== undefined) {
    if (ENDS_RETRANSMISSION.includes(method)) call.nextRetrans = undefined
    return
  }
  if (code >= 200 || 'INVITE'.startsWith(cseq.method)) call.nextRetrans = undefined
  else if (call.nextRetrans !== undefined) {
    call.lastDelayMs = world.options.retransmission.t2Ms
    call.nextRetrans = world.now + call.lastDelayMs
  }
}

/** Route set (once) and challenge. */
function keepDialog(world: World, call: Call, message: Received, command: RecvCommand): void {
  if (command.recordsRoutes && call.routes?.routes === undefined) {
    const contact = message.header('Contact')
    if (contact === '') world.say('warning', 'Cannot record route set if there is no Contact')
    call.routes = routeSet(message.header('Record-Route'), contact, !message.isResponse) ?? call.routes
  }
  if (!command.keepsChallenge || (message.code !== 401 && message.code !== 407)) return
  const text = message.header('Proxy-Authenticate') || message.header('WWW-Authenticate')
  if (text === '') world.fatal("Couldn't find 'Proxy-Authenticate' or 'WWW-Authenticate' in 401 or 407!")
  else call.challenge = { text, code: message.code, count: 1 }
}
