// Provisional responses that are acknowledged (RFC 3262, option tag 100rel): both sides of it.

import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import type { Call } from './call.js'
import type { Core } from './core.js'
import { cseqNumber, type Dialog } from './dialog.js'
import { sendNoted } from './in-dialog.js'
import { Repeat } from './repeat.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import { withinDialog } from './submit.js'

const TAG = '100rel'

/** Must, or may, a 1xx to this INVITE be sent reliably? We do whenever both sides can (§3). */
export function wantsReliable(core: Core, { request }: ServerTransaction): boolean {
  if (!core.behaviour.supported.includes(TAG)) return false
  return [...request.valuesOf(Header.REQUIRE), ...request.valuesOf(Header.SUPPORTED)].includes(TAG)
}

/** Repeats the 1xx that was just sent until its PRACK comes; `next` runs then (one at a time: §3). */
export function repeatUntilPrack(core: Core, call: Call): void {
  const dialog = call.dialog!
  const { hop, response } = call.server!
  const repeated = { number: call.rseq, hop, response, capped: false }
  dialog.prackWait = new Repeat(core.stack, repeated, (acknowledged) => {
    dialog.prackWait = undefined
    const waiting = call.afterPrack.splice(0)
    if (acknowledged) for (const act of waiting) act()
    // §3: without PRACK the INVITE is rejected.
    else if (reply(core, call.server!, 504)) core.finish(call, 'failed', 504, 'no PRACK')
  })
}

/** An incoming PRACK (§3). */
export function onPrack(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const { prackWait } = dialog
  const rack = /^(\d+)\s+\d+\s+INVITE$/.exec(server.request.headerNamed('RAck') ?? '')
  if (prackWait === undefined || rack === null || Number(rack[1]) !== prackWait.number) {
    reply(core, server, 481)
    return
  }
  reply(core, server, 200)
  prackWait.stop(true)
}

/** A 1xx came: acknowledges it when it is reliable. False: it is a copy, or one too early, and counts for nothing (§4). */
export function acknowledgeProvisional(core: Core, dialog: Dialog, message: Message): boolean {
  const rseq = Number(message.headerNamed('RSeq') ?? NaN)
  const reliable = message.valuesOf(Header.REQUIRE).includes(TAG) && Number.isSafeInteger(rseq)
  if (!reliable || !core.behaviour.supported.includes(TAG)) return true
  if (dialog.remoteRseq !== undefined && rseq !== dialog.remoteRseq + 1) return false
  dialog.remoteRseq = rseq
  const rack = `${rseq} ${cseqNumber(message)} INVITE`
  sendNoted(core, withinDialog(core, dialog, 'PRACK', { headers: [['RAck', rack]] }))
  return true
}
