// Addresses as permissions compares them: sip:user@host, without parameters, port and password.

import { Malformed } from '../../errors.js'
import { parseUri } from '../../sip/uri.js'

/** Longer ones are no addresses (SER). */
const URI_LENGTH_MAX = 1024
/** Letters that mean the same with and without an escape (RFC 3261 §19.1.2); others, as @, stay escaped. */
const SAME_UNESCAPED = /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/

/** "sip:user@host" or "sip:host"; undefined when it is no such URI. Nobody gets by a rule by escaping a digit. */
export function plainUri(text: string): string | undefined {
  const uri = text.length > URI_LENGTH_MAX ? undefined : parseUri(text)
  if (uri === undefined || uri instanceof Malformed) return undefined
  return uri.user === undefined ? `sip:${uri.host}` : `sip:${normal(uri.user)}@${uri.host}`
}

function normal(user: string): string {
  return user.replace(/%([0-9a-f]{2})/gi, (escape, digits: string) => {
    const letter = String.fromCharCode(parseInt(digits, 16))
    return SAME_UNESCAPED.test(letter) ? letter : escape.toUpperCase()
  })
}
