// How stream connections of each transport are made: TCP, TLS, and SIP over WebSocket, in the clear or secure (RFC 7118).

import { createServer, createConnection, type Server, type Socket } from 'node:net'
import { createServer as createHttpsServer } from 'node:https'
import {
  connect as connectTls,
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls'
import type { Bytes, Milliseconds, Transport } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { webSocketConnection, webSocketServer } from './web-socket.js'

/** What a connection is to those who use it: a socket of Node, or what looks like one. */
export interface StreamSocket {
  /** Turned away before it could be used. */
  readonly destroyed?: boolean
  readonly writableLength: number
  readonly localPort?: number | undefined
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  write(bytes: Bytes, encoding: 'latin1'): unknown
  /** Closes after what was written. */
  end(): unknown
  destroySoon(): unknown
  destroy(): unknown
  resetAndDestroy(): unknown
  setTimeout(timeoutMs: Milliseconds): unknown
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'timeout' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
  once(event: 'connect' | 'secureConnect' | 'close', listener: () => void): unknown
}

export interface StreamKind {
  readonly transport: Transport
  /** What a connection of ours says when it can carry messages. */
  readonly opened: 'connect' | 'secureConnect'
  /** A server to be bound, which hands over each connection that can carry messages. Throws a UsageError when something
   * is missing for it. */
  server(accept: (socket: StreamSocket) => void): Server
  connect(host: string, port: number, localAddress: string | undefined): StreamSocket
}

/** Keys and certificates as PEM text, and who must show one. */
export interface TlsSettings {
  readonly certificate?: string
  readonly key?: string
  /** Who is trusted; undefined: the authorities that Node knows. */
  readonly authorities?: string
  /** Certificates of servers that we call are checked (the chain; SER compares no names). */
  readonly verifiesServers: boolean
  /** Who calls us must show a certificate that can be checked. */
  readonly requiresCertificates: boolean
  readonly handshakeTimeoutMs: Milliseconds
  readonly version?: 'TLSv1.2' | 'TLSv1.3'
}

export const TLS_DEFAULTS: TlsSettings = {
  verifiesServers: true,
  requiresCertificates: false,
  handshakeTimeoutMs: 10_000,
}

export const TCP: StreamKind = {
  transport: 'tcp',
  opened: 'connect',
  server: (accept) => createServer({ noDelay: true }, accept),
  connect: tcpConnection,
}

/** All kinds of streams, with these keys. */
export function streamKinds(settings: TlsSettings): readonly StreamKind[] {
  return [
    TCP,
    {
      transport: 'tls',
      opened: 'secureConnect',
      server: (accept) => tlsServer(settings, accept),
      connect: (...place) => tlsConnection(settings, ...place),
    },
    {
      transport: 'ws',
      opened: 'connect',
      server: (accept) => webSocketServer(accept),
      connect: (host, port, localAddress) =>
        webSocketConnection(tcpConnection(host, port, localAddress), false, host, port),
    },
    {
      transport: 'wss',
      opened: 'connect',
      server: (accept) => webSocketServer(accept, createHttpsServer(tlsServerOptions(settings))),
      connect: (host, port, localAddress) =>
        webSocketConnection(tlsConnection(settings, host, port, localAddress), true, host, port),
    },
  ]
}

function tcpConnection(host: string, port: number, localAddress: string | undefined): Socket {
  return createConnection({ host, port, noDelay: true, ...(localAddress !== undefined && { localAddress }) })
}

function tlsServer(settings: TlsSettings, accept: (socket: StreamSocket) => void): Server {
  return createTlsServer({ ...tlsServerOptions(settings), noDelay: true }, accept)
}

function tlsServerOptions({ certificate: cert, key, ...settings }: TlsSettings): TlsOptions {
  if (cert === undefined || key === undefined)
    throw new UsageError(
      'listening on TLS needs a certificate and its key: tls_certificate="cert.pem" and tls_private_key="key.pem" in the script.',
    )
  return {
    ...{ cert, key, handshakeTimeout: settings.handshakeTimeoutMs, ...trust(settings) },
    requestCert: settings.requiresCertificates,
    rejectUnauthorized: settings.requiresCertificates,
  }
}

function tlsConnection(
  settings: TlsSettings,
  host: string,
  port: number,
  localAddress: string | undefined,
): TLSSocket {
  const { certificate: cert, key, verifiesServers } = settings
  const options = {
    ...{ host, port, ...(localAddress !== undefined && { localAddress }) },
    ...(cert !== undefined && key !== undefined && { cert, key }),
    ...trust(settings),
    rejectUnauthorized: verifiesServers,
    checkServerIdentity: () => undefined,
  }
  return connectTls(options).setNoDelay(true) as TLSSocket
}

function trust({ authorities, version }: Pick<TlsSettings, 'authorities' | 'version'>): SecureContextOptions {
  return {
    ...(authorities !== undefined && { ca: authorities }),
    ...(version !== undefined && { minVersion: version }),
  }
}
