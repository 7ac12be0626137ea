// Module uac_redirect: recursion on redirections in a failure route (RFC 3261 §16.5; as OpenSER's module of this name).
//
// Contacts already tried, and the URI that was asked for, are not tried again: a redirection loop ends at once.

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { ModuleRecord } from '../proxy/module.js'
import type { ArgumentKind, Result } from '../script/contract.js'
import { sameUri } from '../sip/compare.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import { parseUri } from '../sip/uri.js'
import { parseQ } from './registrar/contacts.js'
import type { Transaction } from './tm/cell.js'

const LIMIT: ArgumentKind = {
  name: 'number or *',
  fix: (text) => {
    if (text === '*') return Infinity
    if (!/^\d+$/.test(text)) throw new Error('bad number: a count, or "*" for all')
    return Number(text)
  },
}

interface Offer {
  readonly uri: string
  readonly q: number
}

/** The Contacts of all 3xx of the transaction, best q first. */
function offers({ branches }: Transaction): Offer[] {
  const found: Offer[] = []
  for (const { reply, status } of branches) {
    if (reply === undefined || status < 300 || status > 399) continue
    for (const value of reply.valuesOf(Header.CONTACT)) {
      const contact = parseNameAddr(value, 0, value.length)
      if (contact instanceof Malformed) continue
      found.push({ uri: contact.uri, q: parseQ(contact.params.get('q') ?? '1') ?? 1000 })
    }
  }
  return found.sort((one, two) => two.q - one.q)
}

function isTried(uri: string, tried: readonly string[]): boolean {
  const wanted = parseUri(uri)
  if (wanted instanceof Malformed) return true
  return tried.some((text) => {
    const known = parseUri(text)
    return !(known instanceof Malformed) && sameUri(known, wanted)
  })
}

/** The best new contact becomes the Request-URI, further ones are queued; false when there is none. */
function getRedirects(context: Context, limit: number): Result {
  const transaction = context.transaction as Transaction | undefined
  if (transaction === undefined) return -1
  const tried = [context.message.requestUri, ...transaction.branches.map(({ uri }) => uri)]
  const fresh = offers(transaction)
    .filter(({ uri }) => !isTried(uri, tried))
    .slice(0, limit)
  const [best, ...others] = fresh
  if (best === undefined) return -1
  // Whose contacts are called is no answer any more (RFC 3261 §16.7-4).
  if (context.engine.rules.redirectsReplaced)
    for (const branch of transaction.branches)
      if (branch.status >= 300 && branch.status < 400) branch.isReplaced = true
  context.setUri(best.uri)
  for (const { uri } of others) context.appendBranch({ uri })
  return 1
}

export const uacRedirect: ModuleRecord = {
  name: 'uac_redirect',
  file: 'uac_redirect',
  about: 'recursion on redirections',
  needs: ['tm'],
  params: {},
  start: () => ({}),
  functions: {
    get_redirects: {
      args: [LIMIT],
      routes: ['failure'],
      about: 'takes the contacts of a 3xx: the best becomes the Request-URI, further ones are queued',
      call: getRedirects,
    },
  },
}
