// What the other side changes or ends: BYE, re-INVITE, UPDATE, CANCEL (RFC 3261 §15.1.2, §14.2, §9.2; RFC 3311).

import type { Message } from '../sip/message.js'
import { serverKey } from '../transaction/match.js'
import { awaitAck } from './accepted.js'
import type { Call } from './call.js'
import { contactUri } from './contacts.js'
import type { Core } from './core.js'
import type { Dialog } from './dialog.js'
import { descriptionOf, takeRemote, writeAnswerOf, writeOfferOf } from './media.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'

/** RFC 3261 §15.1.2 */
export function onBye(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  if (call.dialog === dialog && call.isOpen) {
    // A BYE of an early dialog ends the INVITE too.
    if (call.isPending && call.server !== undefined) reply(core, call.server, 487)
    call.endedBy = 'remote'
    core.finish(call, 'ended')
  }
  if (core.behaviour.replies) reply(core, server, 200)
  core.dialogs.drop(dialog)
}

/** RFC 3261 §14.2 */
export function onReinvite(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  if (dialog.reinvite !== undefined) reply(core, server, 491)
  else if (dialog.ackWait !== undefined || call.isPending)
    reply(core, server, 500, { headers: [['Retry-After', String(core.options.random.below(11))]] })
  else if (core.behaviour.replies) acceptReinvite(core, server, dialog)
}

function acceptReinvite(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  refresh(dialog, server.request)
  call.sdpVersion++
  const offer = descriptionOf(server.request)
  const body = offer === undefined ? writeOfferOf(core, call) : writeAnswerOf(core, call, offer)
  reply(core, server, 200, { headers: [core.identity.contactLine(), core.identity.allowLine()], body })
  call.sdpLocal = body
  awaitAck(core, dialog, server)
}

/** RFC 3311 §5.2 */
export function onUpdate(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  refresh(dialog, server.request)
  const offer = descriptionOf(server.request)
  if (offer !== undefined) call.sdpLocal = writeAnswerOf(core, call, offer)
  const body = offer === undefined ? '' : call.sdpLocal
  reply(core, server, 200, { headers: [core.identity.contactLine()], body })
}

/** Target refresh (RFC 3261 §12.2.2), and the other side's new session description. */
function refresh(dialog: Dialog, request: Message): void {
  dialog.target = contactUri(request) ?? dialog.target
  takeRemote(dialog.call, request)
}

/** RFC 3261 §9.2 */
export function onCancel(core: Core, server: ServerTransaction): void {
  const key = serverKey(server.request, 'INVITE')
  const invite = key === undefined ? undefined : core.stack.servers.get(key)
  if (!core.behaviour.replies) return
  if (invite === undefined) {
    // What is no INVITE cannot be cancelled, but it is no stranger either.
    const isKnown = key !== undefined && core.stack.servers.hasLike(key.slice(0, -'INVITE'.length))
    reply(core, server, isKnown ? 200 : 481)
    return
  }
  if (invite.toTag !== undefined) server.toTag = invite.toTag
  reply(core, server, 200)
  const call = callOf(core, invite)
  if (reply(core, invite, 487) && call !== undefined)
    core.finish(call, 'cancelled', 487, 'Request Terminated')
}

function callOf(core: Core, invite: ServerTransaction): Call | undefined {
  return core.calls.all.findLast(({ server }) => server === invite)
}
