// The CANCEL of a call of ours (RFC 3261 §9.1).

import { Malformed } from '../errors.js'
import { parseMessage } from '../sip/message.js'
import { clientKey } from '../transaction/match.js'
import { cancelOf } from './ack.js'
import type { Call } from './call.js'
import type { HeaderWishes } from './command.js'
import type { Core } from './core.js'

/** Wants the call no more before it is answered: CANCEL, at the earliest after a provisional response (§9.1). */
export function cancelCall(core: Core, call: Call, headers: HeaderWishes | undefined): void {
  call.cancelWanted = true
  call.cancelHeaders = headers
  if (call.invite?.state === 'proceeding') sendCancel(core, call)
}

/** Sends it now, once. */
export function sendCancel(core: Core, call: Call): void {
  const { invite } = call
  if (invite === undefined || call.cancelSent) return
  const request = parseMessage(invite.bytes)
  if (request instanceof Malformed) return
  call.cancelSent = true
  const via = request.topVia()
  const branch = via === undefined || via instanceof Malformed ? '' : (via.branch ?? '')
  const { stack } = core
  const nothing = { response: () => {}, failed: () => {} }
  stack.clients.open(
    clientKey(branch, 'CANCEL'),
    'CANCEL',
    cancelOf(request, call.cancelHeaders),
    invite.hop,
    nothing,
  )
  core.note(`call ${call.id} CANCEL sent`)
  // §9.1: without a final response to the INVITE within 64*T1 it counts as cancelled.
  stack.after(64 * stack.base.t1Ms, () => giveUp(core, call), 'cancelled')
}

function giveUp(core: Core, call: Call): void {
  if (!call.isPending) return
  core.finish(call, 'cancelled', call.status, 'no final response after the CANCEL')
  if (call.invite !== undefined) core.stack.clients.abandon(call.invite)
}
