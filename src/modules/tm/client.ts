// The downstream side: one client transaction a branch, and what becomes of the responses that come back
// (RFC 3261 §17.1, §16.7; SER tm).

import type { Milliseconds, Packet } from '../../endpoint.js'
import { Context } from '../../proxy/context.js'
import { forwardedResponse, isStream } from '../../proxy/outgoing.js'
import { Malformed } from '../../errors.js'
import type { Message } from '../../sip/message.js'
import { Header } from '../../sip/names.js'
import { advance, overlay, type Actor } from '../../transaction/machine.js'
import { inviteClient, nonInviteClient } from '../../transaction/tables.js'
import type { ClientAction, ClientEvent, ClientState, Table } from '../../transaction/tables.js'
import type { Branch } from './cell.js'
import { cancelBranch, cancelReplied } from './cancel.js'
import { trySmall } from './failover.js'
import { ackFor } from './generated.js'
import { branchReplied } from './response-context.js'
import type { Tm } from './tm.js'
import { startWait } from './server.js'

type ClientTable = Table<ClientState, ClientEvent, ClientAction>

/** A branch that was given up still belongs to its call: a late 2xx is relayed, a late failure acknowledged. */
const proxyInviteClient: ClientTable = overlay<ClientState, ClientEvent, ClientAction>(inviteClient, {
  name: 'lateResponses',
  reason: 'RFC 3261 §16.7: a 2xx is always relayed; SER acknowledges late failures itself',
  rows: { terminated: { success: ['terminated', 'pass'], failure: ['terminated', 'ack'] } },
})

/** The machines' actions on a branch; the response they work on is tm's `current`. */
export function clientActor(tm: Tm): Actor<ClientAction, Branch> {
  const { timers, engine } = tm
  return {
    resend: (branch) => {
      const { sending, remote, bytes, status } = branch
      // Whoever has answered is there; one look is enough.
      if (status > 0 || branch.attempts > 1 || !engine.rules.transportErrors)
        engine.send(sending, remote, bytes)
      else {
        const { transport, local } = sending
        engine.put({ type: 'send', transport, local, remote, bytes, isRepeated: true })
      }
      startRetransmission(tm, branch)
    },
    stopRetransmit: (branch) => timers.stop(branch.retransmission),
    startProceeding: (branch) => {
      if (branch.status >= 100 && tm.current?.message.status === 100 && !engine.rules.timerCBy100) return
      timers.stop(branch.final)
      branch.final = timers.start(tm.times.frInvMs, engine.now, branch, 'fr_inv_timer')
    },
    // SER begins its last interval at once; by RFC 3261 §17.1.2.2 the one under way runs out first.
    slowRetransmit: (branch) => {
      if (branch.retransmission === undefined || tm.times.intervalsMs === undefined) return
      timers.stop(branch.retransmission)
      branch.retransmission = timers.start(tm.slowIntervalMs, engine.now, branch, 'retransmit')
    },
    stopTimeout: (branch) => timers.stop(branch.final),
    // The server side's wait keeps the branch: its own linger timers would only repeat it.
    startLinger: () => {},
    ack: (branch) => {
      // Timer D is zero on a stream: who says it again has lost nothing.
      const isRepeated = branch.status >= 300 && tm.times.lingers && isStream(branch.sending.transport)
      if (tm.current !== undefined && !isRepeated)
        engine.send(branch.sending, branch.remote, ackFor(tm, branch, tm.current.message))
    },
    pass: (branch) => {
      if (tm.current !== undefined) pass(tm, branch, tm.current.message, tm.current.packet)
    },
    reportTimeout: (branch) => timedOut(tm, branch),
    reportTransport: (branch) => {
      if (!trySmall(tm, branch)) branchReplied(tm, branch, 503, undefined, undefined)
    },
  }
}

/** Gives an event to a branch's machine. */
export function clientEvent(tm: Tm, branch: Branch, event: ClientEvent): boolean {
  const table: ClientTable = branch.transaction.isInvite ? proxyInviteClient : nonInviteClient
  const known = advance(table, branch as Branch & { state: ClientState }, event, tm.clientActor)
  if (known && tm.engine.trace && event !== 'retransmit')
    tm.trace(branch.transaction, branch.state, branch.index)
  return known
}

