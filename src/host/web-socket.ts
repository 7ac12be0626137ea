// SIP over WebSocket (RFC 7118): a connection that looks like a socket and carries one SIP message in each frame. The
// subprotocol is "sip", by which both sides know that they mean the same.

import { isUtf8 } from 'node:buffer'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket, WebSocketServer, type RawData } from 'ws'
import type { Bytes, Milliseconds } from '../endpoint.js'
import type { StreamSocket } from './stream-kinds.js'

const SUBPROTOCOL = 'sip'
/** As long as a message may be on any transport. */
const FRAME_BYTES_MAX = 65_535
const HANDSHAKE_MS_MAX: Milliseconds = 10_000

/** Takes connections at any path; `server` is an HTTPS server for wss. */
export function webSocketServer(
  accept: (socket: StreamSocket) => void,
  server: Server = createServer(),
): Server {
  server.headersTimeout = HANDSHAKE_MS_MAX
  server.requestTimeout = HANDSHAKE_MS_MAX
  server.on('request', (_request, response) => {
    response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end('SIP over WebSocket only\n')
  })
  const sockets = new WebSocketServer({
    ...{ server, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false, clientTracking: false },
    verifyClient: ({ req }: { req: IncomingMessage }) => asksForSip(req),
    handleProtocols: () => SUBPROTOCOL,
  })
  sockets.on('connection', (socket, { socket: below }) => accept(new WebSocketStream(socket, below)))
  // A port that cannot be bound is told by the server itself.
  sockets.on('error', () => undefined)
  return server
}

function asksForSip({ headers }: IncomingMessage): boolean {
  const asked = headers['sec-websocket-protocol'] ?? ''
  return asked.split(',').some((protocol) => protocol.trim().toLowerCase() === SUBPROTOCOL)
}

/** A connection of ours over `below`, which is being opened. */
export function webSocketConnection(
  below: Socket,
  isSecure: boolean,
  host: string,
  port: number,
): StreamSocket {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const socket = new WebSocket(`${isSecure ? 'wss' : 'ws'}://${place}/`, SUBPROTOCOL, {
    ...{ createConnection: () => below, handshakeTimeout: HANDSHAKE_MS_MAX },
    ...{ maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false },
  })
  return new WebSocketStream(socket, below)
}

class WebSocketStream implements StreamSocket {
  #early: Buffer[] = []

  constructor(
    private readonly socket: WebSocket,
    /** The stream that carries it. */
    private readonly below: Socket,
  ) {
    socket.once('open', () => {
      for (const message of this.#early.splice(0)) this.#send(message)
    })
  }

  get writableLength(): number {
    return this.socket.bufferedAmount + this.#early.reduce((sum, { length }) => sum + length, 0)
  }

  get localPort(): number | undefined {
    return this.below.localPort
  }

  get remoteAddress(): string | undefined {
    return this.below.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.below.remotePort
  }

  /** One message. */
  write(bytes: Bytes): void {
    const message = Buffer.from(bytes, 'latin1')
    if (this.socket.readyState === WebSocket.CONNECTING) this.#early.push(message)
    else this.#send(message)
  }

  /** Text frames hold UTF-8 only; any other octets are sent as a binary one. */
  #send(message: Buffer): void {
    this.socket.send(message, { binary: !isUtf8(message) }, () => undefined)
  }

  end(): void {
    this.socket.close()
  }

  destroySoon(): void {
    this.socket.close()
  }

  destroy(): void {
    this.socket.terminate()
  }

  resetAndDestroy(): void {
    this.below.resetAndDestroy()
  }

  setTimeout(timeoutMs: Milliseconds): void {
    this.below.setTimeout(timeoutMs)
  }

  on(event: 'data' | 'timeout' | 'close' | 'error', listener: (detail: never) => void): void {
    const told = listener as (detail?: unknown) => void
    if (event === 'data') this.socket.on('message', (data: RawData) => told(data as Buffer))
    else if (event === 'timeout') this.below.on('timeout', () => told())
    else if (event === 'error') this.socket.on('error', told)
    else this.socket.on('close', () => told())
  }

  once(event: 'connect' | 'secureConnect' | 'close', listener: () => void): void {
    this.socket.once(event === 'close' ? 'close' : 'open', listener)
  }
}
