// Who is at which address, and how the packets of strangers stand in the log.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Packet, Transport } from '../endpoint.js'
import { Names } from './names.js'

const HERE = { address: '127.0.0.1', port: 5060 }
const PROXY = { address: '127.0.0.2', port: 5060 }
/** Over streams it calls from any port. */
const PROXY_CALLING = { address: '127.0.0.2', port: 40_000 }

const message = (body: string): string =>
  `MESSAGE sip:x SIP/2.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const packet = (transport: Transport, bytes: string, connection?: number): Packet => ({
  ...{ type: 'packet', transport, local: HERE, remote: PROXY, bytes },
  ...(connection !== undefined && { connection }),
})

function named(): Names {
  const names = new Names()
  for (const transport of ['udp', 'tcp'] as const) names.introduce(transport, PROXY, 'proxy')
  return names
}

test('a stream of a stranger that has a name stands there message by message, however it was cut', () => {
  const names = named()
  const [one, two, three] = [message(''), message('hello'), message('bye')]
  const said = (bytes: string, connection = 1): readonly string[] =>
    names.said(PROXY_CALLING, packet('tcp', bytes, connection)).pieces
  assert.deepEqual(said(one + two), [one, two])
  assert.deepEqual(said(two.slice(0, 30)), [])
  assert.deepEqual(said(three, 2), [three])
  assert.deepEqual(said(two.slice(30) + three), [two, three])
  assert.deepEqual(said('\r\n\r\n'), ['\r\n\r\n'])
})

test('what is no SIP stands there as it came, and so does all behind it', () => {
  const names = named()
  const said = (bytes: string): readonly string[] => names.said(PROXY, packet('tcp', bytes, 1)).pieces
  assert.deepEqual(said('GARBAGE\r\n\r\n'), ['GARBAGE\r\n\r\n'])
  assert.deepEqual(said(message('')), [message('')])
})

test('datagrams, and the streams of nobody known, are not touched', () => {
  const two = message('') + message('x')
  assert.deepEqual(named().said(PROXY, packet('udp', two)), { from: 'proxy', pieces: [two] })
  assert.deepEqual(named().said(HERE, packet('tcp', two, 1)), { from: undefined, pieces: [two] })
})
