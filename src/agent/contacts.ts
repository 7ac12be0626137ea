// Contact headers, read and written (RFC 3261 §20.10).

import { Malformed } from '../errors.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import type { ContactWish } from './behaviour.js'
import type { BindingState } from './state.js'

const BINDINGS_MAX = 1000

/** The URI of the first Contact; undefined when there is none, or none that can be read. */
export function contactUri(message: Message): string | undefined {
  return contactUris(message)[0]
}

/** The URIs of all Contacts, those with a higher q first (RFC 3261 §8.1.3.4). */
export function contactUris(message: Message): string[] {
  const found: { uri: string; q: number }[] = []
  for (const value of message.valuesOf(Header.CONTACT)) {
    const parsed = parseNameAddr(value, 0, value.length)
    if (parsed instanceof Malformed || parsed.uri === '*') continue
    const q = Number(parsed.params.get('q') ?? 1)
    found.push({ uri: parsed.uri, q: Number.isFinite(q) ? q : 1 })
  }
  return found.sort((one, two) => two.q - one.q).map(({ uri }) => uri)
}

/** <uri>;q=0.5;expires=60 */
export function contactValue({ uri, q, expiresS }: ContactWish): string {
  return `<${uri}>${q === undefined ? '' : `;q=${q}`}${expiresS === undefined ? '' : `;expires=${expiresS}`}`
}

/** The Contacts of a response to REGISTER. */
export function bindingsOf(message: Message): BindingState[] {
  const bindings: BindingState[] = []
  for (const value of message.valuesOf(Header.CONTACT).slice(0, BINDINGS_MAX)) {
    const contact = parseNameAddr(value, 0, value.length)
    if (contact instanceof Malformed) continue
    bindings.push({
      uri: contact.uri,
      q: numberOf(contact.params.get('q')),
      expiresS: numberOf(contact.params.get('expires')),
    })
  }
  return bindings
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}(\.\d{1,3})?$/.test(text) ? Number(text) : undefined
}
