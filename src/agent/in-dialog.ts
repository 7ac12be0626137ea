// What either side may send within a call: ACK of a 2xx, BYE, re-INVITE, any other request (RFC 3261 §12.2, §14, §15).

import { UsageError } from '../errors.js'
import type { Message } from '../sip/message.js'
import type { Call } from './call.js'
import type { HeaderWishes } from './command.js'
import type { Core } from './core.js'
import { contactUri } from './contacts.js'
import { routed, type Dialog } from './dialog.js'
import { takeRemote, writeAnswerOf } from './media.js'
import { submit, withinDialog, writeRequest, type Outgoing, type OutgoingUser } from './submit.js'
import type { HeaderLine } from './text.js'

/** Sends the ACK of the dialog's last 2xx; it answers the offer of the 2xx when the INVITE had none (§13.2.2.4). */
export function acknowledge(core: Core, dialog: Dialog, body?: string | null): void {
  const { invite, call } = dialog
  if (invite === undefined) return
  const owesAnswer = invite.body === '' && call.sdpRemote !== undefined
  const answer = owesAnswer ? writeAnswerOf(core, call, call.sdpRemote!) : ''
  if (owesAnswer && body === undefined) call.sdpLocal = answer
  const { uri, routes, next } = routed(dialog.target, dialog.routeSet)
  const { cseq, credentials } = invite
  const ack: Outgoing = {
    method: 'ACK',
    uri,
    next,
    routes,
    from: dialog.sides.local,
    to: dialog.sides.remote,
    callId: dialog.callId,
    cseq,
    headers: [],
    wishes: undefined,
    body: body === undefined ? answer : (body ?? ''),
    credentials,
    attempts: 1,
    nextCseq: () => cseq,
  }
  core.locator.direct(next, (hop) => {
    if (hop === undefined) {
      core.note(`call ${call.id}: no address to send the ACK to (${next})`)
      return
    }
    const bytes = writeRequest(core, ack, hop, core.identity.newBranch())
    dialog.ack = { cseq, resend: () => core.stack.send(hop, bytes) }
    core.stack.send(hop, bytes)
  })
  if (call.dialog === dialog && call.state === 'answered') {
    call.state = 'established'
    core.note(`call ${call.id} established`)
  }
}

/** Ends a dialog with BYE. The session is over as soon as the BYE goes out (§15.1.1). */
export function hangUp(core: Core, dialog: Dialog, wishes?: HeaderWishes): void {
  const { call } = dialog
  if (call.dialog === dialog && call.isOpen) {
    call.endedBy = 'local'
    core.finish(call, 'ended')
  }
  dialog.ackWait?.abandon()
  const done = (status: number): void => {
    if (call.dialog === dialog) call.byeStatus = status
    core.dialogs.drop(dialog)
  }
  submit(core, withinDialog(core, dialog, 'BYE', { wishes }), {
    response: ({ status }) => {
      if (status >= 200) done(status)
    },
    failed: done,
  })
}

export interface Reinvite {
  readonly body: string
  readonly wishes: HeaderWishes | undefined
  /** Called when it was refused. */
  readonly refused?: () => void
}

/** The dialog of a call in which no INVITE is open; UsageError when there is one. */
export function settledDialog(call: Call): Dialog {
  const { dialog } = call
  if (dialog !== undefined && dialog.reinvite === undefined && dialog.ackWait === undefined) return dialog
  throw new UsageError(`call ${call.id} has an INVITE that is not settled yet; wait for it (RFC 3261 §14.1)`)
}

/** Offers a change of the session (§14.1). */
export function reinvite(core: Core, call: Call, wish: Reinvite): void {
  const dialog = settledDialog(call)
  const outgoing = withinDialog(core, dialog, 'INVITE', wish)
  const settled = noted(core, outgoing)
  submit(core, outgoing, {
    sent: (transaction) => void (dialog.reinvite = transaction),
    response: (message) => {
      if (message.status >= 200) settled(message.status, message.reason)
      onReinviteResponse(core, dialog, outgoing, wish, message)
    },
    failed: (status) => {
      settled(status, '')
      dialog.reinvite = undefined
      wish.refused?.()
      // §14.1, §12.2.1.2: the other side is gone.
      if (status === 408 && call.isOpen) hangUp(core, dialog)
    },
  })
}

