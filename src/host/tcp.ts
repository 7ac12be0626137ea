// TCP: listening and outgoing connections, numbered; reused by their far end; bounded in number, queue and idleness.

import { createServer, createConnection, isIPv6, type Server, type Socket } from 'node:net'
import type { Listen } from '../driver.js'
import type { Address, Bytes, Closed, Milliseconds } from '../endpoint.js'
import { bindError } from './bind-error.js'

export interface TcpLimits {
  readonly connectTimeoutMs: Milliseconds
  readonly idleTimeoutMs: Milliseconds
  /** Octets that a peer who does not read may leave in our queue. */
  readonly queueBytesMax: number
  readonly connectionsMax: number
}

export const TCP_LIMITS: TcpLimits = {
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  queueBytesMax: 4 * 1024 * 1024,
  connectionsMax: 50_000,
}

/** One party's ear for what its connections do. */
export interface TcpEvents {
  received(connection: number, local: Address, remote: Address, bytes: Bytes): void
  closed(closed: Closed): void
  /** A connection of ours was opened from this local port. */
  opened(local: Address, port: number): void
}

interface Line {
  readonly id: number
  readonly socket: Socket
  readonly local: Address
  readonly remote: Address
  readonly events: TcpEvents
}

/** All TCP of one driver. */
export class Tcp {
  readonly #lines = new Map<number, Line>()
  readonly #byRemote = new Map<TcpEvents, Map<string, Line>>()
  readonly #servers = new Map<TcpEvents, Server[]>()
  #nextId = 1

  constructor(private readonly limits: TcpLimits = TCP_LIMITS) {}

  /** Listens for a party. Rejects with a UsageError when the port is taken. */
  async listen(listen: Listen, events: TcpEvents): Promise<Listen> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(bindError(error as NodeJS.ErrnoException, listen)))
      server.listen({ host: listen.address, port: listen.port, ipv6Only: isIPv6(listen.address) }, resolve)
    })
    server.removeAllListeners('error')
    server.on('error', () => {})
    const { port } = server.address() as { port: number }
    const bound: Listen = { transport: 'tcp', address: listen.address, port }
    server.on('connection', (socket) => {
      if (this.#lines.size >= this.limits.connectionsMax) return socket.destroy()
      const remote = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 }
      this.#add(socket, bound, remote, events)
    })
    this.#servers.set(events, [...(this.#servers.get(events) ?? []), server])
    return bound
  }

  /** Sends on the connection while it is open, else over one to `remote`, opened if need be. */
  send(events: TcpEvents, local: Address, remote: Address, bytes: Bytes, connection?: number): void {
    const line =
      (connection === undefined ? undefined : this.#lines.get(connection)) ??
      this.#byRemote.get(events)?.get(keyOf(remote)) ??
      this.#connect(events, local, remote)
    if (line.socket.writableLength > this.limits.queueBytesMax) {
      line.socket.destroy()
      return
    }
    line.socket.write(bytes, 'latin1')
  }

  close(connection: number): void {
    this.#lines.get(connection)?.socket.end()
  }

  /** Ends a party's listeners and connections. */
  async detach(events: TcpEvents): Promise<void> {
    for (const line of [...this.#lines.values()]) if (line.events === events) line.socket.destroy()
    const servers = this.#servers.get(events) ?? []
    this.#servers.delete(events)
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  /** Ends a party's connections abruptly (RST) or in order; returns how many. */
  cut(events: TcpEvents, reset: boolean): number {
    const lines = [...this.#lines.values()].filter((line) => line.events === events)
    for (const { socket } of lines) reset ? socket.resetAndDestroy() : socket.end()
    return lines.length
  }

  #connect(events: TcpEvents, local: Address, remote: Address): Line {
    const socket = createConnection({
      host: remote.address,
      port: remote.port,
      localAddress: local.address,
      noDelay: true,
    })
    const line = this.#add(socket, local, remote, events)
    socket.setTimeout(this.limits.connectTimeoutMs)
    socket.once('connect', () => {
      socket.setTimeout(this.limits.idleTimeoutMs)
      events.opened(local, socket.localPort ?? 0)
    })
    return line
  }

  #add(socket: Socket, local: Address, remote: Address, events: TcpEvents): Line {
    const line: Line = { id: this.#nextId++, socket, local, remote, events }
    this.#lines.set(line.id, line)
    let lines = this.#byRemote.get(events)
    if (lines === undefined) this.#byRemote.set(events, (lines = new Map<string, Line>()))
    lines.set(keyOf(remote), line)
    let reason: Closed['reason'] = 'closed'
    socket.setTimeout(this.limits.idleTimeoutMs)
    socket.on('data', (chunk) => events.received(line.id, local, remote, chunk.toString('latin1')))
    socket.on('timeout', () => {
      reason = socket.connecting ? 'timeout' : 'closed'
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.code === 'ECONNREFUSED' ? 'refused' : error.code === 'ETIMEDOUT' ? 'timeout' : 'reset'
    })
    socket.on('close', () => {
      this.#lines.delete(line.id)
      if (lines.get(keyOf(remote)) === line) lines.delete(keyOf(remote))
      events.closed({ type: 'closed', connection: line.id, transport: 'tcp', remote, reason })
    })
    return line
  }
}

function keyOf({ address, port }: Address): string {
  return `${address}:${port}`
}

/** "::ffff:10.0.0.1" as the IPv4 address it is. */
function plain(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}
