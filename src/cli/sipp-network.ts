// A player's place on the network: which addresses it takes, and which it shows.

import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Listen } from '../driver.js'
import type { Address } from '../endpoint.js'
import { UsageError } from '../errors.js'
import type { HostDriver } from '../host/driver.js'
import { hostAndPort, type Settings, type TransportMode } from '../lab/sipp/settings.js'
import { interfaceAddresses } from './surroundings.js'

const PORT_DEFAULT = 5060
const SOCKETS_MAX = 1000
const MEDIA_TRIES_MAX = 50

/** The far end, by name or address. Throws a UsageError. */
export async function remoteOf(text: string): Promise<Address & { readonly host: string }> {
  const { host, port } = hostAndPort(text)
  if (isIP(host) !== 0) return { host, address: host, port }
  try {
    const found = await lookup(host, { all: true, verbatim: true })
    const { address } = found.find(({ family }) => family === 4) ?? found[0]!
    return { host, address, port }
  } catch {
    throw new UsageError(`sipp: ${host} is not known to the name servers.`)
  }
}

/** The own address that packets to the far end leave from; without one, that of the first interface. */
export async function ownAddress(remote: Address | undefined): Promise<string> {
  const fallback = [...interfaceAddresses().values()].flat().find((address) => !address.startsWith('127.'))
  if (remote === undefined) return fallback ?? '127.0.0.1'
  const socket = createSocket(remote.address.includes(':') ? 'udp6' : 'udp4')
  try {
    return await new Promise<string>((resolve) => {
      socket.once('error', () => resolve(fallback ?? '127.0.0.1'))
      socket.connect(remote.port, remote.address, () => resolve(socket.address().address))
    })
  } finally {
    socket.close()
  }
}

export interface Place {
  /** Addresses as the player knows and shows them. */
  readonly locals: readonly Address[]
  readonly mediaPort: number
}

export interface PlaceWishes {
  readonly mode: TransportMode
  /** The address to show. */
  readonly address: string
  /** Listen there only, or everywhere. */
  readonly everywhere: boolean
  /** Addresses out of the injection file (-t ui). */
  readonly addresses: readonly string[]
  readonly media: { readonly address: string; readonly port: number } | undefined
  readonly twin: Address | undefined
}

/** Takes the ports. Rejects with a UsageError when one is in use. */
export async function takePlace(
  driver: HostDriver,
  name: string,
  settings: Settings,
  wishes: PlaceWishes,
): Promise<Place> {
  const { mode, address, everywhere, addresses } = wishes
  const { transport, sockets } = mode
  const bindAddress = everywhere ? (address.includes(':') ? '::' : '0.0.0.0') : address
  const wanted = settings.number('p')
  const port = wanted ?? ((await isFree(bindAddress)) ? PORT_DEFAULT : 0)
  const sip: Listen[] = [{ transport, address: bindAddress, port }]
  if (sockets === 'call' && transport === 'udp')
    for (let count = socketCount(settings); count > 1; count--)
      sip.push({ transport, address: bindAddress, port: 0 })
  if (sockets === 'address')
    for (const other of addresses) if (other !== address) sip.push({ transport, address: other, port })
  const others: Listen[] = wishes.twin === undefined ? [] : [{ transport: 'tcp', ...wishes.twin }]
  const { media } = wishes
  const mediaPort = media === undefined ? (settings.number('mp') ?? 6000) : await freeMediaPort(media)
  if (media !== undefined)
    for (const extra of [0, 2])
      others.push({ transport: 'udp', address: media.address, port: mediaPort + extra })
  const bound = await driver.bind(name, [...sip, ...others])
  const locals = bound.slice(0, sip.length).map((listen) => ({
    address: listen.address === bindAddress ? address : listen.address,
    port: listen.port,
  }))
  return { locals, mediaPort }
}

/** -t un: how many sockets are opened at the start, for so many calls at once. */
function socketCount(settings: Settings): number {
  const calls = settings.number('l') ?? settings.number('m') ?? SOCKETS_MAX
  return Math.max(1, Math.min(settings.number('max_socket') ?? SOCKETS_MAX, calls, SOCKETS_MAX))
}

/** Is SIP's usual port free? */
async function isFree(address: string, port = PORT_DEFAULT): Promise<boolean> {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' })
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false))
    socket.bind({ address, port }, () => socket.close(() => resolve(true)))
  })
}

/** Sound at the port, video two above it. */
async function freeMediaPort({ address, port }: { address: string; port: number }): Promise<number> {
  for (let tried = port; tried < port + 4 * MEDIA_TRIES_MAX; tried += 4)
    if ((await isFree(address, tried)) && (await isFree(address, tried + 2))) return tried
  throw new UsageError(`sipp: no port for media is free from ${port} on: give another with -mp.`)
}
