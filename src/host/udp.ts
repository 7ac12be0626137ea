// UDP sockets behind a narrow interface with batches in both directions, so that a batching addon fits behind it.
//
// A received datagram becomes a latin1 string at once: Node's buffer is not kept. A send writes the string into a
// pool. Node mostly hands a datagram to the kernel before `send` returns; a buffer that the socket may still have to
// read from is left to it when the circle closes.

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
  send(batch: readonly Datagram[]): void
  close(): Promise<void>
}

export interface UdpEvents {
  received(local: Listen, batch: readonly Datagram[]): void
  /** The system said that a datagram could not be sent (or had bounced, where it tells). */
  failed(local: Listen, remote: Address | undefined, error: Error): void
}

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
const POOL_BYTES = 1024 * 1024
const DATAGRAM_BYTES_MAX = 65507
/** What the kernel does not take for so long is dropped, as the kernel would. */
const QUEUE_BYTES_MAX = 16 * 1024 * 1024

/** What the system refuses in its own words (EMSGSIZE). */
const TOO_LONG = Buffer.alloc(DATAGRAM_BYTES_MAX + 1)

/** Addresses are never looked up here. */
function lookup(
  hostname: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, hostname, hostname.includes(':') ? 6 : 4)
}

/** Regions of a buffer, given out in a circle. */
class Pool {
  #buffer = Buffer.allocUnsafeSlow(POOL_BYTES)
  #at = 0

  constructor(private readonly socket: Socket) {}

  /** The text as a buffer for one send; undefined: too much waits already. */
  take(bytes: Bytes): Buffer | undefined {
    if (this.#at + bytes.length > POOL_BYTES) {
      const waiting = this.socket.getSendQueueSize()
      if (waiting > QUEUE_BYTES_MAX) return undefined
      if (waiting > 0) this.#buffer = Buffer.allocUnsafeSlow(POOL_BYTES)
      this.#at = 0
    }
    const start = this.#at
    this.#at += this.#buffer.write(bytes, start, 'latin1')
    return this.#buffer.subarray(start, this.#at)
  }
}

/** Binds a UDP socket. Rejects with a UsageError that says who has the port, when it is taken. */
export async function bindUdp(listen: Listen, events: UdpEvents): Promise<UdpSocket> {
  const type = isIPv6(listen.address) ? 'udp6' : 'udp4'
  const socket = createSocket({ type, lookup, ipv6Only: type === 'udp6' })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close()
      reject(bindError(error, listen))
    })
    socket.bind({ port: listen.port, address: listen.address }, resolve)
  })
  socket.removeAllListeners('error')
  setReceiveBuffer(socket)
  const bound: Listen = { transport: 'udp', address: listen.address, port: socket.address().port }
  const pool = new Pool(socket)
  socket.on('error', (error) => events.failed(bound, undefined, error))
  // Node gives one at a time.
  socket.on('message', (buffer, remote) =>
    events.received(bound, [{ remote, bytes: buffer.toString('latin1') }]),
  )
  // One for all sends: Node's error tells the destination.
  const sent = (error: (Error & Partial<Address>) | null): void => {
    if (error === null) return
    const { address, port } = error
    const remote = address === undefined || port === undefined ? undefined : { address, port }
    events.failed(bound, remote, error)
  }
  let isOpen = true
  return {
    bound,
    send: (batch) => {
      if (!isOpen) return
      for (const { remote, bytes } of batch) {
        const buffer = bytes.length > DATAGRAM_BYTES_MAX ? TOO_LONG : pool.take(bytes)
        if (buffer !== undefined) socket.send(buffer, remote.port, remote.address, sent)
      }
    },
    close: () => {
      isOpen = false
      return new Promise((resolve) => socket.close(() => resolve()))
    },
  }
}

function setReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // The system's own size has to do.
  }
}
