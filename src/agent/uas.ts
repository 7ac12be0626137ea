// The callee: incoming calls, and what is done with them (RFC 3261 §8.2, §13.3).

import { awaitAck } from './accepted.js'
import type { Call } from './call.js'
import { bodyRefusal } from './checks.js'
import type { HeaderWishes, OrderOf } from './command.js'
import { contactValue } from './contacts.js'
import type { Core } from './core.js'
import { calleeDialog } from './dialog.js'
import { takeRemote, writeAnswerOf, writeOfferOf } from './media.js'
import { repeatUntilPrack, wantsReliable } from './reliable.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import type { HeaderLine } from './text.js'

/** An INVITE that opens a call. */
export function onCall(core: Core, server: ServerTransaction): void {
  if (core.calls.isFull) {
    reply(core, server, 486)
    return
  }
  const { request } = server
  const call = openCall(core, server)
  core.note(`call ${call.id} from ${call.remoteUri}`)
  const accepted = bodyRefusal(request)
  if (accepted !== undefined) {
    refuseBody(core, call, accepted)
    return
  }
  takeRemote(call, request)
  if (core.behaviour.trying) progress(core, call, { status: 100 })
  behave(core, call)
}

function openCall(core: Core, server: ServerTransaction): Call {
  const { request } = server
  const from = request.from()
  const caller = from !== undefined && 'uri' in from ? from.uri : ''
  const parties = { target: request.requestUri, remoteUri: caller }
  const ids = { callId: request.callId ?? '', localTag: core.identity.newTag() }
  const call = core.calls.open('callee', ids, parties, core.stack.now)
  call.server = server
  call.remoteTag = request.fromTag
  server.toTag = call.localTag
  call.dialog = calleeDialog(call, request)
  core.dialogs.add(call.dialog)
  return call
}

/** RFC 3261 §8.2.3: a body that we must understand and do not. */
function refuseBody(core: Core, call: Call, accepted: HeaderLine): void {
  reply(core, call.server!, 415, { headers: [accepted] })
  core.finish(call, 'failed', 415, 'Unsupported Media Type')
}

/** What the phone does by itself with a new call. */
function behave(core: Core, call: Call): void {
  const { incoming } = core.behaviour
  const later = (afterMs: number | undefined, act: () => void): void => {
    if (afterMs === undefined || afterMs <= 0) act()
    else core.stack.after(afterMs, () => (call.isPending ? act() : undefined), 'behaviour')
  }
  switch (incoming.kind) {
    case 'ring':
      progress(core, call, { status: 180 })
      break
    case 'answer':
      if (incoming.ring !== false) progress(core, call, { status: 180 })
      later(incoming.afterMs, () => answerCall(core, call, {}))
      break
    case 'reject':
      if (incoming.ring === true) progress(core, call, { status: 180 })
      later(incoming.afterMs, () => rejectCall(core, call, incoming))
      break
    case 'redirect':
      rejectCall(core, call, incoming)
      break
    case 'manual':
      break
  }
}

interface Answer {
  readonly reason?: string
  readonly headers?: HeaderWishes
  readonly body?: string | null
}

/** Sends a provisional response; behind one that waits for its PRACK it waits too. */
export function progress(core: Core, call: Call, order: Answer & { readonly status: number }): void {
  const { status } = order
  const server = call.server!
  if (call.dialog!.prackWait !== undefined) {
    call.afterPrack.push(() => progress(core, call, order))
    return
  }
  const body = order.body === undefined ? (status === 183 ? describe(core, call) : '') : (order.body ?? '')
  const headers = status === 100 ? [] : [core.identity.contactLine()]
  const reliable = status > 100 && wantsReliable(core, server)
  if (reliable) headers.push(['Require', '100rel'], ['RSeq', String(++call.rseq)])
  if (!reply(core, server, status, { reason: order.reason, headers, wishes: order.headers, body })) return
  if (status > 100 && body !== '') [call.earlyMedia, call.sdpLocal] = [true, body]
  progressed(call, status)
  core.note(`call ${call.id} ${status} sent`)
  if (reliable) repeatUntilPrack(core, call)
}

function progressed(call: Call, status: number): void {
  call.provisionals.push(status)
  call.status = status
  if (status >= 180 && status <= 182) call.ringing = true
  call.state = status === 100 ? 'proceeding' : status <= 182 ? 'ringing' : 'early'
}

/** The session description of a response to the INVITE: an answer, or an offer when the INVITE had none. */
function describe(core: Core, call: Call): string {
  if (call.sdpLocal !== undefined) return call.sdpLocal
  if (call.sdpRemote !== undefined) return writeAnswerOf(core, call, call.sdpRemote)
  call.offerOpen = true
  return writeOfferOf(core, call)
}

/** Sends the 200, again until the ACK comes. */
export function answerCall(core: Core, call: Call, order: Answer): void {
  const server = call.server!
  if (call.dialog!.prackWait !== undefined) {
    call.afterPrack.push(() => answerCall(core, call, order))
    return
  }
  const body = order.body === undefined ? describe(core, call) : (order.body ?? '')
  const headers = [core.identity.contactLine(), core.identity.allowLine()]
  if (!reply(core, server, 200, { reason: order.reason, headers, wishes: order.headers, body })) return
  if (body !== '') call.sdpLocal = body
  answered(call, 200)
  core.note(`call ${call.id} answered`)
  awaitAck(core, call.dialog!, server)
}

function answered(call: Call, status: number): void {
  call.state = 'answered'
  call.status = status
  call.reason = call.server!.reason
  call.ringing = false
  call.dialog!.state = 'confirmed'
}

/** Sends a final 3xx-6xx. */
export function rejectCall(core: Core, call: Call, order: Omit<OrderOf<'reject'>, 'verb'>): void {
  const headers = (order.contacts ?? []).map((contact) => ['Contact', contactValue(contact)] as const)
  const sent = reply(core, call.server!, order.status, {
    reason: order.reason,
    headers,
    wishes: order.headers,
  })
  if (sent) core.finish(call, 'failed', order.status, call.server!.reason)
}

/** A response that was written by hand: the call or dialog whose INVITE it answers follows it. */
export function answeredRaw(core: Core, server: ServerTransaction, status: number): void {
  if (!server.invite) return
  const call = core.calls.all.findLast((one) => one.server === server)
  const dialog = call?.dialog ?? core.dialogs.find(server.request)
  if (call?.isPending === true && status < 200) progressed(call, status)
  else if (call?.isPending === true && status >= 300) core.finish(call, 'failed', status, server.reason)
  else if (status >= 200 && status < 300 && dialog !== undefined) {
    if (call?.isPending === true) answered(call, status)
    awaitAck(core, dialog, server)
  }
}
