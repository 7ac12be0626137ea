// The orders about requests other than INVITE, BYE and CANCEL, and about answering such requests by hand.

import { UsageError } from '../errors.js'
import type { OrderOf } from './command.js'
import type { Core } from './core.js'
import { hangUp, reinvite, requestWithin, sendNoted } from './in-dialog.js'
import { reply } from './reply.js'
import { newRequest } from './submit.js'
import type { HeaderLine } from './text.js'
import { answeredRaw } from './uas.js'
import { placeCall } from './uac.js'

/** Methods whose Contact matters (RFC 3261 table 2, RFC 6665, RFC 3311, RFC 3515). */
const WITH_CONTACT = ['OPTIONS', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'UPDATE']

export function request(core: Core, order: OrderOf<'request'>): void {
  if (order.within === true || order.call !== undefined) requestInCall(core, order)
  else requestOutside(core, order)
}

function requestInCall(
  core: Core,
  { method, call: choice, headers: wishes, body = '' }: OrderOf<'request'>,
): void {
  const call = core.calls.choose(
    choice,
    'with a dialog',
    ({ dialog }) => dialog?.state !== 'terminated' && !!dialog,
  )
  if (method === 'INVITE') reinvite(core, call, { body, wishes })
  else if (method === 'BYE') hangUp(core, call.dialog!, wishes)
  else requestWithin(core, call, method, { headers: headersFor(core, method), wishes, body })
}

function requestOutside(core: Core, order: OrderOf<'request'>): void {
  const { method, headers: wishes, body = '', routes = [] } = order
  const target = core.identity.targetUri(order.target ?? core.identity.aor)
  if (method === 'ACK' || method === 'CANCEL')
    throw new UsageError(`${method} belongs to a call; outside of one send it with the order raw`)
  if (method === 'INVITE') {
    placeCall(core, {
      target,
      ...(wishes === undefined ? {} : { headers: wishes }),
      body: order.body ?? null,
    })
    return
  }
  const headers = headersFor(core, method)
  const ids = { callId: core.identity.newCallId(), tag: core.identity.newTag() }
  sendNoted(core, newRequest(core, { method, uri: target, to: target, ids, routes, headers, wishes, body }))
}

function headersFor(core: Core, method: string): HeaderLine[] {
  return WITH_CONTACT.includes(method) ? [core.identity.contactLine()] : []
}

export function respond(core: Core, order: OrderOf<'respond'>): void {
  const { status, method, reason, headers: wishes, body } = order
  const fits = (one: { request: { method: string } }) => method === undefined || one.request.method === method
  const server = core.stack.servers.unanswered().find(fits)
  if (server === undefined)
    throw new UsageError(`phone ${core.options.name} has no unanswered ${method ?? 'request'} to respond to`)
  const makesDialog = server.invite && status > 100 && status < 300
  const headers = makesDialog ? [core.identity.contactLine()] : []
  if (reply(core, server, status, { reason, headers, wishes, body })) answeredRaw(core, server, status)
}
