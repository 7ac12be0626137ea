// The command line's proxy, as a user meets it.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { loadScript } from '../modules/index.js'
import { startProxy } from './proxy.js'

const REQUEST =
  'OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKcrash\r\nTo: <sip:example.com>\r\n' +
  'From: <sip:alice@example.com>;tag=a\r\nCall-ID: crash\r\nCSeq: 1 OPTIONS\r\n\r\n'

test('an engine that throws is reported with its last inputs', async () => {
  const program = {
    ...loadScript('route { break; }', 'ser.cfg'),
    run: () => {
      throw new Error('a mistake of ours')
    },
  }
  let report: (text: string) => void = () => undefined
  const crashed = new Promise<string>((resolve) => (report = resolve))
  const proxy = await startProxy({
    program,
    profile: 'ser',
    sockets: [{ address: '127.0.0.1', port: 0, transports: ['udp'], name: 'localhost', aliases: ['here'] }],
    aliases: [{ host: 'example.com', port: undefined }],
    signature: 'test',
    logFile: undefined,
    say: () => undefined,
    crashed: report,
  })
  const port = proxy.bound[0]!.port
  assert.deepEqual(proxy.aliases, [
    { host: 'localhost', port },
    { host: 'here', port },
    { host: 'example.com', port: undefined },
  ])
  const socket = createSocket('udp4')
  socket.send(REQUEST, port, '127.0.0.1')
  const text = await crashed
  assert.match(text, /^Error: a mistake of ours\n/)
  assert.match(text, /The last inputs were:\n\{"kind":"input".*"bytes":"OPTIONS sip:example\.com/)
  socket.close()
  await once(socket, 'close')
  await proxy.stop()
})
