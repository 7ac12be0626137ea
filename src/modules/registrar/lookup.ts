// What lookup() makes of the bindings of an address of record: the target set of the request (RFC 3261 §16.5; SER's
// modules).

import { Malformed } from '../../errors.js'
import type { Context, QueuedBranch } from '../../proxy/context.js'
import type { Parameters } from '../../proxy/module.js'
import { isSips } from '../../proxy/resolve.js'
import type { Result } from '../../script/contract.js'
import { sameUri } from '../../sip/compare.js'
import { parseUri } from '../../sip/uri.js'
import { firstHop } from './path.js'
import { CONTACT_NATED, CONTACT_PERMANENT, isUsable, type Contact } from '../usrloc.js'

/** The best usable contact becomes the Request-URI, the others are queued; -5 when there is none. */
export function target(context: Context, contacts: readonly Contact[], params: Parameters): Result {
  const usable = contacts.filter((contact) => isUsable(contact, context.now) && isTarget(context, contact))
  const [first, ...others] = byPhone(usable)
  if (first === undefined) return -5
  if (usable.some(({ flags }) => (flags & CONTACT_NATED) !== 0)) context.setFlag(Number(params.nat_flag))
  const way = branchTo(context, first)
  context.setUri(way.uri)
  context.registered = way
  if (way.destination !== undefined) context.reach(way.destination)
  if (params.append_branches === 0) return 1
  for (const flows of others) {
    const branch = branchTo(context, flows)
    // Without a destination of its own a branch would go to that of the first contact.
    const destination = branch.destination ?? (way.destination === undefined ? undefined : branch.uri)
    if (!context.appendBranch({ ...branch, destination })) break
  }
  return 1
}

/** Contacts in their order; the flows of one phone are one target, tried one after the other (RFC 5626 §7). */
function byPhone(contacts: readonly Contact[]): Contact[][] {
  const phones = new Map<string, Contact[]>()
  const targets: Contact[][] = []
  for (const contact of contacts) {
    const flows = contact.flow && phones.get(contact.flow.instance)
    if (flows !== undefined) flows.push(contact)
    else {
      const target = [contact]
      targets.push(target)
      if (contact.flow !== undefined) phones.set(contact.flow.instance, target)
    }
  }
  return targets
}

function branchTo(context: Context, [contact, ...further]: readonly Contact[]): QueuedBranch {
  const { uri, path, received } = contact!
  return {
    ...{ uri, route: path, destination: path === undefined ? received : firstHop(path) },
    ...bindingOf(context, contact!),
    flows: further.length === 0 ? undefined : further.map((flow) => branchTo(context, [flow])),
  }
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
