// What a URI says of the next hop: host, port and transport (the SER core; RFC 3261 §16.6-7, §19.1.1, RFC 3263 §4.1). The
// addresses are locate.ts's.

import type { Transport } from '../endpoint.js'
import { uriParam, type Uri } from '../sip/uri.js'
import { SIP_PORT, SIPS_PORT } from './outgoing.js'
import type { Rules } from './profile.js'

export interface Target {
  /** A name or an address, without brackets. */
  readonly host: string
  /** undefined: by SRV, or the transport's default. */
  readonly port: number | undefined
  readonly transport: Transport
  /** The name service may say another transport: the URI has none, and no port. */
  readonly isOpen?: boolean
}

/** SIP over WebSocket (RFC 7118 §5) has the ports of the web. */
export const WS_PORT = 80
export const WSS_PORT = 443

/** The port of a transport where none is named. */
export const DEFAULT_PORTS: Readonly<Record<Transport, number>> = {
  ...{ udp: SIP_PORT, tcp: SIP_PORT, tls: SIPS_PORT, ws: WS_PORT, wss: WSS_PORT },
}

const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/

export function isIp(host: string): boolean {
  return IPV4.test(host) || host.includes(':')
}

/** What stands below sips; over UDP it cannot be had (RFC 3261 §19.1.2, §26.2.2; SER). */
const SECURE: Readonly<Record<Transport, Transport | undefined>> = {
  ...{ udp: undefined, tcp: 'tls', tls: 'tls', ws: 'wss', wss: 'wss' },
}

/**
 * The next hop of a request to `requestUri`: where `next` (that URI, or the first Route) leads, by its maddr and secure as
 * the rules have it (RFC 3261 §16.6-7, §19.1.1).
 */
export function hopTarget(rules: Rules, next: Uri, requestUri: string): Target | undefined {
  const target = uriTarget(next)
  if (target === undefined) return undefined
  const host = (rules.maddrCounts && bareMaddr(next)) || target.host
  const isInClear = rules.sipsIsSecure && next.scheme === 'sip' && isSips(requestUri)
  const transport = isInClear ? (SECURE[target.transport] ?? 'tls') : target.transport
  const isOpen = rules.transportByDns && !isInClear && isOpenFor(next, host)
  const isPlain = host === target.host && transport === target.transport && !isOpen
  return isPlain ? target : { ...target, host, transport, isOpen }
}

function isOpenFor(uri: Uri, host: string): boolean {
  if (uri.scheme !== 'sip' || (uri.port !== undefined && uri.port !== 0) || isIp(host)) return false
  return uri.params === '' || uriParam(uri, 'transport') === undefined
}

/** Is it a sips URI? */
export function isSips(uri: string): boolean {
  return /^sips:/i.test(uri)
}

/** The maddr of a URI, without the brackets of an IPv6 address; undefined when it has none. */
export function bareMaddr(uri: Uri): string | undefined {
  const maddr = uri.params === '' ? undefined : uriParam(uri, 'maddr')
  return maddr?.startsWith('[') ? maddr.slice(1, -1) : maddr
}

/** The target that a URI names; undefined when its transport is unknown (RFC 3261 §19.1.1, SER: none means UDP). */
export function uriTarget(uri: Uri): Target | undefined {
  const named = uri.params === '' ? undefined : uriParam(uri, 'transport')?.toLowerCase()
  if (named !== undefined && !isTransport(named)) return undefined
  const transport = uri.scheme === 'sips' ? SECURE[named ?? 'tcp'] : (named ?? 'udp')
  if (transport === undefined) return undefined
  const host = uri.host.startsWith('[') ? uri.host.slice(1, -1) : uri.host
  return { host, port: uri.port === 0 ? undefined : uri.port, transport }
}

/** Is it a transport's name, in lower case? */
export function isTransport(word: string): word is Transport {
  return word === 'udp' || word === 'tcp' || word === 'tls' || word === 'ws' || word === 'wss'
}
