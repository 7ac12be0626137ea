// SIP and SIPS URIs (RFC 3261 §19.1), read as SER reads them: the parts keep their text, so that a rewritten URI
// differs only where the script rewrote it. Comparison by §19.1.4 is compare.ts's.

import { Malformed } from '../errors.js'

export interface Uri {
  readonly text: string
  /** Lower case: "sip" or "sips". */
  readonly scheme: 'sip' | 'sips'
  /** As written, with user parameters, without the password; undefined when there is no user part. */
  readonly user: string | undefined
  readonly password: string | undefined
  /** As written; an IPv6 reference keeps its brackets. */
  readonly host: string
  /** The port's digits; undefined when absent. */
  readonly port: number | undefined
  /** ";a=b;c" as written, or "". */
  readonly params: string
  /** "?a=b&c=d" as written, or "". */
  readonly headers: string
}

const SCHEME = /^sips?:/i
const HOST_PORT = /^(\[[0-9a-fA-F:.]+\]|[^:;?[\]<>"\s@]+)(?::(\d{0,10}))?(;[^?]*)?(\?.*)?$/s

/** Reads a SIP or SIPS URI. Any other scheme is Malformed with status 416 (RFC 3261 §8.2.2.1). */
export function parseUri(text: string): Uri | Malformed {
  const scheme = SCHEME.exec(text)
  if (scheme === null) {
    const other = /^[a-z][a-z0-9+.-]*:/i.test(text)
    return new Malformed(
      0,
      other ? 'the URI scheme is not sip or sips' : 'the URI has no scheme',
      other ? 416 : 400,
    )
  }
  const begin = scheme[0].length
  const at = text.indexOf('@', begin)
  const rest = HOST_PORT.exec(text.slice(at < 0 ? begin : at + 1))
  if (rest === null || text.length < 5) return new Malformed(Math.max(at, begin), 'the URI has no valid host')
  let user: string | undefined
  let password: string | undefined
  if (at >= 0) {
    const info = text.slice(begin, at)
    const colon = info.indexOf(':')
    user = colon < 0 ? info : info.slice(0, colon)
    if (colon >= 0) password = info.slice(colon + 1)
  }
  const port = rest[2] === undefined || rest[2] === '' ? undefined : Number(rest[2])
  if (port !== undefined && port > 65535) return new Malformed(text.length, 'the URI has a port above 65535')
  return {
    text,
    scheme: begin === 5 ? 'sips' : 'sip',
    user,
    password,
    host: rest[1]!,
    port,
    params: rest[3] ?? '',
    headers: rest[4] ?? '',
  }
}

/** A URI parameter's value by its lower-case name: '' when it has none, undefined when it is absent. */
export function uriParam(uri: Uri, name: string): string | undefined {
  if (uri.params === '') return undefined
  for (const param of uri.params.slice(1).split(';')) {
    const equals = param.indexOf('=')
    const key = (equals < 0 ? param : param.slice(0, equals)).trim().toLowerCase()
    if (key === name) return equals < 0 ? '' : param.slice(equals + 1).trim()
  }
  return undefined
}

/** Host without the brackets of an IPv6 reference, lower case. */
export function hostOf(uri: { readonly host: string }): string {
  const host = uri.host.startsWith('[') ? uri.host.slice(1, -1) : uri.host
  return host.toLowerCase()
}

/** Undoes %HH escapes (RFC 3261 §19.1.2); what is no valid escape stays as it is. */
export function unescape(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}
