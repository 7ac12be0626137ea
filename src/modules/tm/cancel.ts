// CANCEL: for branches that lost, timed out or whose caller gave up (RFC 3261 §9, §16.10; SER tm).
// A branch's CANCEL is a non-INVITE client transaction of its own, sharing the branch parameter of its INVITE.

import type { Context } from '../../proxy/context.js'
import { forwardedRequest, isStream } from '../../proxy/outgoing.js'
import type { Message } from '../../sip/message.js'
import { advance, type Actor } from '../../transaction/machine.js'
import {
  nonInviteClient,
  type ClientAction,
  type ClientEvent,
  type ClientState,
  type Table,
} from '../../transaction/tables.js'
import { isPending, type Branch, type Cancel, type Transaction } from './cell.js'
import { cancelFor } from './generated.js'
import { branchReplied } from './response-context.js'
import { replyLocally } from './server.js'
import type { Tm } from './tm.js'

const machine: Table<ClientState, ClientEvent, ClientAction> = nonInviteClient
const nothing = (): void => {}

/** The machine's actions on a CANCEL: nobody is told of its replies, they are the branch's own business. */
export function cancelActor(tm: Tm): Actor<ClientAction, Cancel> {
  return {
    resend: (cancel) => send(tm, cancel),
    stopRetransmit: (cancel) => tm.timers.stop(cancel.retransmission),
    slowRetransmit: nothing,
    stopTimeout: (cancel) => tm.timers.stop(cancel.final),
    startProceeding: nothing,
    startLinger: nothing,
    ack: nothing,
    pass: nothing,
    reportTimeout: nothing,
    reportTransport: nothing,
  }
}

export function cancelEvent(tm: Tm, cancel: Cancel, event: ClientEvent): void {
  advance(machine, cancel as Cancel & { state: ClientState }, event, tm.cancelActor)
}

export function cancelReplied(tm: Tm, cancel: Cancel, message: Message): void {
  cancelEvent(tm, cancel, message.status < 200 ? 'provisional' : message.status < 300 ? 'success' : 'failure')
}

function send(tm: Tm, cancel: Cancel): void {
  const { branch } = cancel
  tm.engine.send(branch.sending, branch.remote, cancel.bytes)
  if (isStream(branch.sending.transport)) return
  const intervalMs = tm.intervalMs(cancel.attempts++, true)
  cancel.retransmission = tm.timers.start(intervalMs, tm.engine.now, cancel, 'retransmit')
}

/**
 * Cancels a branch that has a provisional response (once). Without one nothing may be sent yet: the profile says
 * whether it is remembered. `caller` is the context of the caller's CANCEL, when there is one.
 */
export function cancelBranch(tm: Tm, branch: Branch, caller?: Context): boolean {
  if (!isPending(branch) || branch.cancel !== undefined) return false
  if (branch.status < 100) {
    branch.cancelWanted = tm.engine.rules.cancelUnanswered
    return false
  }
  const parameter = branch.transaction.cookie + branch.index.toString(16)
  const bytes =
    caller === undefined || tm.engine.rules.cancelRebuilt
      ? cancelFor(tm, branch)
      : forwardedRequest(caller, branch.uri, parameter, branch.sending)
  const cancel: Cancel = {
    branch,
    bytes,
    state: 'trying',
    attempts: 0,
    retransmission: undefined,
    final: undefined,
  }
  branch.cancel = cancel
  branch.cancelWanted = false
  send(tm, cancel)
  cancel.final = tm.timers.start(tm.times.frMs, tm.engine.now, cancel, 'cancel_timer')
  if (tm.engine.rules.cancelTimeout) {
    tm.timers.stop(branch.final)
    branch.final = tm.timers.start(CANCEL_TIMEOUT_MS, tm.engine.now, branch, 'cancelled')
  }
  return true
}

/** 64*T1 (RFC 3261 §9.1). */
const CANCEL_TIMEOUT_MS = 32_000

/** Cancels every branch that still waits, but `except`. */
export function cancelOthers(tm: Tm, transaction: Transaction, except: Branch): void {
  for (const branch of transaction.branches) {
    if (branch === except || !isPending(branch)) continue
    if (!cancelBranch(tm, branch) && branch.cancel === undefined) tm.timers.stop(branch.retransmission)
  }
}

/** The caller's CANCEL, in a transaction of its own, has found its INVITE: answers it and cancels what waits. */
export function cancelInvite(tm: Tm, invite: Transaction, own: Transaction, context: Context): void {
  const { rules } = tm.engine
  const pending = invite.status < 200 ? invite.branches.filter(isPending) : []
  invite.cancelled = true
  const ringing = pending.filter((branch) => branch.status >= 100)
  const reason = ringing.length > 0 ? rules.cancelReason : 'ok -- no more pending branches'
  replyLocally(tm, own, 200, rules.cancelRebuilt ? 'OK' : reason, context)
  for (const branch of ringing) cancelBranch(tm, branch, context)
  for (const branch of pending) if (branch.status < 100) giveUp(tm, branch)
  if (invite.branches.length === 0 && invite.status < 200)
    replyLocally(tm, invite, 487, 'Request Terminated', invite.context)
}

/** A branch that has not answered yet: remembered (RFC), or ended with a made-up 487 (SER). */
function giveUp(tm: Tm, branch: Branch): void {
  if (cancelBranch(tm, branch) || branch.cancelWanted) return
  tm.timers.stop(branch.retransmission)
  tm.timers.stop(branch.final)
  branch.state = 'terminated'
  branchReplied(tm, branch, 487, undefined, undefined)
}
