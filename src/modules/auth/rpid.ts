// The Remote-Party-ID that the database holds for a user (draft-ietf-sip-privacy, as SER's auth has it).

import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import type { Value } from '../../script/contract.js'
import { parseNameAddr } from '../../sip/name-addr.js'
import { parseUri } from '../../sip/uri.js'

const CONTROL = /[\u0000-\u001f\u007f]/
const E164 = /^\+[0-9]{2,15}$/

/** Adds the header; nothing, and still true, when there is no rpid (SER). */
export function appendRpid(
  context: Context,
  rpid: string | undefined,
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
): Value {
  if (rpid === undefined || rpid === '') return 1
  if (CONTROL.test(rpid)) {
    context.log(-1, 'ERROR: auth: the rpid has control characters, no Remote-Party-ID is added')
    return -1
  }
  context.append(`Remote-Party-ID: ${prefix}${rpid}${suffix}\r\n`)
  return 1
}

/** "<sip:+4930123@example.com>", also without brackets. */
export function isRpidE164(rpid: string | undefined): Value {
  if (rpid === undefined) return -1
  const address = parseNameAddr(rpid, 0, rpid.length)
  const uri = address instanceof Malformed ? address : parseUri(address.uri)
  return !(uri instanceof Malformed) && E164.test(uri.user ?? '') ? 1 : -1
}
