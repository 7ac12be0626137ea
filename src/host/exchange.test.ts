// Exchanges over datagrams and Unix sockets: what comes back, what is tried again, what is given up.

import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import type { Answer } from '../endpoint.js'
import { Exchanges } from './exchange.js'

const exchanges = new Exchanges()
const folder = mkdtempSync(`${tmpdir()}/sipwright-exchange-`)
const opened: { close(): unknown }[] = []
after(() => {
  for (const one of opened) one.close()
  rmSync(folder, { recursive: true })
})

/** A UDP server on loopback; returns its channel. */
async function serve(heard: (text: string, socket: Socket, from: RemoteInfo) => void): Promise<string> {
  const socket = createSocket('udp4')
  opened.push(socket)
  socket.on('message', (octets, from) => heard(octets.toString('latin1'), socket, from))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return `udp:127.0.0.1:${socket.address().port}`
}

function ask(channel: string, bytes = 'c1 V\n', timeoutMs = 50): Promise<Answer> {
  return exchanges.answer({ kind: 'exchange', channel, bytes, until: ['c1 ', '\n'], tries: 3, timeoutMs })
}

test('a datagram is answered', async () => {
  const channel = await serve((text, socket, from) => socket.send(`${text.trim()} = 1\n`, from.port))
  assert.deepEqual(await ask(channel), { kind: 'octets', octets: 'c1 V = 1\n' })
})

test('a datagram that got lost is sent again', async () => {
  let heard = 0
  const channel = await serve((_text, socket, from) => {
    if (++heard === 3) socket.send('c1 yes', from.port)
  })
  assert.deepEqual(await ask(channel), { kind: 'octets', octets: 'c1 yes' })
  assert.equal(heard, 3)
})

test('what is no answer to this question does not count', async () => {
  const channel = await serve((_text, socket, from) => {
    socket.send('c0 old', from.port)
    socket.send('c1 new', from.port)
  })
  assert.deepEqual(await ask(channel), { kind: 'octets', octets: 'c1 new' })
})

test('somebody else cannot answer', async () => {
  const channel = await serve((_text, _socket, from) => {
    const stranger = createSocket('udp4')
    stranger.send('c1 forged', from.port, '127.0.0.1', () => stranger.close())
  })
  assert.deepEqual(await ask(channel), { kind: 'failure', reason: `${channel}: no answer to 3 datagrams` })
})

test('octets are carried as they are', async () => {
  const channel = await serve((text, socket, from) =>
    socket.send(Buffer.from(`c1 ${text}`, 'latin1'), from.port),
  )
  assert.deepEqual(await ask(channel, '\xff\0\r\n'), { kind: 'octets', octets: 'c1 \xff\0\r\n' })
})

test('a line over a Unix socket is answered, also in pieces', async () => {
  const path = `${folder}/line`
  const server = createServer({ allowHalfOpen: true }, (stream) => {
    stream.on('data', (octets) => {
      stream.write(String(octets).slice(0, 2))
      setImmediate(() => stream.end(String(octets).slice(2)))
    })
  }).listen(path)
  opened.push(server)
  await once(server, 'listening')
  assert.deepEqual(await ask(`unix:${path}`, 'abcdef\n'), { kind: 'octets', octets: 'abcdef\n' })
})

test('a stream that says nothing, ends early or never ends is given up', async () => {
  const acts: Readonly<Record<string, (stream: import('node:net').Socket) => void>> = {
    silent: () => undefined,
    short: (stream) => stream.end('half'),
    endless: (stream) => stream.on('error', () => undefined).write('x'.repeat(100_000)),
  }
  const reasons: string[] = []
  for (const [name, act] of Object.entries(acts)) {
    const server = createServer({ allowHalfOpen: true }, act).listen(`${folder}/${name}`)
    opened.push(server)
    await once(server, 'listening')
    const answer = await ask(`unix:${folder}/${name}`)
    reasons.push(answer.kind === 'failure' ? answer.reason.replace(/^.*: /, '') : 'an answer')
  }
  assert.deepEqual(reasons, [
    'no answer in time',
    'closed before the answer was complete',
    'an answer of more than 65536 octets',
  ])
})

test('nobody there, and a channel that is none, are failures', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  for (const channel of [
    `unix:${folder}/nobody`,
    'udp:nowhere',
    'udp:a:99999',
    'tcp:a:1',
    '',
    `udp:127.0.0.1:${port}`,
  ])
    assert.equal((await ask(channel)).kind, 'failure', channel)
  assert.equal((await ask('udp:no such name:1')).kind, 'failure')
})

test('what is under way when the host closes is given up', async () => {
  const own = new Exchanges()
  const question = {
    kind: 'exchange',
    channel: await serve(() => undefined),
    bytes: 'x',
    until: ['y'],
  } as const
  const answer = own.answer({ ...question, tries: 1, timeoutMs: 60_000 })
  own.close()
  assert.equal((await answer).kind, 'failure')
})
