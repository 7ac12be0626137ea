// Incoming requests within a dialog (RFC 3261 §12.2.2).

import { capabilities, lacksSupport } from './checks.js'
import type { Core } from './core.js'
import { cseqNumber, type Dialog } from './dialog.js'
import { onRefer } from './refer.js'
import { onPrack } from './reliable.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import { onBye, onReinvite, onUpdate } from './session.js'

/** A request with a To tag; `dialog` is the one it names, if there is one. */
export function within(core: Core, server: ServerTransaction, dialog: Dialog | undefined): void {
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
  else if (request.method === 'PRACK') onPrack(core, server, dialog)
  else if (request.method === 'UPDATE') onUpdate(core, server, dialog)
  else if (request.method === 'REFER') onRefer(core, server, dialog)
  else reply(core, server, 200, { headers: request.method === 'OPTIONS' ? capabilities(core) : [] })
}
