// Incoming requests: checked (RFC 3261 §8.2), then given to the dialog or call they are about.

import { Malformed } from '../errors.js'
import { isKnownMethod } from '../sip/methods.js'
import { validateRequest } from '../sip/validate.js'
import { answerOptions, lacksSupport, merged } from './checks.js'
import type { Core } from './core.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import { onCancel } from './session.js'
import { onCall } from './uas.js'
import { within } from './within.js'

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
    reply(core, server, isKnownMethod(method) ? 405 : 501, { headers: [core.identity.allowLine()] })
  else if (request.toTag !== undefined) within(core, server, core.dialogs.find(request))
  else outside(core, server)
}

/** A request that opens something. */
function outside(core: Core, server: ServerTransaction): void {
  const { method } = server.request
  const uri = server.request.uri()
  if (uri instanceof Malformed) reply(core, server, uri.status)
  // RFC 3261 §12.1.1: whoever called it securely would have to get a sips Contact.
  else if (uri.scheme === 'sips' && !core.identity.isSecure) reply(core, server, 416)
  else if (merged(core, server)) reply(core, server, 482)
  else if (lacksSupport(core, server)) return
  else if (method === 'INVITE') onCall(core, server)
  else if (!core.behaviour.replies) return
  else if (!NO_DIALOG_NEEDED.includes(method)) reply(core, server, method === 'REFER' ? 603 : 481)
  else if (method === 'OPTIONS') answerOptions(core, server)
  else reply(core, server, 200)
}
