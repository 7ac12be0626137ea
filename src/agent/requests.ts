// Incoming requests: checked (RFC 3261 §8.2), then given to the dialog or call they are about.

import { validateRequest } from '../sip/validate.js'
import { Malformed } from '../errors.js'
import type { Message } from '../sip/message.js'
import { serverKey } from '../transaction/match.js'
import type { Call } from './call.js'
import { METHODS, type Core } from './core.js'
import { contactUri, type Dialog } from './dialog.js'
import { cseqNumber } from './in-dialog.js'
import { takeRemote, writeAnswerOf, descriptionOf, writeOfferOf } from './media.js'
import { onRefer } from './refer.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import type { HeaderLine } from './text.js'
import { awaitAck, onCall, onCallCancelled, unsupported } from './uas.js'

const NO_DIALOG_NEEDED = ['INVITE', 'OPTIONS', 'MESSAGE']

/** A new request (not ACK). */
export function onRequest(core: Core, server: ServerTransaction): void {
  const { request } = server
  const { method } = request
  const wrong = validateRequest(request)
  if (wrong !== undefined)
    reply(core, server, wrong.status, wrong.status === 400 ? { reason: wrong.reason } : {})
  else if (
    core.behaviour.statuses[method] !== undefined &&
    (method !== 'INVITE' || request.toTag !== undefined)
  )
    reply(core, server, core.behaviour.statuses[method])
  else if (method === 'CANCEL') onCancel(core, server)
  else if (!(METHODS as readonly string[]).includes(method)) reply(core, server, 405, { headers: [allow()] })
  else if (request.toTag !== undefined) within(core, server, core.dialogOf(request))
  else outside(core, server)
}

function allow(): HeaderLine {
  return ['Allow', METHODS.join(', ')]
}

/** A request that opens something. */
function outside(core: Core, server: ServerTransaction): void {
  const { method } = server.request
  const uri = server.request.uri()
  if (uri instanceof Malformed) reply(core, server, uri.status)
  else if (merged(core, server)) reply(core, server, 482)
  else if (lacksSupport(core, server)) return
  else if (method === 'INVITE') onCall(core, server)
  else if (!core.behaviour.replies) return
  else if (!NO_DIALOG_NEEDED.includes(method)) reply(core, server, method === 'REFER' ? 603 : 481)
  else reply(core, server, 200, { headers: method === 'OPTIONS' ? capabilities(core) : [] })
}

/** RFC 3261 §11.2 */
function capabilities(core: Core): HeaderLine[] {
  return [
    ['Contact', `<${core.contact}>`],
    allow(),
    ['Accept', 'application/sdp'],
    ['Accept-Encoding', 'identity'],
  ]
}

/** RFC 3261 §8.2.2.2: the same request, come over two paths, is answered once. */
function merged(core: Core, server: ServerTransaction): boolean {
  const { request, key } = server
  const id = `${request.callId}|${request.fromTag ?? ''}|${cseqNumber(request)}|${request.method}`
  const other = core.merges.get(id)
  if (other !== undefined) return other !== key
  core.merges.set(id, key)
  server.closed = () => core.merges.delete(id)
  return false
}

/** RFC 3261 §8.2.2.3 */
function lacksSupport(core: Core, server: ServerTransaction): boolean {
  const tags = unsupported(core, server)
  if (tags.length === 0) return false
  reply(core, server, 420, { headers: [['Unsupported', tags.join(', ')]] })
  return true
}

/** A request within a dialog (RFC 3261 §12.2.2). */
function within(core: Core, server: ServerTransaction, dialog: Dialog | undefined): void {
  const { request } = server
  const cseq = cseqNumber(request)
  if (dialog === undefined) {
    reply(core, server, 481)
    return
  }
  if (dialog.remoteSeq !== undefined && cseq < dialog.remoteSeq) {
    reply(core, server, 500, { reason: 'CSeq Out Of Order' })
    return
  }
  dialog.remoteSeq = cseq
  if (lacksSupport(core, server)) return
  if (request.method === 'BYE') onBye(core, server, dialog)
  else if (request.method === 'INVITE') onReinvite(core, server, dialog)
  else if (!core.behaviour.replies) return
  else if (request.method === 'UPDATE') onUpdate(core, server, dialog)
  else if (request.method === 'REFER') onRefer(core, server, dialog)
  else reply(core, server, 200, { headers: request.method === 'OPTIONS' ? capabilities(core) : [] })
}

/** RFC 3261 §15.1.2 */
function onBye(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  if (call.dialog === dialog && call.isOpen) {
    // A BYE of an early dialog ends the INVITE too.
    if (call.isPending && call.server !== undefined) reply(core, call.server, 487)
    call.endedBy = 'remote'
    core.finish(call, 'ended')
  }
  if (!core.behaviour.replies) return
  reply(core, server, 200)
  core.dropDialog(dialog)
}

/** RFC 3261 §14.2 */
function onReinvite(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  if (dialog.reinvite !== undefined) reply(core, server, 491)
  else if (dialog.ackWait !== undefined || call.isPending)
    reply(core, server, 500, { headers: [['Retry-After', String(core.random.below(11))]] })
  else if (core.behaviour.replies) acceptReinvite(core, server, dialog)
}

function acceptReinvite(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  refresh(dialog, server.request)
  call.sdpVersion++
  const offer = descriptionOf(server.request)
  const body = offer === undefined ? writeOfferOf(core, call) : writeAnswerOf(core, call, offer)
  reply(core, server, 200, { headers: [['Contact', `<${core.contact}>`], allow()], body })
  call.sdpLocal = body
  awaitAck(core, call, server)
}

/** RFC 3311 §5.2 */
function onUpdate(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { call } = dialog
  refresh(dialog, server.request)
  const offer = descriptionOf(server.request)
  if (offer !== undefined) call.sdpLocal = writeAnswerOf(core, call, offer)
  const body = offer === undefined ? '' : call.sdpLocal
  reply(core, server, 200, { headers: [['Contact', `<${core.contact}>`]], body })
}

/** Target refresh (RFC 3261 §12.2.2), and the other side's new session description. */
function refresh(dialog: Dialog, request: Message): void {
  dialog.target = contactUri(request) ?? dialog.target
  takeRemote(dialog.call, request)
}

/** RFC 3261 §9.2 */
function onCancel(core: Core, server: ServerTransaction): void {
  const key = serverKey(server.request, 'INVITE')
  const invite = key === undefined ? undefined : core.stack.servers.get(key)
  if (!core.behaviour.replies) return
  if (invite === undefined) {
    reply(core, server, 481)
    return
  }
  if (invite.toTag !== undefined) server.toTag = invite.toTag
  reply(core, server, 200)
  const call = callOf(core, invite)
  if (call !== undefined) onCallCancelled(core, call)
  else reply(core, invite, 487)
}

function callOf(core: Core, invite: ServerTransaction): Call | undefined {
  return core.calls.findLast(({ server }) => server === invite)
}

/** An ACK that belongs to a 2xx of ours, or to nothing (RFC 3261 §13.3.1.4). */
export function onAck(core: Core, message: Message): void {
  const dialog = core.dialogOf(message)
  const { ackWait } = dialog ?? {}
  if (dialog === undefined || ackWait === undefined || ackWait.cseq !== cseqNumber(message)) {
    if (dialog === undefined) core.stack.drop('an ACK without a dialog', message.text)
    return
  }
  const { call } = dialog
  // The answer to the offer in our 2xx comes in the ACK.
  if (call.offerOpen || descriptionOf(message) !== undefined) takeRemote(call, message)
  call.offerOpen = false
  ackWait.stop(true)
}
