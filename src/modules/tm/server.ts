// The upstream side of a transaction: replies of our own, replies relayed from branches, their retransmission until
// the ACK, and the wait that absorbs what comes late (RFC 3261 §17.2; SER tm).

import type { Bytes, Milliseconds } from '../../endpoint.js'
import { isStream } from '../../proxy/outgoing.js'
import { localReply, replyTarget, toTagFor } from '../../proxy/reply.js'
import type { Context } from '../../proxy/context.js'
import type { Message } from '../../sip/message.js'
import { reasonPhrase } from '../../sip/reasons.js'
import { advance, overlay, type Actor } from '../../transaction/machine.js'
import { inviteServer, nonInviteServer } from '../../transaction/tables.js'
import type { ServerAction, ServerEvent, ServerState, Table } from '../../transaction/tables.js'
import type { Transaction } from './cell.js'
import { hasNoConnection, sendElsewhere } from './elsewhere.js'
import { dialogKey } from './keys.js'
import type { Tm } from './tm.js'

type ServerTable = Table<ServerState, ServerEvent, ServerAction>

/** A proxy relays a 2xx after any other final response: the call is up all the same. */
const proxyInviteServer: ServerTable = overlay<ServerState, ServerEvent, ServerAction>(inviteServer, {
  name: 'lateSuccess',
  reason: 'RFC 3261 §16.7-5: every 2xx to an INVITE is forwarded; the failure it replaces is not sent again',
  rows: {
    completed: { success: ['accepted', 'stopRetransmit', 'stopTimeout', 'send', 'startLinger'] },
    confirmed: { success: ['accepted', 'send', 'startLinger'] },
    terminated: { success: ['accepted', 'send', 'startLinger'] },
  },
})

/** SER resends its last reply whatever it was (deviation acceptedResends). */
const inviteServerSer: ServerTable = overlay<ServerState, ServerEvent, ServerAction>(proxyInviteServer, {
  name: 'acceptedResends',
  reason: 'SER resends what it sent last',
  rows: { accepted: { request: ['accepted', 'resend'] } },
})

/** The machines' actions on a server transaction; `send` and `resend` both send what lastReply holds. */
export function serverActor(tm: Tm): Actor<ServerAction, Transaction> {
  return {
    send: (transaction) => sendLast(tm, transaction),
    resend: (transaction) => sendLast(tm, transaction),
    startRetransmit: (transaction) => {
      const ownSuccess = transaction.local && transaction.status < 300
      if (isStream(transaction.context.transport) && !ownSuccess) return
      const intervalMs = tm.intervalMs(transaction.attempts++, true)
      transaction.retransmission = tm.timers.start(intervalMs, tm.engine.now, transaction, 'retransmit')
    },
    stopRetransmit: (transaction) => tm.timers.stop(transaction.retransmission),
    startTimeout: (transaction) => {
      transaction.final = tm.timers.start(tm.times.frMs, tm.engine.now, transaction, 'no_ack')
    },
    stopTimeout: (transaction) => tm.timers.stop(transaction.final),
    startLinger: (transaction) => startWait(tm, transaction, lingerMs(tm, transaction)),
    // Nobody repeats anything any more.
    reportTimeout: (transaction) => startWait(tm, transaction, tm.times.lingers ? 0 : undefined),
    reportTransport: (transaction) => startWait(tm, transaction),
  }
}

/** Gives an event to the server machine. */
export function serverEvent(tm: Tm, transaction: Transaction, event: ServerEvent): boolean {
  const table: ServerTable = !transaction.isInvite
    ? nonInviteServer
    : tm.engine.rules.acceptedResends
      ? inviteServerSer
      : proxyInviteServer
  const known = advance(table, transaction as Transaction & { state: ServerState }, event, tm.serverActor)
  if (known && tm.engine.trace && event !== 'retransmit') tm.trace(transaction, transaction.state)
  return known
}

function sendLast(tm: Tm, transaction: Transaction): void {
  const { context, lastReply } = transaction
  if (lastReply === undefined) return
  const { packet } = context
  if (hasNoConnection(tm, transaction)) return sendElsewhere(tm, transaction)
  tm.engine.send(
    { transport: packet.transport, local: packet.local },
    replyTarget(context),
    lastReply,
    packet.connection,
  )
}

