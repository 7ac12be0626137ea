// Where a host name leads (the SER core; RFC 3263 without NAPTR): an address as it is, else SRV when no port is
// given, else A (or AAAA). Straight through when nothing must be asked; otherwise the run waits, nobody blocks.

import type { Address, Answer, Transport } from '../endpoint.js'
import type { Result } from '../script/contract.js'
import { uriParam, type Uri } from '../sip/uri.js'
import { SIP_PORT, SIPS_PORT } from './outgoing.js'
import type { Rules } from './profile.js'

export interface Target {
  /** A name or an address, without brackets. */
  readonly host: string
  /** undefined: by SRV, or the transport's default. */
  readonly port: number | undefined
  readonly transport: Transport
}

/** What is done with the addresses found; undefined when the name leads nowhere. */
export type Located = (addresses: readonly Address[] | undefined) => Result

/** SIP over WebSocket (RFC 7118 §5) has the ports of the web. */
export const WS_PORT = 80
export const WSS_PORT = 443

/** The port of a transport where none is named. */
export const DEFAULT_PORTS: Readonly<Record<Transport, number>> = {
  ...{ udp: SIP_PORT, tcp: SIP_PORT, tls: SIPS_PORT, ws: WS_PORT, wss: WSS_PORT },
}

/** SRV targets tried before giving up. */
const SRV_TRIES_MAX = 8

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
  return host === target.host && transport === target.transport ? target : { ...target, host, transport }
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

/** Finds the addresses of a target and goes on with them. */
export function locate(target: Target, then: Located): Result {
  const { host, port, transport } = target
  const fallback = port ?? DEFAULT_PORTS[transport]
  if (isIp(host)) return then([{ address: host, port: fallback }])
  if (port !== undefined) return addressesOf(host, port, then)
  const service = transport === 'tls' ? '_sips._tcp' : `_sip._${transport === 'udp' ? 'udp' : 'tcp'}`
  return {
    question: { kind: 'resolve', record: 'SRV', name: `${service}.${host}` },
    resume: (answer) => {
      const services = answer.kind === 'services' ? [...answer.services] : []
      if (services.length === 0) return addressesOf(host, fallback, then)
      services.sort((one, two) => one.priority - two.priority || two.weight - one.weight)
      return firstThatResolves(services.slice(0, SRV_TRIES_MAX), 0, then, host, fallback)
    },
  }
}

type Service = { readonly target: string; readonly port: number }

function firstThatResolves(
  services: readonly Service[],
  at: number,
  then: Located,
  host: string,
  port: number,
): Result {
  const service = services[at]
  if (service === undefined) return addressesOf(host, port, then)
  return addressesOf(service.target, service.port, (found) =>
    found === undefined ? firstThatResolves(services, at + 1, then, host, port) : then(found),
  )
}

function addressesOf(host: string, port: number, then: Located): Result {
  if (isIp(host)) return then([{ address: host, port }])
  const withPort = (answer: Answer): readonly Address[] | undefined =>
    answer.kind === 'addresses' && answer.addresses.length > 0
      ? answer.addresses.map((address) => ({ address, port }))
      : undefined
  return {
    question: { kind: 'resolve', record: 'A', name: host },
    resume: (answer) => {
      const found = withPort(answer)
      if (found !== undefined) return then(found)
      return {
        question: { kind: 'resolve', record: 'AAAA', name: host },
        resume: (second) => then(withPort(second)),
      }
    },
  }
}
