// TLS, WebSocket and secure WebSocket: messages both ways on one connection, who is trusted, and peers that misbehave.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import type { Listen } from '../driver.js'
import type { Closed, Transport } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { streamKinds, TLS_DEFAULTS, type TlsSettings } from './stream-kinds.js'
import { Tcp, TCP_LIMITS, type TcpEvents } from './tcp.js'

const LOCAL = { address: '127.0.0.1', port: 0 }
const pem = (name: string): string => readFileSync(`src/host/testdata/tls/${name}.pem`, 'latin1')
const authorities = pem('authority')
const SERVER = { ...TLS_DEFAULTS, certificate: pem('server'), key: pem('server-key'), authorities }
const CLIENT = { ...TLS_DEFAULTS, authorities }
const SECURE: readonly Transport[] = ['tls', 'wss']

interface Heard {
  readonly text: string
  readonly connection: number
}

/** A party on this transport, and what it hears. */
class Party {
  readonly heard: Heard[] = []
  readonly ends: Closed[] = []
  readonly streams: Tcp
  #told: () => void = () => undefined
  readonly events: TcpEvents = {
    received: (_transport, connection, _local, _remote, text) => {
      this.heard.push({ text, connection })
      this.#told()
    },
    closed: (closed) => {
      this.ends.push(closed)
      this.#told()
    },
    opened: () => undefined,
    gone: () => undefined,
  }

  constructor(
    t: TestContext,
    private readonly transport: Transport,
    settings: TlsSettings = TLS_DEFAULTS,
  ) {
    this.streams = new Tcp(
      { ...TCP_LIMITS, connectTimeoutMs: 2000 },
      streamKinds(settings).find((kind) => kind.transport === transport),
    )
    t.after(() => this.streams.detach(this.events))
  }

  listen(): Promise<Listen> {
    return this.streams.listen({ transport: this.transport, ...LOCAL }, this.events)
  }

  send(remote: { address: string; port: number }, text: string, connection?: number): void {
    this.streams.send(this.events, LOCAL, remote, text, connection)
  }