/** Starts (or starts again) the wait after which the transaction is forgotten. */
export function startWait(tm: Tm, transaction: Transaction, waitMs = tm.times.waitMs): void {
  tm.timers.stop(transaction.wait)
  transaction.wait = tm.timers.start(waitMs, tm.engine.now, transaction, 'wait')
}

/** Timers I and J are zero on streams (RFC 3261 table 4), unless a branch over UDP may still be answered twice. */
function lingerMs(tm: Tm, { context, isInvite, state, branches, elsewhere }: Transaction): Milliseconds {
  const { lingers, waitMs } = tm.times
  if (
    !lingers ||
    elsewhere !== undefined ||
    !isStream(context.packet.transport) ||
    (isInvite && state !== 'confirmed')
  )
    return waitMs
  return isInvite && branches.some(({ sending }) => !isStream(sending.transport)) ? waitMs : 0
}

/** A request that is no INVITE takes long: its sender's repetitions have slowed down, and may stop (RFC 4320 §4.1). */
export function sayTrying(tm: Tm, transaction: Transaction): void {
  if (transaction.status > 0) return
  replyLocally(tm, transaction, 100, reasonPhrase(100), transaction.context)
}

/** Starts the timer for that; on streams nothing is repeated. */
export function tryingLater(tm: Tm, transaction: Transaction): void {
  const { context, isInvite, replicated } = transaction
  if (isInvite || replicated || !tm.engine.rules.lateNonInvite || isStream(context.packet.transport)) return
  if (context.message.method === 'CANCEL' || transaction.status > 0) return
  transaction.retransmission = tm.timers.start(TRYING_AFTER_MS, tm.engine.now, transaction, 'trying')
}

/** When timer E comes to T2: T1 + 2*T1 + 4*T1. */
const TRYING_AFTER_MS = 3500

/** Sends a reply upstream: a relayed one, or one of ours (`local`). */
export function sendUpstream(
  tm: Tm,
  transaction: Transaction,
  status: number,
  bytes: Bytes,
  reply?: Message,
): void {
  if (transaction.replicated || transaction.completed !== undefined)
    return endReplica(tm, transaction, status, reply)
  const late = transaction.status >= 200
  if (!transaction.isInvite) tm.timers.stop(transaction.retransmission)
  transaction.lastReply = bytes
  transaction.status = late ? transaction.status : status
  if (status >= 200 && !late) countCompletion(tm, transaction, status)
  serverEvent(tm, transaction, replyEvent(transaction, status))
  for (const listener of tm.listeners) listener.replied?.(transaction, status, reply)
}

/**
 * Nobody above waits for the replies of a copy, or of a request of our own; the final one ends it. Who sent an INVITE
 * is told every 2xx: each is acknowledged (RFC 3261 §13.2.2.4).
 */
function endReplica(tm: Tm, transaction: Transaction, status: number, reply: Message | undefined): void {
  if (status < 200) return
  const isLate = transaction.status >= 200
  if (isLate && (status >= 300 || !transaction.isInvite || transaction.completed === undefined)) return
  if (!isLate) transaction.status = status
  startWait(tm, transaction)
  transaction.completed?.(status, reply)
}

function replyEvent(transaction: Transaction, status: number): ServerEvent {
  if (status < 200) return 'provisional'
  if (status >= 300) return 'failure'
  // A 2xx of our own has nobody below to retransmit it until the ACK (RFC 3261 §13.3.1.4): we do.
  return transaction.isInvite && transaction.local ? 'failure' : 'success'
}

function countCompletion(tm: Tm, transaction: Transaction, status: number): void {
  const digit = Math.min(6, Math.floor(status / 100))
  tm.counters.byClass[digit] = (tm.counters.byClass[digit] ?? 0) + 1
  if (transaction.local) tm.counters.replied++
}

/** Answers the transaction ourselves; false when a final reply has gone already. */
export function replyLocally(
  tm: Tm,
  transaction: Transaction,
  status: number,
  reason: string,
  context: Context,
): boolean {
  if (transaction.status >= 200) return false
  transaction.local = true
  transaction.handled = true
  const tag = status < 180 ? undefined : toTagFor(transaction.context, tm.tags)
  const bytes = localReply(context, status, reason, tag)
  if (transaction.isInvite && status >= 200 && status < 300)
    tm.store.addKey(transaction, dialogKey(transaction.context.message))
  sendUpstream(tm, transaction, status, bytes)
  return true
}
