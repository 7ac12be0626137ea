// Transfer (RFC 3515): the transferor's REFER, and the transferee who calls the Refer-To URI and tells how it went.

import { Malformed } from '../errors.js'
import { parseNameAddr } from '../sip/name-addr.js'
import type { Call } from './call.js'
import type { Core } from './core.js'
import type { Dialog } from './dialog.js'
import { requestWithin } from './in-dialog.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import { placeCall } from './uac.js'

/** Asks the other side of a call to call `target`. */
export function transfer(core: Core, call: Call, target: string): void {
  requestWithin(core, call, 'REFER', {
    headers: [
      ['Refer-To', `<${core.identity.targetUri(target)}>`],
      ['Referred-By', `<${core.identity.aor}>`],
    ],
  })
}

/** A REFER within a call: 202, then a call, and NOTIFYs about it (RFC 3515 §2.4.4). */
export function onRefer(core: Core, server: ServerTransaction, dialog: Dialog): void {
  const value = server.request.headerNamed('Refer-To')
  const referTo = value === undefined ? undefined : parseNameAddr(value, 0, value.length)
  if (referTo === undefined || referTo instanceof Malformed) {
    reply(core, server, 400, { reason: 'Bad Refer-To' })
    return
  }
  reply(core, server, 202, { headers: [core.identity.contactLine()] })
  notify(core, dialog, 'active;expires=60', 'SIP/2.0 100 Trying')
  const call = placeCall(core, { target: referTo.uri })
  call.outcome = () => {
    const { status, reason } = call
    notify(core, dialog, 'terminated;reason=noresource', `SIP/2.0 ${status} ${reason}`)
  }
}

function notify(core: Core, dialog: Dialog, state: string, statusLine: string): void {
  if (dialog.state === 'terminated') return
  requestWithin(core, dialog.call, 'NOTIFY', {
    headers: [
      ['Event', 'refer'],
      ['Subscription-State', state],
      core.identity.contactLine(),
      ['Content-Type', 'message/sipfrag;version=2.0'],
    ],
    body: `${statusLine}\r\n`,
  })
}
