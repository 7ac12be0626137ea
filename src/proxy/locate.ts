// The addresses of a next hop (the SER core; RFC 3263): an address as it is; else by the name service. Straight through
// when nothing must be asked; otherwise the run waits, nobody blocks.
//
// SER asks for the SRV records of the transport it has decided for, then for addresses. By the RFC, where a URI says
// neither transport nor port, NAPTR and SRV records decide (Target.isOpen); and what else they name stays at hand, for the
// next try when the first place fails.

import type { Address, Answer, NaptrRecord, SrvRecord, Transport } from '../endpoint.js'
import type { Result } from '../script/contract.js'
import { DEFAULT_PORTS, isIp, type Target } from './resolve.js'

/** Where a hop is: the addresses of one server, and how to find those of the next one. */
export interface Found {
  readonly addresses: readonly Address[]
  readonly transport: Transport
  /** undefined: this was the last server. */
  readonly more: ((then: Located) => Result) | undefined
}

/** What is done with the place found; undefined when the name leads nowhere. */
export type Located = (found: Found | undefined) => Result

/** Names tried before giving up. */
const SERVERS_MAX = 8

/** What a NAPTR record offers (RFC 3263 §4.1). */
const SERVICES: Readonly<Record<string, Transport>> = {
  'SIP+D2U': 'udp',
  'SIP+D2T': 'tcp',
  'SIPS+D2T': 'tls',
}
const SRV_PREFIXES: Readonly<Record<Transport, string>> = {
  ...{ udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp', ws: '_sip._tcp', wss: '_sip._tcp' },
}
/** The order in which an open transport is looked for without NAPTR. */
const OPEN_TRANSPORTS: readonly Transport[] = ['udp', 'tcp', 'tls']

/** Finds the place of a target and goes on with it. */
export function locate(target: Target, then: Located): Result {
  const { host, port, transport } = target
  if (isIp(host) || port !== undefined)
    return addressesOf(host, port ?? DEFAULT_PORTS[transport], transport, then)
  if (target.isOpen !== true)
    return named(`${SRV_PREFIXES[transport]}.${host}`, (servers) => {
      if (servers !== undefined && servers.length === 0) return then(undefined)
      return firstOf(servers ?? [], transport, hostItself(host, transport), then)
    })
  return {
    question: { kind: 'resolve', record: 'NAPTR', name: host },
    resume: (answer) => byServices(pointersIn(answer), host, then),
  }
}

/** A name to ask for SRV records, and the transport that it is about. */
interface Pointer {
  readonly name: string
  readonly transport: Transport
}

function pointersIn(answer: Answer): Pointer[] {
  if (answer.kind !== 'pointers') return []
  return [...answer.pointers]
    .filter(({ flags, service }) => flags.toLowerCase() === 's' && service.toUpperCase() in SERVICES)
    .sort(inNaptrOrder)
    .slice(0, SERVERS_MAX)
    .map(({ service, replacement }) => ({ name: replacement, transport: SERVICES[service.toUpperCase()]! }))
}

function inNaptrOrder(one: NaptrRecord, two: NaptrRecord): number {
  return one.order - two.order || one.preference - two.preference
}

/** The first pointer that has servers decides the transport; without NAPTR the usual names are asked. */
function byServices(pointers: readonly Pointer[], host: string, then: Located): Result {
  const asked =
    pointers.length > 0
      ? pointers
      : OPEN_TRANSPORTS.map((transport) => ({ name: `${SRV_PREFIXES[transport]}.${host}`, transport }))
  let isRefused = false
  const next = (index: number): Result => {
    const pointer = asked[index]
    // Nobody offers a service: the host itself may be there (RFC 3263 §4.2), unless it has said that it is not.
    if (pointer === undefined) return isRefused ? then(undefined) : hostItself(host, 'udp')(then)
    return named(pointer.name, (servers) => {
      if (servers === undefined) return next(index + 1)
      isRefused ||= servers.length === 0
      return servers.length === 0 ? next(index + 1) : firstOf(servers, pointer.transport, undefined, then)
    })
  }
  return next(0)
}

/** The servers of a service, best first; none when it is said not to be there (RFC 2782: "."), undefined without records. */
function named(name: string, then: (servers: readonly SrvRecord[] | undefined) => Result): Result {
  return {
    question: { kind: 'resolve', record: 'SRV', name },
    resume: (answer) => {
      const services = answer.kind === 'services' ? [...answer.services] : []
      if (services.length === 0) return then(undefined)
      const servers = services.filter(({ target }) => target !== '.' && target !== '')
      servers.sort((one, two) => one.priority - two.priority || two.weight - one.weight)
      return then(servers.slice(0, SERVERS_MAX))
    },
  }
}

function hostItself(host: string, transport: Transport): (then: Located) => Result {
  return (then) => addressesOf(host, DEFAULT_PORTS[transport], transport, then)
}

/** The first server that has an address; those behind it are at hand. `last`: what is tried when none has. */
function firstOf(
  servers: readonly SrvRecord[],
  transport: Transport,
  last: ((then: Located) => Result) | undefined,
  then: Located,
): Result {
  const [server, ...rest] = servers
  if (server === undefined) return last === undefined ? then(undefined) : last(then)
  return addressesOf(server.target, server.port, transport, (found) => {
    if (found === undefined) return firstOf(rest, transport, last, then)
    const more =
      rest.length === 0 ? undefined : (later: Located) => firstOf(rest, transport, undefined, later)
    return then({ ...found, more })
  })
}

function addressesOf(host: string, port: number, transport: Transport, then: Located): Result {
  const place = (addresses: readonly string[]): Found => ({
    addresses: addresses.map((address) => ({ address, port })),
    transport,
    more: undefined,
  })
  if (isIp(host)) return then(place([host]))
  const placeIn = (answer: Answer): Found | undefined =>
    answer.kind === 'addresses' && answer.addresses.length > 0 ? place(answer.addresses) : undefined
  return {
    question: { kind: 'resolve', record: 'A', name: host },
    resume: (answer) => {
      const found = placeIn(answer)
      if (found !== undefined) return then(found)
      return {
        question: { kind: 'resolve', record: 'AAAA', name: host },
        resume: (second) => then(placeIn(second)),
      }
    },
  }
}
