// After the 2xx: the callee waits for the ACK, whoever it was that offered (RFC 3261 §13.3.1.4).

import type { Message } from '../sip/message.js'
import type { Core } from './core.js'
import { cseqNumber, type Dialog } from './dialog.js'
import { hangUp } from './in-dialog.js'
import { descriptionOf, takeRemote } from './media.js'
import { Repeat } from './repeat.js'
import type { ServerTransaction } from './server.js'

/** Waits for the ACK of a 2xx; without one the call is ended (RFC 3261 §13.3.1.4). */
export function awaitAck(core: Core, dialog: Dialog, server: ServerTransaction): void {
  const { call } = dialog
  const { hop, response, request } = server
  const repeated = { number: cseqNumber(request), hop, response, capped: true }
  dialog.ackWait = new Repeat(core.stack, repeated, (acknowledged) => {
    dialog.ackWait = undefined
    if (!acknowledged) call.reason = 'no ACK'
    else if (call.state === 'answered') {
      call.state = 'established'
      call.established = core.stack.now
      core.note(`call ${call.id} established`)
    }
    if (call.isOpen && (!acknowledged || call.hangupWanted)) hangUp(core, dialog)
  })
}

/** An ACK that belongs to a 2xx of ours, or to nothing (RFC 3261 §13.3.1.4). */
export function onAck(core: Core, message: Message): void {
  const dialog = core.dialogs.find(message)
  const { ackWait } = dialog ?? {}
  if (dialog === undefined || ackWait === undefined || ackWait.number !== cseqNumber(message)) {
    if (dialog === undefined) core.stack.drop('an ACK without a dialog', message.text)
    return
  }
  const { call } = dialog
  // The answer to the offer in our 2xx comes in the ACK.
  if (call.offerOpen || descriptionOf(message) !== undefined) takeRemote(call, message)
  call.offerOpen = false
  ackWait.stop(true)
}
