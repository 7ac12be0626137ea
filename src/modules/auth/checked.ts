// Credentials of a request, found and read: those for a realm, out of all that may stand there (RFC 3261 §22.3).

import { Malformed } from '../../errors.js'
import { credentialsOf, readDigest, type Credentials } from '../../sip/digest.js'
import type { Message } from '../../sip/message.js'
import { Header } from '../../sip/names.js'

/** Who asks for credentials: a server for itself (401), or a proxy on the way (407). */
export type Asker = 'www' | 'proxy'

/** The headers of an asker, and how it says no. */
export const ASKERS = {
  www: {
    credentials: Header.AUTHORIZATION,
    challenge: 'WWW-Authenticate',
    status: 401,
    reason: 'Unauthorized',
  },
  proxy: {
    credentials: Header.PROXY_AUTHORIZATION,
    challenge: 'Proxy-Authenticate',
    status: 407,
    reason: 'Proxy Authentication Required',
  },
} as const

export interface Found {
  readonly credentials: Credentials
  /** Index of their header. */
  readonly index: number
}

/** The credentials for `realm`; undefined: there are none. Malformed: none can be read, or ours are incomplete. */
export function findCredentials(
  message: Message,
  asker: Asker,
  realm: string,
): Found | Malformed | undefined {
  const id = ASKERS[asker].credentials
  let unreadable: Malformed | undefined
  for (let index = message.find(id); index >= 0; index = message.find(id, index + 1)) {
    const params = readDigest(message.valueOf(index))
    if (params instanceof Malformed) unreadable = params
    else if (params?.get('realm')?.toLowerCase() === realm.toLowerCase()) {
      const credentials = credentialsOf(params)
      return credentials instanceof Malformed ? credentials : { credentials, index }
    }
  }
  return unreadable
}