  /** Until it has heard or been told so much. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#told = resolve))
  }
}

for (const transport of ['tcp', 'tls', 'ws', 'wss'] as const)
  test(`${transport}: messages go both ways on one connection, octet for octet`, async (t) => {
    const server = new Party(t, transport, SERVER)
    const client = new Party(t, transport, CLIENT)
    const place = await server.listen()
    const octets = 'MESSAGE sip:a@b SIP/2.0\r\n\r\n\x00\xff\xfe caf\xe9'
    client.send(place, octets)
    await server.until(() => server.heard.length > 0)
    assert.equal(server.heard[0]!.text, octets)
    server.send({ address: '127.0.0.1', port: 1 }, 'SIP/2.0 200 OK\r\n\r\n', server.heard[0]!.connection)
    await client.until(() => client.heard.length > 0)
    assert.equal(client.heard[0]!.text, 'SIP/2.0 200 OK\r\n\r\n')
    client.send(place, 'second')
    await server.until(() => server.heard.length > 1)
    assert.equal(server.heard[1]!.connection, server.heard[0]!.connection)
    assert.deepEqual([server.streams.size, client.streams.size], [1, 1])
    client.streams.close(client.events, client.heard[0]!.connection)
    await server.until(() => server.ends.length > 0)
    assert.deepEqual([server.ends[0]!.reason, server.streams.size], ['closed', 0])
  })

for (const transport of SECURE) {
  test(`${transport}: a server whose certificate nobody has signed is refused, unless it need not be known`, async (t) => {
    const stranger = { ...TLS_DEFAULTS, certificate: pem('stranger'), key: pem('stranger-key') }
    const server = new Party(t, transport, stranger)
    const place = await server.listen()
    const careful = new Party(t, transport, CLIENT)
    careful.send(place, 'secret')
    await careful.until(() => careful.ends.length > 0)
    assert.equal(careful.ends[0]!.reason, 'refused')
    assert.match(careful.ends[0]!.detail!, /self-signed certificate/)
    assert.equal(server.heard.length, 0)
    const trusting = new Party(t, transport, { ...TLS_DEFAULTS, verifiesServers: false })
    trusting.send(place, 'hello')
    await server.until(() => server.heard.length > 0)
    assert.equal(server.heard[0]!.text, 'hello')
  })

  test(`${transport}: who must show a certificate and has none is not heard`, async (t) => {
    const server = new Party(t, transport, { ...SERVER, requiresCertificates: true })
    const place = await server.listen()
    const nameless = new Party(t, transport, CLIENT)
    nameless.send(place, 'from nobody')
    await nameless.until(() => nameless.ends.length > 0)
    const named = { ...CLIENT, certificate: pem('client'), key: pem('client-key') }
    const known = new Party(t, transport, named)
    known.send(place, 'from a client')
    await server.until(() => server.heard.length > 0)
    assert.deepEqual(
      server.heard.map(({ text }) => text),
      ['from a client'],
    )
  })

  test(`${transport}: to listen needs a certificate, and the error says which options`, async (t) => {
    await assert.rejects(new Party(t, transport).listen(), (error: Error) => {
      assert.ok(error instanceof UsageError)
      assert.match(error.message, /tls_certificate=.*tls_private_key=/)
      return true
    })
  })

  test(`${transport}: what is no handshake ends its own connection only`, async (t) => {
    const server = new Party(t, transport, SERVER)
    const place = await server.listen()
    const peer = connect(place.port, '127.0.0.1', () => peer.write('OPTIONS sip:a SIP/2.0\r\n\r\n'))
    peer.resume().on('error', () => undefined)
    await once(peer, 'close')
    const client = new Party(t, transport, CLIENT)
    client.send(place, 'still there?')
    await server.until(() => server.heard.length > 0)
  })
}

test('nobody is there: refused, with the system’s word for it', async (t) => {
  const gone = new Party(t, 'tls', SERVER)
  const place = await gone.listen()
  await gone.streams.detach(gone.events)
  for (const transport of ['tls', 'ws', 'wss'] as const) {
    const client = new Party(t, transport, CLIENT)
    client.send(place, 'hello')
    await client.until(() => client.ends.length > 0)
    assert.equal(client.ends[0]!.reason, 'refused', transport)
    assert.match(client.ends[0]!.detail!, /ECONNREFUSED/)
  }
})

test('a server that never answers the handshake is given up', async (t) => {
  const deaf = new Party(t, 'tcp')
  const place = await deaf.listen()
  const client = new Party(t, 'tls', CLIENT)
  client.send(place, 'hello')
  await client.until(() => client.ends.length > 0)
  assert.deepEqual([client.ends[0]!.reason, client.streams.size], ['timeout', 0])
})

test('ws: who does not ask for SIP, or asks for a page, is turned away', async (t) => {
  const server = new Party(t, 'ws')
  const { port } = await server.listen()
  const other = new WebSocket(`ws://127.0.0.1:${port}/`, 'chat')
  const [error] = (await once(other, 'error')) as [Error]
  assert.match(error.message, /401|400/)
  const page = await fetch(`http://127.0.0.1:${port}/`)
  assert.equal(page.status, 426)
  await page.text()
  assert.equal(server.heard.length, 0)
})

test('ws: a frame longer than any message ends the connection', async (t) => {
  const server = new Party(t, 'ws')
  const { port } = await server.listen()
  const peer = new WebSocket(`ws://127.0.0.1:${port}/`, 'sip')
  await once(peer, 'open')
  peer.on('error', () => undefined)
  peer.send('x'.repeat(70_000))
  await Promise.all([once(peer, 'close'), server.until(() => server.ends.length > 0)])
  assert.deepEqual([server.heard.length, server.streams.size], [0, 0])
})
