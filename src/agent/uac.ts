// The caller: INVITE, its responses, forks, ACK, CANCEL (RFC 3261 §13.2, §9.1).

import type { Message } from '../sip/message.js'
import type { Call } from './call.js'
import type { OrderOf } from './command.js'
import { contactUri, contactUris } from './contacts.js'
import type { Core } from './core.js'
import { callerDialog, cseqNumber, recordRoutes, type Dialog } from './dialog.js'
import { acknowledge, hangUp } from './in-dialog.js'
import { takeRemote, writeOfferOf } from './media.js'
import { dialogOf, FORKS_MAX, onProvisional } from './provisional.js'
import { newRequest, submit, type Outgoing } from './submit.js'

/** Contacts of redirections that one call follows. */
const REDIRECTIONS_MAX = 10
/** Calls somebody. */
export function placeCall(core: Core, order: Omit<OrderOf<'call'>, 'verb'>): Call {
  const { identity, calls, stack } = core
  const target = identity.targetUri(order.target)
  const ids = { callId: identity.newCallId(), localTag: identity.newTag() }
  const call = calls.open('caller', ids, { target, remoteUri: target }, stack.now)
  const body = order.body === undefined ? writeOfferOf(core, call) : (order.body ?? '')
  if (body !== '') {
    call.sdpLocal = body
    call.offerOpen = true
  }
  const outgoing = newRequest(core, {
    method: 'INVITE',
    uri: target,
    to: target,
    ids: { callId: ids.callId, tag: ids.localTag },
    routes: order.routes ?? [],
    headers: [identity.contactLine()],
    wishes: order.headers,
    body,
  })
  sendInvite(core, call, outgoing)
  return call
}

function sendInvite(core: Core, call: Call, outgoing: Outgoing): void {
  call.outgoing = outgoing
  core.note(`call ${call.id} to ${outgoing.uri}`)
  submit(core, outgoing, {
    sent: (transaction) => void (call.invite = transaction),
    abandoned: () => call.cancelWanted,
    response: (message) => onResponse(core, call, outgoing, message),
    failed: (status) =>
      core.finish(call, 'failed', status, status === 408 ? 'no response' : 'transport error'),
    closed: () => dropUnanswered(core, call),
  })
}

/** After the INVITE transaction no early dialog can be answered any more. */
function dropUnanswered(core: Core, call: Call): void {
  for (const dialog of call.dialogs) if (dialog.state === 'early') core.dialogs.drop(dialog)
}

function onResponse(core: Core, call: Call, outgoing: Outgoing, message: Message): void {
  const { status } = message
  if (status < 200) onProvisional(core, call, outgoing, message)
  else if (status < 300) onAnswered(core, call, outgoing, message)
  else onRefused(core, call, outgoing, message)
}

/** A 2xx: the first one makes the call; each one is acknowledged, copies again (RFC 3261 §13.2.2.4). */
function onAnswered(core: Core, call: Call, outgoing: Outgoing, message: Message): void {
  const known = dialogOf(call, message)
  if (known !== undefined && known.state !== 'early') {
    known.ack?.resend()
    return
  }
  if (known === undefined && call.dialogs.length >= FORKS_MAX) {
    core.stack.drop('too many forks', message.text)
    return
  }
  const dialog = known ?? callerDialog(call, outgoing, message)
  if (known === undefined) core.dialogs.add(dialog)
  dialog.state = 'confirmed'
  // §13.2.2.4: the route set of the 2xx counts, whatever an 18x said.
  dialog.routeSet = recordRoutes(message).reverse()
  dialog.target = contactUri(message) ?? dialog.target
  dialog.localSeq = Math.max(dialog.localSeq, outgoing.cseq)
  dialog.invite = outgoing
  call.answeredBy.push(dialog.remoteTag)
  if (call.isPending) onFirstAnswer(core, call, dialog, message)
  else onFurtherAnswer(core, dialog)
}

function onFirstAnswer(core: Core, call: Call, dialog: Dialog, message: Message): void {
  takeRemote(call, message)
  const { status, reason } = message
  call.dialog = dialog
  call.remoteTag = dialog.remoteTag
  call.status = status
  call.reason = reason
  call.state = 'answered'
  call.established = core.stack.now
  core.note(`call ${call.id} answered by ${dialog.remoteTag}`)
  core.tellOutcome(call)
  if (core.behaviour.acknowledges) acknowledge(core, dialog)
  // It was answered while we wanted to cancel (RFC 3261 §9.1): hang up instead.
  if (call.cancelWanted) hangUp(core, dialog)
}

function onFurtherAnswer(core: Core, dialog: Dialog): void {
  core.note(`call ${dialog.call.id} also answered by ${dialog.remoteTag}`)
  if (core.behaviour.acknowledges) acknowledge(core, dialog)
  if (core.behaviour.endsExtraForks || !dialog.call.isOpen) hangUp(core, dialog)
}

function onRefused(core: Core, call: Call, outgoing: Outgoing, message: Message): void {
  const { status, reason } = message
  if (status < 400) call.contacts = contactUris(message)
  if (status < 400 && core.behaviour.followsRedirects && !call.cancelWanted && redirect(core, call, outgoing))
    return
  const cancelled = call.cancelWanted && (status === 487 || !call.cancelSent)
  core.finish(call, cancelled ? 'cancelled' : 'failed', status, reason)
}

/** Calls the best contact that was not tried yet (RFC 3261 §8.1.3.4): same call, next CSeq. */
function redirect(core: Core, call: Call, outgoing: Outgoing): boolean {
  const tried = (call.tried ??= new Set([outgoing.uri]))
  const uri = call.contacts.find((contact) => !tried.has(contact))
  if (uri === undefined || tried.size > REDIRECTIONS_MAX) return false
  tried.add(uri)
  const next: Outgoing = { ...outgoing, uri, cseq: outgoing.cseq + 1, nextCseq: () => next.cseq + 1 }
  for (const dialog of call.dialogs) core.dialogs.drop(dialog)
  call.dialogs.length = 0
  sendInvite(core, call, next)
  return true
}

/** A response without a transaction: a late copy of a 2xx gets its ACK again (RFC 3261 §13.2.2.4). */
export function onStray(core: Core, message: Message): void {
  const { callId } = message
  const late = message.status >= 200 && message.status < 300 && message.cseqMethod === 'INVITE'
  const call = late
    ? core.calls.all.findLast((one) => one.callId === callId && one.role === 'caller')
    : undefined
  const dialog = call && dialogOf(call, message)
  if (dialog?.ack !== undefined && dialog.ack.cseq === cseqNumber(message)) dialog.ack.resend()
  else core.stack.drop('a response without a transaction', message.text)
}
