// Stream connections of a host, over TCP and what runs on it (stream-kinds.ts): listening and outgoing, numbered; reused
// by their far end; bounded in number, queue and idleness.
//
// Who closes a connection is not told so; what was written before it is still sent. A peer that does not read is cut
// off when its queue is full: memory stays bounded. Addresses are never looked up here.

import { isIP, isIPv6, type Server, type Socket } from 'node:net'
import type { Listen } from '../driver.js'
import type { Address, Bytes, Closed, Milliseconds, Transport } from '../endpoint.js'
import { bindError } from './bind-error.js'
import { TCP, type StreamKind, type StreamSocket } from './stream-kinds.js'

export interface TcpLimits {
  readonly connectTimeoutMs: Milliseconds
  readonly idleTimeoutMs: Milliseconds
  /** Octets that a peer who does not read may leave in our queue. */
  readonly queueBytesMax: number
  /** Incoming and outgoing together. */
  readonly connectionsMax: number
  /** Incoming ones from one address, finished handshake or not: nobody takes all of them. */
  readonly connectionsPeerMax: number
}

export const TCP_LIMITS: TcpLimits = {
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  queueBytesMax: 4 * 1024 * 1024,
  connectionsMax: 50_000,
  connectionsPeerMax: 10_000,
}

/** A connection that we closed waits so long for the peer to take the rest and to close, too. */
const LINGER_MS = 2000

/** One party's ear for what its connections do. */
export interface TcpEvents {
  received(transport: Transport, connection: number, local: Address, remote: Address, bytes: Bytes): void
  closed(closed: Closed): void
  /** A connection of ours was opened from this local port. */
  opened(transport: Transport, local: Address, port: number): void
  /** That connection is no more. */
  gone(transport: Transport, local: Address, port: number): void
}

/** Where something is sent from; sends of different channels do not share a connection. */
export interface Origin extends Address {
  readonly channel?: number
}

interface Line {
  readonly id: number
  readonly socket: StreamSocket
  readonly local: Address
  readonly remote: Address
  readonly events: TcpEvents
  /** What it is found by: one that we opened by our own address too. */
  readonly key: string
  /** Why it ends, and in the words of what ended it. */
  reason: Closed['reason']
  detail: string | undefined
  /** It can carry messages: a handshake, if there is one, is over. */
  isOpen: boolean
  /** We closed it: nothing about it is told any more. */
  silent: boolean
}

/** All connections of one transport of a driver. */
export class Tcp {
  readonly #lines = new Map<number, Line>()
  readonly #byRemote = new Map<TcpEvents, Map<string, Line>>()
  readonly #servers = new Map<TcpEvents, Server[]>()
  /** What is accepted, though a handshake may not be over. */
  readonly #raw = new Map<TcpEvents, Set<Socket>>()
  /** How many come from each address. */
  readonly #peers = new Map<string, number>()
  readonly #limits: TcpLimits
  readonly #kind: StreamKind
  readonly #nextId: () => number

  /** `nextId` numbers connections, across all transports of the driver. */
  constructor(limits: TcpLimits = TCP_LIMITS, kind: StreamKind = TCP, nextId = counter()) {
    this.#limits = limits
    this.#kind = kind
    this.#nextId = nextId
  }

  /** Open connections, coming and going. */
  get size(): number {
    return this.#lines.size
  }

