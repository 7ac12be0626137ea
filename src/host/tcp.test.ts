// Limits of stream connections: idleness, unread queues, numbers; ports and lines given back.

import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import type { Closed } from '../endpoint.js'
import { Tcp, TCP_LIMITS, type TcpEvents, type TcpLimits } from './tcp.js'

const LOCAL = { address: '127.0.0.1', port: 0 }

function listening(t: TestContext, limits: Partial<TcpLimits>) {
  const tcp = new Tcp({ ...TCP_LIMITS, ...limits })
  const ends: Closed[] = []
  const texts: string[] = []
  let ended: () => void = () => undefined
  const events: TcpEvents = {
    received: (_transport, _connection, _local, _remote, bytes) => texts.push(bytes),
    closed: (closed) => {
      ends.push(closed)
      ended()
    },
    opened: () => undefined,
    gone: () => undefined,
  }
  t.after(() => tcp.detach(events))
  /** The next end of a connection. */
  const nextEnd = (): Promise<void> => new Promise((resolve) => (ended = resolve))
  return { tcp, events, ends, texts, nextEnd }
}

async function server(t: TestContext, accept: (socket: Socket) => void): Promise<Server & { port: number }> {
  const server = createServer(accept).listen(0, '127.0.0.1')
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket))
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return Object.assign(server, { port: (server.address() as { port: number }).port })
}

test('a connection on which nothing happens is closed', async (t) => {
  const { tcp, events, ends, nextEnd } = listening(t, { idleTimeoutMs: 20 })
  const { port } = await tcp.listen({ transport: 'tcp', ...LOCAL }, events)
  const peer = connect(port, '127.0.0.1')
  await Promise.all([nextEnd(), once(peer, 'close')])
  assert.deepEqual([ends.map(({ reason }) => reason), tcp.size], [['closed'], 0])
})

test('a peer that does not read is cut off when its queue is full', async (t) => {
  const { tcp, events, ends, nextEnd } = listening(t, { queueBytesMax: 1024 * 1024 })
  const { port } = await server(t, (socket) => socket.pause())
  const ended = nextEnd()
  const chunk = 'x'.repeat(64 * 1024)
  const remote = { address: '127.0.0.1', port }
  // What is sent before the connection is open stays in the queue.
  for (let sent = 0; sent <= 16; sent++) tcp.send(events, LOCAL, remote, chunk)
  await ended
  assert.deepEqual(
    ends.map(({ reason, remote: { port } }) => [reason, port]),
    [['reset', port]],
  )
})

test('more connections than allowed are turned away, coming and going', async (t) => {
  const { tcp, events, ends, nextEnd } = listening(t, { connectionsMax: 1 })
  const { port } = await tcp.listen({ transport: 'tcp', ...LOCAL }, events)
  const first = connect(port, '127.0.0.1')
  await once(first, 'connect')
  const second = connect(port, '127.0.0.1').on('error', () => undefined)
  await once(second, 'close')
  assert.equal(tcp.size, 1)
  const ended = nextEnd()
  tcp.send(events, LOCAL, { address: '127.0.0.1', port }, 'hello')
  await ended
  assert.deepEqual(
    ends.map(({ reason }) => reason),
    ['refused'],
  )
  first.destroy()
})

test('one address gets so many connections and no more; another gets its own, and what is closed is free again', async (t) => {
  const { tcp, events, ends, nextEnd } = listening(t, { connectionsPeerMax: 2 })
  const { port } = await tcp.listen({ transport: 'tcp', address: '0.0.0.0', port: 0 }, events)
  const open = async (from: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }).on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }
  const [first] = [await open('127.0.0.1'), await open('127.0.0.1')]
  await once(await open('127.0.0.1'), 'close')
  const stranger = await open('127.0.0.2')
  assert.deepEqual([tcp.size, ends.length], [3, 0])
  const ended = nextEnd()
  first.destroy()
  await ended
  const again = await open('127.0.0.1')
  again.write('x')
  assert.ok(!again.destroyed && !stranger.destroyed)
  assert.equal(tcp.size, 3)
})

test('no name is looked up, and no port is out of range', async (t) => {
  const { tcp, events, ends, nextEnd } = listening(t, {})
  for (const remote of [
    { address: 'localhost', port: 5060 },
    { address: '127.0.0.1', port: 70_000 },
  ]) {
    const ended = nextEnd()
    tcp.send(events, LOCAL, remote, 'hello')
    await ended
    assert.deepEqual([ends.at(-1)?.reason, ends.at(-1)?.remote], ['refused', remote])
  }
  assert.equal(tcp.size, 0)
})

test('what was sent before leaving still arrives', async (t) => {
  const { tcp, events } = listening(t, {})
  let text = ''
  let ended: () => void = () => undefined
  const end = new Promise<void>((resolve) => (ended = resolve))
  const { port } = await server(t, (socket) => {
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('end', ended)
  })
  tcp.send(events, LOCAL, { address: '127.0.0.1', port }, 'the last words')
  await Promise.all([tcp.detach(events), end])
  assert.deepEqual([text, tcp.size], ['the last words', 0])
})

test('a party uses only its own connections', async (t) => {
  const { tcp, events, texts } = listening(t, {})
  const other = listening(t, {}).events
  const { port } = await tcp.listen({ transport: 'tcp', ...LOCAL }, events)
  const peer = connect(port, '127.0.0.1')
  peer.write('hello')
  const data = once(peer, 'data')
  while (texts.length === 0) await new Promise((resolve) => setImmediate(resolve))
  tcp.close(other, 1)
  tcp.send(events, LOCAL, { address: '127.0.0.1', port: 1 }, 'still open', 1)
  assert.equal(String((await data)[0]), 'still open')
  peer.destroy()
})
