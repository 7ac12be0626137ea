// UDP sockets behind a narrow interface with batches in both directions, so that a batching addon fits behind it.
//
// A received datagram becomes a latin1 string at once: Node's buffer is not kept. A send copies the string into a
// pooled buffer whose region is not used again before the socket has it.

import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Listen } from '../driver.js'
import type { Address, Bytes } from '../endpoint.js'
import { bindError } from './bind-error.js'

export interface Datagram {
  readonly remote: Address
  readonly bytes: Bytes
}

export interface UdpSocket {
  readonly bound: Listen
  send(remote: Address, bytes: Bytes): void
  close(): Promise<void>
}

export interface UdpEvents {
  received(local: Listen, datagram: Datagram): void
  /** The system said that a datagram could not be sent or had bounced. */
  failed(local: Listen, remote: Address | undefined, error: Error): void
}

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
const POOL_BYTES = 1024 * 1024
const DATAGRAM_BYTES_MAX = 65507

/** Addresses are never looked up here. */
function lookup(
  hostname: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, hostname, hostname.includes(':') ? 6 : 4)
}

/** Regions of a buffer, given out in a circle; a buffer that the system may still read from is left to it. */
class Pool {
  #buffer = Buffer.allocUnsafeSlow(POOL_BYTES)
  #at = 0

  constructor(private readonly socket: Socket) {}

  /** The text as a buffer for one send. */
  take(bytes: Bytes): Buffer {
    const { length } = bytes
    if (this.#at + length > POOL_BYTES) {
      // Nearly every datagram has left when send() returns; only a full socket queues some.
      if (this.socket.getSendQueueCount() > 0) this.#buffer = Buffer.allocUnsafeSlow(POOL_BYTES)
      this.#at = 0
    }
    const start = this.#at
    this.#at += length
    this.#buffer.write(bytes, start, length, 'latin1')
    return this.#buffer.subarray(start, start + length)
  }
}

/** Binds a UDP socket. Rejects with a UsageError that says who has the port, when it is taken. */
export async function bindUdp(listen: Listen, events: UdpEvents): Promise<UdpSocket> {
  const type = isIPv6(listen.address) ? 'udp6' : 'udp4'
  const socket = createSocket({ type, lookup, ipv6Only: type === 'udp6' })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => reject(bindError(error as NodeJS.ErrnoException, listen)))
    socket.bind({ port: listen.port, address: listen.address }, resolve)
  })
  socket.removeAllListeners('error')
  setReceiveBuffer(socket)
  const bound: Listen = { transport: 'udp', address: listen.address, port: socket.address().port }
  const pool = new Pool(socket)
  const sent = (error: (Error & { address?: string; port?: number }) | null): void => {
    if (error === null) return
    const { address, port } = error
    events.failed(bound, address === undefined || port === undefined ? undefined : { address, port }, error)
  }
  socket.on('error', (error) => events.failed(bound, undefined, error))
  socket.on('message', (buffer, remote) =>
    events.received(bound, { remote, bytes: buffer.toString('latin1') }),
  )
  return {
    bound,
    send: (remote, bytes) => {
      if (bytes.length > DATAGRAM_BYTES_MAX)
        return events.failed(bound, remote, new Error('datagram too long'))
      socket.send(pool.take(bytes), remote.port, remote.address, sent)
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function setReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // The system's own size has to do.
  }
}
