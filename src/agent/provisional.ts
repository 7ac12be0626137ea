// Provisional responses to our INVITE: what the caller hears, and the early dialogs they make (RFC 3261 §13.2.2.1).

import type { Message } from '../sip/message.js'
import type { Call } from './call.js'
import { sendCancel } from './cancel.js'
import { contactUri } from './contacts.js'
import type { Core } from './core.js'
import { callerDialog, type Dialog } from './dialog.js'
import { takeRemote } from './media.js'
import { acknowledgeProvisional } from './reliable.js'
import type { Outgoing } from './submit.js'

/** Dialogs of one call; what further forks send is dropped. */
export const FORKS_MAX = 100
/** Provisional statuses kept of one call. */
const PROVISIONALS_MAX = 100

/** A 1xx to our INVITE. */
export function onProvisional(core: Core, call: Call, outgoing: Outgoing, message: Message): void {
  const { status, reason } = message
  if (call.isPending && takesEffect(core, call, outgoing, message)) {
    call.status = status
    call.reason = reason
    call.state = phaseOf(status, call)
    call.provisionals.push(status)
    if (call.provisionals.length > PROVISIONALS_MAX) call.provisionals.shift()
    if (status >= 180 && status < 190) call.ringback++
    if (status > 100 && message.body !== '') {
      call.earlyMedia = true
      takeRemote(call, message)
    }
    core.note(`call ${call.id} ${status} ${reason}`)
  }
  if (call.cancelWanted) sendCancel(core, call)
}

/** Makes the early dialog of a 1xx; false when the 1xx is a copy of a reliable one, or of one fork too many. */
function takesEffect(core: Core, call: Call, outgoing: Outgoing, message: Message): boolean {
  if (message.status === 100 || message.toTag === undefined) return true
  const dialog = earlyDialog(core, call, outgoing, message)
  if (dialog === undefined || !acknowledgeProvisional(core, dialog, message)) return false
  call.dialog = dialog
  call.remoteTag = message.toTag
  return true
}

/** A 100 behind a 180 takes nothing back. */
function phaseOf(status: number, call: Call): Call['state'] {
  if (status === 100) return call.state === 'calling' ? 'proceeding' : call.state
  return status >= 180 && status <= 182 ? 'ringing' : 'early'
}

function earlyDialog(core: Core, call: Call, outgoing: Outgoing, message: Message): Dialog | undefined {
  const known = dialogOf(call, message)
  if (known !== undefined) {
    const target = contactUri(message)
    if (known.state === 'early' && target !== undefined) known.target = target
    return known
  }
  if (call.dialogs.length >= FORKS_MAX) return undefined
  const dialog = callerDialog(call, outgoing, message)
  core.dialogs.add(dialog)
  return dialog
}

/** The dialog of this call that a response belongs to. */
export function dialogOf(call: Call, message: Message): Dialog | undefined {
  return call.dialogs.find(({ remoteTag }) => remoteTag === (message.toTag ?? ''))
}
