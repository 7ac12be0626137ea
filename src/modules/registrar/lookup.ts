// What lookup() makes of the bindings of an address of record: the target set of the request (RFC 3261 §16.5; SER's
// modules).

import { Malformed } from '../../errors.js'
import type { Context, QueuedBranch } from '../../proxy/context.js'
import type { Parameters } from '../../proxy/module.js'
import { isSips } from '../../proxy/resolve.js'
import type { Result } from '../../script/contract.js'
import { sameUri } from '../../sip/compare.js'
import { parseUri } from '../../sip/uri.js'
import { CONTACT_NATED, CONTACT_PERMANENT, isUsable, type Contact } from '../usrloc.js'

/** The best usable contact becomes the Request-URI, the others are queued; -5 when there is none. */
export function target(context: Context, contacts: readonly Contact[], params: Parameters): Result {
  const usable = contacts.filter((contact) => isUsable(contact, context.now) && isTarget(context, contact))
  const [first, ...others] = usable
  if (first === undefined) return -5
  if (usable.some(({ flags }) => (flags & CONTACT_NATED) !== 0)) context.setFlag(Number(params.nat_flag))
  context.setUri(first.uri)
  context.registered = bindingOf(context, first)
  if (first.received !== undefined) context.reach(first.received)
  if (params.append_branches === 0) return 1
  for (const contact of others) {
    // Without a destination of its own a branch would go to that of the first contact.
    const destination = contact.received ?? (first.received === undefined ? undefined : contact.uri)
    if (!context.appendBranch({ uri: contact.uri, ...bindingOf(context, contact), destination })) break
  }
  return 1
}

function bindingOf({ now }: Context, contact: Contact): Pick<QueuedBranch, 'q' | 'expires'> {
  const isPermanent = (contact.flags & CONTACT_PERMANENT) !== 0
  return {
    q: contact.q === undefined ? undefined : String(contact.q / 1000),
    expires: isPermanent ? undefined : Math.ceil((contact.expiresAt - now) / 1000),
  }
}

/** Nobody is sent where he comes from, nor in the clear who must not be (deviations lookupSkipsItself, sipsIsSecure). */
function isTarget(context: Context, { uri }: Contact): boolean {
  const { rules } = context.engine
  if (rules.sipsIsSecure && isSips(context.uri) && !isSips(uri)) return false
  if (!rules.lookupSkipsItself) return true
  if (uri === context.uri) return false
  const own = context.parsedUri()
  const contact = parseUri(uri)
  return own instanceof Malformed || contact instanceof Malformed || !sameUri(own, contact)
}