function onReinviteResponse(
  core: Core,
  dialog: Dialog,
  outgoing: Outgoing,
  wish: Reinvite,
  message: Message,
): void {
  const { status } = message
  const { call } = dialog
  if (status < 200) return
  if (status < 300) {
    onReinviteAnswered(core, dialog, outgoing, message)
    return
  }
  dialog.reinvite = undefined
  wish.refused?.()
  if (status === 491) retryReinvite(core, call, wish)
  else if (status === 481) {
    core.finish(call, 'ended')
    core.dialogs.drop(dialog)
  } else if (status === 408 && call.isOpen) hangUp(core, dialog)
}

function onReinviteAnswered(core: Core, dialog: Dialog, outgoing: Outgoing, message: Message): void {
  const { call } = dialog
  if (dialog.ack?.cseq === outgoing.cseq) {
    dialog.ack.resend()
    return
  }
  dialog.reinvite = undefined
  dialog.invite = outgoing
  dialog.target = contactUri(message) ?? dialog.target
  if (outgoing.body !== '') call.sdpLocal = outgoing.body
  takeRemote(call, message)
  if (core.behaviour.acknowledges) acknowledge(core, dialog)
}

/** §14.1: both offered at once; whoever made the Call-ID waits longer, in units of 10 ms. */
function retryReinvite(core: Core, call: Call, wish: Reinvite): void {
  const waitMs =
    call.role === 'caller' ? 2100 + 10 * core.options.random.below(191) : 10 * core.options.random.below(201)
  const again = (): void => {
    const free = call.dialog?.reinvite === undefined && call.dialog?.ackWait === undefined
    if (call.state === 'established' && free) reinvite(core, call, wish)
  }
  core.stack.after(waitMs, again, 'glare')
}

/** Any other request within the call's dialog. */
export function requestWithin(
  core: Core,
  call: Call,
  method: string,
  parts: {
    readonly headers?: readonly HeaderLine[]
    readonly wishes?: HeaderWishes | undefined
    readonly body?: string
  },
): void {
  const { dialog } = call
  if (dialog === undefined)
    throw new UsageError(`call ${call.id} has no dialog yet; nothing but CANCEL can be sent in it`)
  sendNoted(core, withinDialog(core, dialog, method, parts), (message) => {
    // §12.2.2, RFC 3311 §5.2: UPDATE refreshes the target and answers the offer.
    if (method === 'UPDATE' && message.status >= 200 && message.status < 300) {
      dialog.target = contactUri(message) ?? dialog.target
      takeRemote(call, message)
    }
    // §12.2.1.2
    if (message.status === 481 && dialog.state === 'confirmed') {
      core.finish(call, 'ended')
      core.dialogs.drop(dialog)
    }
  })
}

/** Sends a request and notes what becomes of it. */
export function sendNoted(core: Core, outgoing: Outgoing, onFinal?: (message: Message) => void): void {
  const settled = noted(core, outgoing)
  const user: OutgoingUser = {
    response: (message) => {
      if (message.status < 200) return
      settled(message.status, message.reason)
      onFinal?.(message)
    },
    failed: (status) => settled(status, ''),
  }
  submit(core, outgoing, user)
}

function noted(core: Core, { method, callId }: Outgoing): (status: number, reason: string) => void {
  const record = { at: core.stack.now, method, callId, status: 0, reason: '' }
  core.notes.request(record)
  return (status, reason) => {
    // What the network says after the final response changes nothing.
    if (record.status !== 0) return
    record.status = status
    record.reason = reason
    core.note(`${method} ${status} ${reason}`.trimEnd())
  }
}
