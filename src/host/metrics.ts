// Numbers for Prometheus over HTTP: GET /metrics, nothing else. Who asks slowly, or often at once, is cut off.

import { createServer, type Server } from 'node:http'
import type { Address } from '../endpoint.js'

const CONNECTIONS_MAX = 16
const REQUEST_MS_MAX = 5000
const HEADER_OCTETS_MAX = 8192
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export class Metrics {
  private constructor(
    private readonly server: Server,
    /** Where it listens. */
    readonly bound: Address,
  ) {}

  /** Listens; `text` makes what is answered. Rejects with an Error when the port is not to be had. */
  static async open({ address, port }: Address, text: () => string): Promise<Metrics> {
    const server = createServer({ maxHeaderSize: HEADER_OCTETS_MAX }, (request, response) => {
      const isThere = request.url === '/metrics'
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      response.setHeader('Connection', 'close')
      if (isThere && isRead) return void response.setHeader('Content-Type', CONTENT_TYPE).end(text())
      response.statusCode = isThere ? 405 : 404
      response.end(isThere ? 'GET only\n' : 'see /metrics\n')
    })
    server.maxConnections = CONNECTIONS_MAX
    server.requestTimeout = REQUEST_MS_MAX
    server.headersTimeout = REQUEST_MS_MAX
    server.timeout = REQUEST_MS_MAX
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, address, resolve)
    })
    const bound = server.address()
    return new Metrics(server, typeof bound === 'object' && bound !== null ? bound : { address, port })
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}
