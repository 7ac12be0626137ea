// The orders about calls.

import type { Call } from './call.js'
import { cancelCall } from './cancel.js'
import type { CallChoice, OrderOf, PhoneVerb } from './command.js'
import type { Core } from './core.js'
import { acknowledge, hangUp, reinvite, settledDialog } from './in-dialog.js'
import { writeOfferOf } from './media.js'
import { transfer } from './refer.js'
import { answerCall, progress, rejectCall } from './uas.js'
import { placeCall } from './uac.js'

/** What is done for each verb. */
export type OrderBook = { readonly [verb in PhoneVerb]: (core: Core, order: OrderOf<verb>) => void }

export const CALL_ORDERS = {
  call: (core, order) => void placeCall(core, order),
  ring: (core, { call }) => progress(core, incoming(core, call), { status: 180 }),
  progress: (core, order) => progress(core, incoming(core, order.call), order),
  answer: (core, order) => answerCall(core, incoming(core, order.call), order),
  reject: (core, order) => rejectCall(core, incoming(core, order.call), order),
  redirect: (core, order) => rejectCall(core, incoming(core, order.call), order),
  cancel: (core, { call, headers }) => {
    const wanted = core.calls.choose(
      call,
      'to cancel',
      ({ role, isPending }) => role === 'caller' && isPending,
    )
    cancelCall(core, wanted, headers)
  },
  hangup,
  acknowledge: (core, { call, body }) => {
    const answered = core.calls.choose(call, 'to acknowledge', ({ dialog }) => dialog?.invite !== undefined)
    acknowledge(core, answered.dialog!, body)
  },
  hold: (core, { call }) => setHold(core, established(core, call), true),
  resume: (core, { call }) => setHold(core, established(core, call), false),
  reinvite: (core, { call, headers, body }) => {
    const chosen = established(core, call)
    chosen.sdpVersion++
    const offer = body === undefined ? writeOfferOf(core, chosen) : (body ?? '')
    reinvite(core, chosen, { body: offer, wishes: headers })
  },
  transfer: (core, { call, target }) => transfer(core, established(core, call), target),
} as const satisfies Partial<OrderBook>

function incoming(core: Core, choice: CallChoice | undefined): Call {
  return core.calls.choose(choice, 'to answer', ({ role, isPending }) => role === 'callee' && isPending)
}

function established(core: Core, choice: CallChoice | undefined): Call {
  return core.calls.choose(choice, 'that is established', ({ state }) => state === 'established')
}

function hangup(core: Core, { call, headers }: OrderOf<'hangup'>): void {
  const chosen = core.calls.choose(call, 'to hang up', ({ isOpen }) => isOpen)
  const { role, state, dialog } = chosen
  if (chosen.isPending && role === 'caller') cancelCall(core, chosen, headers)
  else if (chosen.isPending)
    rejectCall(core, chosen, { status: 603, ...(headers === undefined ? {} : { headers }) })
  // RFC 3261 §15: the callee must have the ACK first.
  else if (role === 'callee' && state === 'answered') chosen.hangupWanted = true
  else if (dialog !== undefined) hangUp(core, dialog, headers)
}

function setHold(core: Core, call: Call, held: boolean): void {
  const { heldByUs: before } = call
  settledDialog(call)
  call.heldByUs = held
  call.sdpVersion++
  const refused = (): void => void (call.heldByUs = before)
  reinvite(core, call, { body: writeOfferOf(core, call), wishes: undefined, refused })
}
