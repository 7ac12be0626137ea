// Where a script listens, and under which names that counts as myself (the SER core). The order of listen and
// port matters: port sets the default and the port of the last entry before it; entries without one at the end take
// the final default. What names and interfaces are is handed in, resolved once at start.

import { ScriptError, ScriptErrors } from '../errors.js'
import type { Transport } from '../endpoint.js'
import type { HostEntry, Program } from '../script/bind.js'
import { SIP_PORT, SIPS_PORT } from './outgoing.js'
import { isIp, isTransport, WS_PORT, WSS_PORT } from './resolve.js'

export type Assignments = Program<never>['assignments']

/** What the machine knows of a name or of an address. */
export interface KnownHost {
  readonly address: string
  /** Of an address: the address itself. */
  readonly canonicalName: string
  /** DNS aliases of a name, reverse names of an address. */
  readonly aliases: readonly string[]
}

export interface Surroundings {
  /** IPv4 addresses of the interfaces that are up (loopback too), by interface name. */
  readonly interfaces: ReadonlyMap<string, readonly string[]>
  /** What was found for names and addresses, by their text. */
  readonly hosts: ReadonlyMap<string, KnownHost>
}

export interface ListenSocket {
  readonly address: string
  /** 0: the kernel's choice. */
  readonly port: number
  readonly transports: readonly Transport[]
  readonly name: string
  /** Further names; they count as myself with this socket's port. */
  readonly aliases: readonly string[]
}

interface Wanted {
  readonly host: string
  readonly port: number
  readonly proto: string | undefined
  readonly entry: HostEntry | undefined
}

/** The sockets of a script. Throws ScriptErrors for hosts that lead nowhere and transports that are not offered. */
export function listenSockets(assignments: Assignments, surroundings: Surroundings): ListenSocket[] {
  const errors: ScriptError[] = []
  const sockets: ListenSocket[] = []
  for (const wanted of wantedHosts(assignments, surroundings).flatMap((one) => [
    one,
    ...tlsBeside(one, assignments),
  ])) {
    const socket = socketOf(wanted, surroundings, isSet(assignments, 'disable_tcp'))
    if (socket instanceof ScriptError) errors.push(socket)
    else if (socket.transports.length > 0) merge(sockets, socket)
  }
  if (errors.length > 0) throw new ScriptErrors(errors)
  return sockets
}

/** Every host that listenSockets will ask `surroundings.hosts` for. */
export function hostsAskedFor(assignments: Assignments, interfaces: Surroundings['interfaces']): string[] {
  const wanted = wantedHosts(assignments, { interfaces, hosts: new Map() })
  return [...new Set(wanted.map(({ host }) => host))]
}

/** Interfaces expanded; all of them when the script names nothing. */
function wantedHosts(assignments: Assignments, { interfaces }: Surroundings): Wanted[] {
  const { entries, port } = withPorts(assignments)
  if (entries.length === 0)
    return [...interfaces.values()].flat().map((host) => ({ host, port, proto: undefined, entry: undefined }))
  return entries.flatMap(({ entry, port: own }) =>
    (interfaces.get(entry.host) ?? [entry.host]).map((host) => ({
      host,
      port: own ?? port,
      proto: entry.proto,
      entry,
    })),
  )
}

/** An entry that names no transport is listened at over TLS, too, when the script has a certificate. */
function tlsBeside({ host, proto, entry }: Wanted, assignments: Assignments): Wanted[] {
  const offersTls = isSet(assignments, 'tls_certificate') && !isSet(assignments, 'disable_tls')
  if (proto !== undefined || !offersTls) return []
  return [{ host, port: numberOf(assignments, 'tls_port_no') ?? SIPS_PORT, proto: 'tls', entry }]
}

function withPorts(assignments: Assignments): {
  entries: { readonly entry: HostEntry; port: number | undefined }[]
  port: number
} {
  let current: number | undefined
  const entries: { readonly entry: HostEntry; port: number | undefined }[] = []
  for (const { name, value } of assignments) {
    if (name === 'listen' && Array.isArray(value))
      for (const entry of value as readonly HostEntry[])
        entries.push({ entry, port: entry.port ?? portFor(entry, assignments) ?? current })
    else if (name === 'port' && typeof value === 'number') {
      current = value
      const last = entries.at(-1)
      // An entry that names its port itself keeps it (0.9).
      if (
        last !== undefined &&
        last.entry.port === undefined &&
        portFor(last.entry, assignments) === undefined
      )
        last.port = value
    }
  }
  return { entries, port: current ?? SIP_PORT }
}

function socketOf(wanted: Wanted, { hosts }: Surroundings, noTcp: boolean): ListenSocket | ScriptError {
  const { host, port, proto, entry } = wanted
  const known =
    hosts.get(host) ?? (isIp(host) ? { address: host, canonicalName: host, aliases: [] } : undefined)
  const place = entry?.place ?? { file: '', line: 1, column: 1 }
  if (known === undefined)
    return new ScriptError(place, `could not resolve ${host}`, 'no such name, address or interface here')
  const named = proto?.toLowerCase()
  if (named !== undefined && !isTransport(named))
    return new ScriptError(place, `${named} is not offered`, 'listen on udp, tcp, tls, ws or wss')
  const offered: readonly Transport[] = named === undefined ? ['udp', 'tcp'] : [named]
  const { address, canonicalName: name, aliases } = known
  return {
    ...{ address, port, name },
    transports: offered.filter((transport) => transport !== 'tcp' || !noTcp),
    aliases: [...new Set([host, ...aliases])].filter((alias) => alias !== name && alias !== address),
  }
}

function merge(sockets: ListenSocket[], socket: ListenSocket): void {
  const at = sockets.findIndex(
    ({ address, port }) => port !== 0 && address === socket.address && port === socket.port,
  )
  const same = sockets[at]
  if (same === undefined) sockets.push(socket)
  else
    sockets[at] = {
      ...same,
      transports: [...new Set([...same.transports, ...socket.transports])],
      aliases: [...new Set([...same.aliases, ...socket.aliases])],
    }
}

/** The default port of a transport that has one of its own. */
function portFor({ proto }: HostEntry, assignments: Assignments): number | undefined {
  const named = proto?.toLowerCase()
  if (named === 'tls') return numberOf(assignments, 'tls_port_no') ?? SIPS_PORT
  return named === 'ws' ? WS_PORT : named === 'wss' ? WSS_PORT : undefined
}

function numberOf(assignments: Assignments, option: string): number | undefined {
  const value = assignments.findLast(({ name }) => name === option)?.value
  return typeof value === 'number' ? value : undefined
}

function isSet(assignments: Assignments, option: string): boolean {
  const value = assignments.findLast(({ name }) => name === option)?.value
  return value !== undefined && value !== 0
}
