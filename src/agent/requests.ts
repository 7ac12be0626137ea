// Incoming requests: checked (RFC 3261 §8.2), then given to the dialog or call they are about.

import { Malformed } from '../errors.js'
import { Header } from '../sip/names.js'
import { validateRequest } from '../sip/validate.js'
import type { Core } from './core.js'
import { cseqNumber, type Dialog } from './dialog.js'
import { onRefer } from './refer.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import { onBye, onCancel, onReinvite, onUpdate } from './session.js'
import { onCall } from './uas.js'

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
  else if (!core.identity.understands(method))
    reply(core, server, 405, { headers: [core.identity.allowLine()] })
  else if (request.toTag !== undefined) within(core, server, core.dialogs.find(request))
  else outside(core, server)
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
function capabilities(core: Core): (readonly [string, string])[] {
  return [
    core.identity.contactLine(),
    core.identity.allowLine(),
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

/** The option tags that a request requires and the phone does not support. */
function unsupported(core: Core, server: ServerTransaction): string[] {
  const required = server.request.valuesOf(Header.REQUIRE)
  return required.filter((tag) => !core.behaviour.supported.includes(tag.toLowerCase()))
}
