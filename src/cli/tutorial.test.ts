// The guide's scripts (features/scripts) as a proxy on real sockets, each asked what it is for.

import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadScript } from '../modules/index.js'
import { startProxy } from './proxy.js'

const PATIENCE_MS = 10_000

interface Caller {
  /** Sends a request; resolves with the first line (and Contacts) of each response up to the first final one. */
  asks(method: string, uri: string, headers?: string): Promise<string[]>
}

/** Runs a script as `serve` does, and talks to it. */
async function served(
  name: string,
  change: (text: string) => string,
  talk: (caller: Caller) => Promise<void>,
) {
  const file = `features/scripts/${name}.cfg`
  const proxy = await startProxy({
    program: loadScript(change(readFileSync(file, 'utf8')), file),
    profile: 'ser',
    sockets: [{ address: '127.0.0.1', port: 0, transports: ['udp', 'tcp'], name: 'localhost', aliases: [] }],
    aliases: [{ host: 'localhost', port: undefined }],
    signature: 'test',
    logFile: undefined,
    say: () => undefined,
    crashed: (report) => assert.fail(report),
  })
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let count = 0
  try {
    await talk({
      asks: (method, uri, headers = '') =>
        ask(socket, proxy.bound[0]!.port, `${++count}`, { method, uri, headers }),
    })
  } finally {
    socket.close()
    await proxy.stop()
  }
}

async function ask(
  socket: Socket,
  port: number,
  id: string,
  request: { method: string; uri: string; headers: string },
) {
  const { method, uri, headers } = request
  const own = `127.0.0.1:${socket.address().port}`
  const text =
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${own};branch=z9hG4bK${id}\r\nMax-Forwards: 9\r\nFrom: <sip:c@127.0.0.1>;tag=${id}\r\n` +
    `To: <${uri}>\r\nCall-ID: ${id}@tutorial\r\nCSeq: 1 ${method}\r\n${headers}Content-Length: 0\r\n\r\n`
  const lines: string[] = []
  const over = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no final response; heard ${lines.join(', ')}`)),
      PATIENCE_MS,
    )
    socket.on('message', function hear(bytes) {
      const [head = ''] = bytes.toString('latin1').split('\r\n\r\n')
      if (!head.includes(`Call-ID: ${id}@tutorial`)) return
      const [first = '', ...rest] = head.split('\r\n')
      lines.push(first, ...rest.filter((line) => line.startsWith('Contact:')))
      if (/^SIP\/2\.0 1/.test(first)) return
      clearTimeout(timer)
      socket.off('message', hear)
      resolve()
    })
  })
  socket.send(text, port, '127.0.0.1')
  await over
  return lines
}

const asItIs = (text: string): string => text

test('the default configuration registers, finds and refuses', async () => {
  await served('default', asItIs, async ({ asks }) => {
    const contact = 'Contact: <sip:here@127.0.0.1:9>\r\n'
    const [ok, registered] = await asks('REGISTER', 'sip:localhost', contact)
    assert.equal(ok, 'SIP/2.0 200 OK')
    assert.match(registered ?? '', /^Contact: <sip:here@127\.0\.0\.1:9>;.*expires=3600/)
    assert.deepEqual(await asks('INVITE', 'sip:nobody@localhost'), ['SIP/2.0 404 Not Found'])
  })
})

test('the stateful user agent server answers by itself', async () => {
  await served('uas', asItIs, async ({ asks }) => {
    assert.deepEqual(await asks('INVITE', 'sip:a@localhost'), ['SIP/2.0 409 Bizarre Error'])
    assert.deepEqual(await asks('INVITE', 'sip:b@localhost'), ['SIP/2.0 699 I do not want to chat with you'])
  })
})

test('the redirect server names both destinations', async () => {
  await served('redirect', asItIs, async ({ asks }) => {
    const [first, ...contacts] = await asks('INVITE', 'sip:x@localhost')
    assert.equal(first, 'SIP/2.0 300 Redirect')
    assert.match(contacts.join(), /sip:parallel@siphub\.example:9.*sip:redirect@siphub\.example:9/)
  })
})

test('the last resort of the forward-on-unavailable script is reached', async () => {
  const callee = createSocket('udp4')
  callee.bind(0, '127.0.0.1')
  await once(callee, 'listening')
  callee.on('message', (bytes, { port, address }) => {
    const text = bytes.toString('latin1')
    if (text.startsWith('INVITE sip:foo@'))
      callee.send(
        text.replace(/^.*/, 'SIP/2.0 200 Reached').replace(/^To: .*(?=\r)/m, '$&;tag=b'),
        port,
        address,
      )
  })
  const silent = (text: string): string =>
    text
      .replace('10.0.0.24:5060', `127.0.0.1:${callee.address().port}`)
      .replaceAll(/10\.0\.0\.2(\d):5060/g, '127.0.0.2$1:9')
      .replace('"fr_timer", 3', '"fr_timer", 1')
  await served('onreply', silent, async ({ asks }) => {
    const lines = await asks('INVITE', 'sip:x@localhost')
    assert.equal(lines.at(-1), 'SIP/2.0 200 Reached')
  })
  callee.close()
})