  /** Listens for a party. Rejects with a UsageError when the port is taken. */
  async listen(listen: Listen, events: TcpEvents): Promise<Listen> {
    const server = this.#kind.server((socket) => this.#accept(socket, bound, events))
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(bindError(error, listen)))
      server.listen({ host: listen.address, port: listen.port, ipv6Only: isIPv6(listen.address) }, resolve)
    })
    server.removeAllListeners('error')
    // Out of descriptors, mostly: the connection that could not be accepted is the peer's loss.
    server.on('error', () => undefined)
    const { port } = server.address() as { port: number }
    const bound: Listen = { transport: this.#kind.transport, address: listen.address, port }
    server.maxConnections = this.#limits.connectionsMax
    const raw = this.#raw.get(events) ?? new Set()
    this.#raw.set(events, raw)
    // Before anybody else hears of it.
    server.prependListener('connection', (socket: Socket) => {
      raw.add(socket)
      socket.once('close', () => raw.delete(socket))
      this.#count(socket)
    })
    this.#servers.set(events, [...(this.#servers.get(events) ?? []), server])
    return bound
  }

  /** Turns away the connection that is one too many from its address. */
  #count(socket: Socket): void {
    const peer = plain(socket.remoteAddress)
    const others = this.#peers.get(peer) ?? 0
    if (others >= this.#limits.connectionsPeerMax) return void socket.destroy()
    this.#peers.set(peer, others + 1)
    socket.once('close', () => {
      const left = this.#peers.get(peer)! - 1
      if (left === 0) this.#peers.delete(peer)
      else this.#peers.set(peer, left)
    })
  }

  #accept(socket: StreamSocket, local: Listen, events: TcpEvents): void {
    if (socket.destroyed) return
    if (this.#lines.size >= this.#limits.connectionsMax) return void socket.destroy()
    const remote = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 }
    this.#add(socket, local, remote, events).isOpen = true
  }

  /** Sends on the connection while it is open, else over one to `remote`, opened if need be. */
  send(events: TcpEvents, local: Origin, remote: Address, bytes: Bytes, connection?: number): void {
    const numbered = connection === undefined ? undefined : this.#lines.get(connection)
    const lines = this.#byRemote.get(events)
    const line =
      (numbered?.events === events && !numbered.silent ? numbered : undefined) ??
      lines?.get(keyOf(remote, fromText(local))) ??
      (local.channel === undefined ? lines?.get(keyOf(remote)) : undefined) ??
      this.#connect(events, local, remote)
    if (line === undefined) return this.#refuse(events, remote)
    if (line.socket.writableLength + bytes.length > this.#limits.queueBytesMax) {
      line.reason = 'reset'
      line.socket.resetAndDestroy()
    } else line.socket.write(bytes, 'latin1')
  }

  /** Closes a connection of a party, after what was written to it. */
  close(events: TcpEvents, connection: number): void {
    const line = this.#lines.get(connection)
    if (line === undefined || line.events !== events || line.silent) return
    this.#silence(line)
  }

  /** Ends a party's listeners and connections; resolves when its ports are free. */
  async detach(events: TcpEvents): Promise<void> {
    const lines = this.#of(events)
    const servers = this.#servers.get(events) ?? []
    this.#servers.delete(events)
    const ends = [
      ...servers.map((server) => new Promise((resolve) => server.close(resolve))),
      ...lines.map(({ socket }) => new Promise<void>((resolve) => socket.once('close', resolve))),
    ]
    for (const line of lines) {
      this.#silence(line)
      line.socket.destroySoon()
    }
    const tired = setTimeout(() => {
      for (const { socket } of lines) socket.destroy()
      for (const socket of this.#raw.get(events) ?? []) socket.destroy()
    }, LINGER_MS)
    await Promise.all(ends)
    clearTimeout(tired)
    this.#byRemote.delete(events)
    this.#raw.delete(events)
  }

  /** Ends a party's connections abruptly (RST) or in order, as if others had; returns how many. */
  cut(events: TcpEvents, reset: boolean): number {
    const lines = this.#of(events).filter((line) => !line.silent)
    for (const line of lines) {
      line.reason = reset ? 'reset' : 'closed'
      if (reset) line.socket.resetAndDestroy()
      else line.socket.end()
    }
    return lines.length
  }

  #of(events: TcpEvents): Line[] {
    return [...this.#lines.values()].filter((line) => line.events === events)
  }

  /** undefined: there are too many already, or this is no address. */
  #connect(events: TcpEvents, local: Origin, remote: Address): Line | undefined {
    const family = isIP(remote.address)
    if (family === 0 || !isPort(remote.port) || this.#lines.size >= this.#limits.connectionsMax)
      return undefined
    const isAny = local.address === '0.0.0.0' || local.address === '::'
    const from = isIP(local.address) === family && !isAny ? local.address : undefined
    const socket = this.#kind.connect(remote.address, remote.port, from)
    const line = this.#add(socket, local, remote, events, fromText(local))
    socket.setTimeout(this.#limits.connectTimeoutMs)
    const { transport, opened } = this.#kind
    // Known as ours as soon as the peer may see it, open when it carries messages.
    socket.once('connect', () => {
      const port = socket.localPort ?? 0
      events.opened(transport, local, port)
      socket.once('close', () => events.gone(transport, local, port))
    })
    socket.once(opened, () => {
      line.isOpen = true
      socket.setTimeout(line.silent ? LINGER_MS : this.#limits.idleTimeoutMs)
    })
    return line
  }

  #refuse(events: TcpEvents, remote: Address): void {
    const connection = this.#nextId()
    const { transport } = this.#kind
    setImmediate(() => events.closed({ type: 'closed', connection, transport, remote, reason: 'refused' }))
  }

  /** `from` is our address, and the channel if there is one, when we open it. */
  #add(socket: StreamSocket, local: Address, remote: Address, events: TcpEvents, from = ''): Line {
    const key = keyOf(remote, from)
    const { transport } = this.#kind
    const line: Line = {
      id: this.#nextId(),
      socket,
      local,
      remote,
      events,
      key,
      reason: 'closed',
      detail: undefined,
      isOpen: false,
      silent: false,
    }
    this.#lines.set(line.id, line)
    let lines = this.#byRemote.get(events)
    if (lines === undefined) this.#byRemote.set(events, (lines = new Map<string, Line>()))
    lines.set(key, line)
    socket.setTimeout(this.#limits.idleTimeoutMs)
    socket.on('data', (chunk) => {
      if (!line.silent) events.received(transport, line.id, local, remote, chunk.toString('latin1'))
    })
    socket.on('timeout', () => {
      if (!line.isOpen) line.reason = 'timeout'
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      line.reason = reasonOf(error, line.isOpen)
      line.detail = error.message
    })
    socket.on('close', () => this.#over(line))
    return line
  }

  #over(line: Line): void {
    const { id, events, remote, reason, detail } = line
    this.#lines.delete(id)
    this.#forget(line)
    const { transport } = this.#kind
    const closed = { type: 'closed', connection: id, transport, remote, reason } as const
    if (!line.silent) events.closed(detail === undefined ? closed : { ...closed, detail })
  }

  /** Our side is done with it. */
  #silence(line: Line): void {
    line.silent = true
    this.#forget(line)
    line.socket.end()
    if (line.isOpen) line.socket.setTimeout(LINGER_MS)
  }

  #forget({ events, key, id }: Line): void {
    const lines = this.#byRemote.get(events)
    if (lines?.get(key)?.id === id) lines.delete(key)
  }
}

function counter(): () => number {
  let next = 1
  return () => next++
}

/** Errors while connecting that say that nobody is there. */
const NOBODY_THERE = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EINVAL']

/** What fails before it is open (a handshake, a certificate) was refused. */
function reasonOf({ code = '' }: NodeJS.ErrnoException, isOpen: boolean): Closed['reason'] {
  if (NOBODY_THERE.includes(code) || (!isOpen && code !== 'ETIMEDOUT')) return 'refused'
  return code === 'ETIMEDOUT' ? 'timeout' : 'reset'
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65536
}

function fromText({ address, channel }: Origin): string {
  return channel === undefined ? address : `${address} ${channel}`
}

function keyOf({ address, port }: Address, from = ''): string {
  return `${address}:${port} ${from}`
}

/** "::ffff:10.0.0.1" as the IPv4 address it is. */
function plain(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}
