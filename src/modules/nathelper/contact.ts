// The first Contact of a message, and where it stands, so that its address can be put right (SER module nathelper).

import type { Address } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import { hostText } from '../../proxy/outgoing.js'
import type { Edit } from '../../sip/edit.js'
import type { Message } from '../../sip/message.js'
import { Header } from '../../sip/names.js'
import { parseNameAddr, splitList } from '../../sip/name-addr.js'
import { skipSpaces } from '../../sip/octets.js'
import { parseUri, type Uri } from '../../sip/uri.js'

export interface FirstContact {
  readonly uri: Uri
  /** Where the URI begins in the message. */
  readonly at: number
}

/** The first Contact's URI; undefined when there is none that can be read ("*" is none). */
export function firstContact(message: Message): FirstContact | undefined {
  const index = message.find(Header.CONTACT)
  if (index < 0) return undefined
  const [first] = splitList(message.text, message.valueStart(index), message.valueEnd(index))
  const address = first && parseNameAddr(message.text, first[0], first[1])
  if (first === undefined || address === undefined || address instanceof Malformed) return undefined
  const uri = parseUri(address.uri)
  if (uri instanceof Malformed) return undefined
  // The display name may hold the same text.
  const behindName = skipSpaces(message.text, first[0], first[1]) + address.display.length
  return { uri, at: message.text.indexOf(address.uri, behindName) }
}

/** The ends of all Contact values, where parameters can be added. */
export function contactEnds(message: Message): number[] {
  const ends: number[] = []
  for (let index = message.find(Header.CONTACT); index >= 0; index = message.find(Header.CONTACT, index + 1))
    for (const [start, end] of splitList(message.text, message.valueStart(index), message.valueEnd(index)))
      if (message.text.slice(start, end) !== '*') ends.push(end)
  return ends
}

/** Puts another address into a URI: the edit, and the URI as it is then. */
export function readdressed(
  { uri, at }: FirstContact,
  remote: Address,
): { readonly edit: Edit; readonly text: string } {
  const end = uri.text.length - uri.params.length - uri.headers.length
  const start = uri.text.indexOf('@') + 1 || uri.scheme.length + 1
  const put = `${hostText(remote.address)}:${remote.port}`
  return {
    edit: { at: at + start, cut: end - start, put },
    text: uri.text.slice(0, start) + put + uri.text.slice(end),
  }
}