/** Sends the branch's request for the first time and starts its timers. */
export function startBranch(tm: Tm, branch: Branch, connection?: number): void {
  tm.engine.send(branch.sending, branch.remote, branch.bytes, connection)
  startRetransmission(tm, branch)
  branch.final = tm.timers.start(answerMs(tm, branch), tm.engine.now, branch, 'fr_timer')
}

/** What there is to say goes up before the caller has given up (RFC 4320 §4.2). */
function answerMs({ times, engine }: Tm, { transaction }: Branch): Milliseconds {
  const isEarly = engine.rules.lateNonInvite && !transaction.isInvite && transaction.completed === undefined
  return isEarly ? Math.max(times.frMs - EARLY_MS, 1) : times.frMs
}

const EARLY_MS = 400

function startRetransmission(tm: Tm, branch: Branch): void {
  if (isStream(branch.sending.transport)) return
  const slow = branch.state === 'proceeding'
  const intervalMs = slow ? tm.slowIntervalMs : tm.intervalMs(branch.attempts++, !branch.transaction.isInvite)
  branch.retransmission = tm.timers.start(intervalMs, tm.engine.now, branch, 'retransmit')
}

/** A response with our branch parameter; false when it is not this transaction's after all (CSeq method). */
export function responseArrived(tm: Tm, branch: Branch, message: Message, packet: Packet): boolean {
  const { transaction } = branch
  const method = message.cseqMethod
  if (method === 'CANCEL' && transaction.isInvite && branch.cancel !== undefined) {
    cancelReplied(tm, branch.cancel, message)
    return true
  }
  if (method !== transaction.method) return false
  if (message.status < 300 && isForNobodyAbove(tm, branch, message)) return true
  const former = tm.current
  tm.current = { message, packet }
  clientEvent(tm, branch, message.status < 200 ? 'provisional' : message.status < 300 ? 'success' : 'failure')
  tm.current = former
  return true
}

/** Was it for us alone? There is no Via below ours by which it could go on; it is dropped (RFC 3261 §16.7-3). */
function isForNobodyAbove({ engine }: Tm, { transaction }: Branch, message: Message): boolean {
  if (engine.rules.ownResponses === 'relay' || transaction.completed !== undefined) return false
  const first = message.find(Header.VIA)
  const via = message.topVia()
  const hasNext = via !== undefined && !(via instanceof Malformed) && via.next !== undefined
  if (hasNext || message.find(Header.VIA, first + 1) >= 0) return false
  engine.drop('a response without a Via below ours', message.text)
  return true
}

/** onreply_route first, then the response context decides. A failure that cannot go up ends its branch all the same. */
function pass(tm: Tm, branch: Branch, message: Message, packet: Packet): void {
  if (message.status >= 300 && isForNobodyAbove(tm, branch, message))
    return branchReplied(tm, branch, message.status, undefined, undefined)
  const { transaction } = branch
  const context = new Context(tm.engine, 'onreply', message, packet, tm.engine.now)
  context.transaction = transaction
  context.flags = transaction.flags
  const relay = (): void => {
    transaction.flags = context.flags
    const bytes = () => forwardedResponse(message, context.edits, transaction.context.transport)
    branchReplied(tm, branch, message.status, message, bytes)
    if (message.status < 200 && branch.cancelWanted) cancelBranch(tm, branch)
  }
  if (transaction.onReply === 0) relay()
  else tm.engine.runRoute('onreply', transaction.onReply, context, relay)
}

/** fr_timer or fr_inv_timer: the branch gets a made-up 408; if it was ringing it is cancelled. */
function timedOut(tm: Tm, branch: Branch): void {
  if (endsSilently(tm, branch)) return startWait(tm, branch.transaction)
  if (branch.transaction.isInvite && branch.status >= 100) cancelBranch(tm, branch)
  branchReplied(tm, branch, 408, undefined, undefined)
}

/** With noisy_ctimer 0 SER leaves the only place that rings alone, and tells nobody (SER module tm). */
function endsSilently({ isNoisy, listeners }: Tm, { transaction, status }: Branch): boolean {
  if (isNoisy || !transaction.isInvite || transaction.completed !== undefined || status === 0) return false
  if (transaction.branches.length > 1 || transaction.onFailure !== 0) return false
  return !listeners.some((listener) => listener.wantsEnd?.(transaction))
}
