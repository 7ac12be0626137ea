// Orders: one function a verb (command.ts says what each means). An order that cannot be carried out is a UsageError.

import { UsageError } from '../errors.js'
import { changed } from './behaviour.js'
import type { Call } from './call.js'
import type { CallChoice, OrderOf, PhoneCommand, PhoneVerb } from './command.js'
import type { Core } from './core.js'
import { acknowledge, hangUp, reinvite, requestWithin, sendNoted } from './in-dialog.js'
import { writeOfferOf } from './media.js'
import type { RawSender } from './raw.js'
import { transfer } from './refer.js'
import type { Registration } from './registration.js'
import { reply } from './reply.js'
import type { HeaderLine } from './text.js'
import { answerCall, answeredRaw, progress, rejectCall } from './uas.js'
import { cancelCall, placeCall } from './uac.js'

/** What orders work on. */
export interface OrderTarget {
  readonly core: Core
  readonly registration: Registration
  readonly raw: RawSender
}

type Orders = { readonly [verb in PhoneVerb]: (phone: OrderTarget, order: OrderOf<verb>) => void }

const incoming = (core: Core, choice: CallChoice | undefined): Call =>
  core.choose(choice, 'to answer', ({ role, isPending }) => role === 'callee' && isPending)

const established = (core: Core, choice: CallChoice | undefined): Call =>
  core.choose(choice, 'that is established', ({ state }) => state === 'established')

const ORDERS: Orders = {
  register: ({ registration }, order) => registration.register(order),
  unregister: ({ registration }, { headers }) => registration.unregister(headers),
  removeAllBindings: ({ registration }, { headers }) => registration.removeAll(headers),
  queryBindings: ({ registration }, { headers }) => registration.query(headers),
  call: ({ core }, order) => void placeCall(core, order),
  ring: ({ core }, { call }) => progress(core, incoming(core, call), { status: 180 }),
  progress: ({ core }, order) => progress(core, incoming(core, order.call), order),
  answer: ({ core }, order) => answerCall(core, incoming(core, order.call), order),
  reject: ({ core }, order) => rejectCall(core, incoming(core, order.call), order),
  redirect: ({ core }, order) => rejectCall(core, incoming(core, order.call), order),
  cancel: ({ core }, { call, headers }) => {
    const outgoing = core.choose(call, 'to cancel', ({ role, isPending }) => role === 'caller' && isPending)
    cancelCall(core, outgoing, headers)
  },
  hangup,
  acknowledge: ({ core }, { call, body }) => {
    const answered = core.choose(
      call,
      'to acknowledge',
      ({ role, state }) => role === 'caller' && state !== 'failed',
    )
    if (answered.dialog?.invite === undefined)
      throw new UsageError(`call ${answered.id} was not answered yet`)
    acknowledge(core, answered.dialog, body)
  },
  hold: ({ core }, { call }) => setHold(core, established(core, call), true),
  resume: ({ core }, { call }) => setHold(core, established(core, call), false),
  reinvite: ({ core }, { call, headers, body }) => {
    const chosen = established(core, call)
    chosen.sdpVersion++
    const offer = body === undefined ? writeOfferOf(core, chosen) : (body ?? '')
    reinvite(core, chosen, { body: offer, wishes: headers })
  },
  transfer: ({ core }, { call, target }) => transfer(core, established(core, call), target),
  request,
  respond,
  raw: ({ raw }, order) => raw.send(order),
  behave: ({ core }, order) => {
    core.behaviour = changed(core.behaviour, order)
    core.stack.retransmits = core.behaviour.retransmits
  },
}

/** Carries out one order. `command` comes from whoever holds the phone, perhaps out of a log. */
export function carryOut(phone: OrderTarget, command: unknown): void {
  const order = command as PhoneCommand
  const verb = typeof order === 'object' && order !== null ? order.verb : undefined
  if (verb === undefined || !Object.hasOwn(ORDERS, verb))
    throw new UsageError(`a phone has no order "${String(verb)}"; it has ${Object.keys(ORDERS).join(', ')}`)
  const act = ORDERS[verb] as (target: OrderTarget, order: PhoneCommand) => void
  act(phone, order)
}

function hangup({ core }: OrderTarget, { call, headers }: OrderOf<'hangup'>): void {
  const chosen = core.choose(call, 'to hang up', ({ isOpen }) => isOpen)
  if (chosen.isPending && chosen.role === 'caller') cancelCall(core, chosen, headers)
  else if (chosen.isPending)
    rejectCall(core, chosen, { status: 603, ...(headers === undefined ? {} : { headers }) })
  // RFC 3261 §15: the callee must have the ACK first.
  else if (chosen.role === 'callee' && chosen.state === 'answered') chosen.hangupWanted = true
  else if (chosen.dialog !== undefined) hangUp(core, chosen.dialog, headers)
}

function setHold(core: Core, call: Call, held: boolean): void {
  const before = call.heldByUs
  call.heldByUs = held
  call.sdpVersion++
  const refused = (): void => void (call.heldByUs = before)
  reinvite(core, call, { body: writeOfferOf(core, call), wishes: undefined, refused })
}

function request({ core }: OrderTarget, order: OrderOf<'request'>): void {
  const { method, headers: wishes, body = '' } = order
  const within = order.within === true || order.call !== undefined
  if (within) {
    const call = core.choose(order.call, 'with a dialog', ({ dialog }) => dialog !== undefined)
    if (method === 'INVITE') reinvite(core, call, { body, wishes })
    else if (method === 'BYE' && call.dialog !== undefined) hangUp(core, call.dialog, wishes)
    else requestWithin(core, call, method, { headers: contactFor(core, method), wishes, body })
    return
  }
  if (method === 'ACK' || method === 'CANCEL')
    throw new UsageError(`${method} belongs to a call; outside of one send it with the order raw`)
  const target = core.targetUri(order.target ?? core.options.aor)
  if (method === 'INVITE') {
    placeCall(core, {
      target,
      ...(wishes === undefined ? {} : { headers: wishes }),
      body: order.body ?? null,
    })
    return
  }
  const outgoing = {
    ...{
      method,
      uri: target,
      next: undefined,
      routes: order.routes ?? [],
      callId: core.newCallId(),
      cseq: 1,
    },
    ...{ from: `<${core.options.aor}>;tag=${core.newTag()}`, to: `<${target}>`, wishes, body },
    ...{ headers: contactFor(core, method), credentials: new Map<string, HeaderLine>(), attempts: 1 },
    nextCseq: (): number => outgoing.cseq + 1,
  }
  sendNoted(core, outgoing)
}

/** RFC 3261 table 2: a Contact where the method may have one that matters; a body other than SDP says so itself. */
function contactFor(core: Core, method: string): HeaderLine[] {
  const headers: HeaderLine[] = []
  if (['OPTIONS', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'UPDATE'].includes(method))
    headers.push(['Contact', `<${core.contact}>`])
  if (method === 'MESSAGE') headers.push(['Content-Type', 'text/plain'])
  return headers
}

function respond({ core }: OrderTarget, order: OrderOf<'respond'>): void {
  const { status, method, reason, headers: wishes, body } = order
  const server = core.stack.servers
    .unanswered()
    .find((one) => method === undefined || one.request.method === method)
  if (server === undefined)
    throw new UsageError(`phone ${core.options.name} has no unanswered ${method ?? 'request'} to respond to`)
  const headers: HeaderLine[] =
    server.invite && status > 100 && status < 300 ? [['Contact', `<${core.contact}>`]] : []
  if (reply(core, server, status, { reason, headers, wishes, body })) answeredRaw(core, server, status)
}
