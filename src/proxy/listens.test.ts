// Proxy: listens.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptErrors } from '../errors.js'
import { bindScript } from '../script/bind.js'
import { parseScript } from '../script/parser.js'
import { hostsAskedFor, listenSockets, type Surroundings } from './listens.js'
import { vocabularyOf } from './vocabulary.js'

const surroundings: Surroundings = {
  interfaces: new Map([
    ['lo', ['127.0.0.1']],
    ['eth0', ['10.0.0.1', '10.0.0.2']],
  ]),
  hosts: new Map([
    ['127.0.0.1', { address: '127.0.0.1', canonicalName: '127.0.0.1', aliases: ['localhost'] }],
    ['pc', { address: '10.0.0.1', canonicalName: 'pc.example.com', aliases: ['www.example.com'] }],
  ]),
}

function assignments(options: string) {
  return bindScript(parseScript(`${options}\nroute { break; }`, 'ser.cfg'), vocabularyOf([])).assignments
}

function listening(options: string): string[] {
  return listenSockets(assignments(options), surroundings).map(
    ({ transports, address, port }) => `${transports.join('+')}:${address}:${port}`,
  )
}

test('without listen it is every IPv4 address that is up, at 5060 or at the port given', () => {
  const all = ['127.0.0.1', '10.0.0.1', '10.0.0.2']
  assert.deepEqual(
    listening(''),
    all.map((address) => `udp+tcp:${address}:5060`),
  )
  assert.deepEqual(
    listening('port=5070'),
    all.map((address) => `udp+tcp:${address}:5070`),
  )
})

test('a port behind two entries is given to both of them', () => {
  assert.deepEqual(listening('listen=10.0.0.1 listen=10.0.0.2 port=5062'), [
    'udp+tcp:10.0.0.1:5062',
    'udp+tcp:10.0.0.2:5062',
  ])
})

test('a port before an entry is its default, one behind it changes only the last entry', () => {
  assert.deepEqual(listening('port=5070\nlisten=10.0.0.1\nlisten=10.0.0.2\nport=5080\nlisten=127.0.0.1'), [
    'udp+tcp:10.0.0.1:5070',
    'udp+tcp:10.0.0.2:5080',
    'udp+tcp:127.0.0.1:5080',
  ])
})

test('an entry keeps the transport and port that it names', () => {
  assert.deepEqual(listening('listen=tcp:10.0.0.1:5090\nlisten=10.0.0.2:5091\nport=5062'), [
    'tcp:10.0.0.1:5090',
    'udp+tcp:10.0.0.2:5091',
  ])
})

test('disable_tcp leaves UDP, and nothing of an entry that is TCP only', () => {
  assert.deepEqual(listening('listen=10.0.0.1\nlisten=tcp:10.0.0.2\ndisable_tcp=yes'), ['udp:10.0.0.1:5060'])
})

test('an interface becomes its addresses, several ids may stand in one line', () => {
  assert.deepEqual(listening('listen=127.0.0.1 "eth0"'), [
    'udp+tcp:127.0.0.1:5060',
    'udp+tcp:10.0.0.1:5060',
    'udp+tcp:10.0.0.2:5060',
  ])
})

test('the same address and port twice is one socket with the names of both', () => {
  assert.deepEqual(listenSockets(assignments('listen=udp:10.0.0.1 listen="pc"'), surroundings), [
    {
      address: '10.0.0.1',
      port: 5060,
      name: '10.0.0.1',
      transports: ['udp', 'tcp'],
      aliases: ['pc', 'www.example.com'],
    },
  ])
})

test('a name brings its canonical name, itself and its aliases, an address its reverse names', () => {
  const [pc, local] = listenSockets(assignments('listen="pc" "127.0.0.1"'), surroundings)
  assert.equal(pc?.name, 'pc.example.com')
  assert.deepEqual(pc?.aliases, ['pc', 'www.example.com'])
  assert.equal(local?.name, '127.0.0.1')
  assert.deepEqual(local?.aliases, ['localhost'])
})

test('TLS and WebSocket are listened at where the script says so, at ports of their own', () => {
  assert.deepEqual(listening('listen=tls:10.0.0.1 listen=ws:10.0.0.1 listen=wss:10.0.0.1:8443 port=5070'), [
    'tls:10.0.0.1:5061',
    'ws:10.0.0.1:80',
    'wss:10.0.0.1:8443',
  ])
  assert.deepEqual(listening('tls_port_no=5999\nlisten=tls:10.0.0.1'), ['tls:10.0.0.1:5999'])
})

test('with a certificate TLS is listened at beside UDP and TCP, unless it is disabled', () => {
  assert.deepEqual(listening('tls_certificate="c.pem" listen=10.0.0.1'), [
    'udp+tcp:10.0.0.1:5060',
    'tls:10.0.0.1:5061',
  ])
  assert.deepEqual(listening('tls_certificate="c.pem" disable_tls=yes listen=10.0.0.1'), [
    'udp+tcp:10.0.0.1:5060',
  ])
})

test('a name that leads nowhere is a mistake with a place', () => {
  assert.throws(
    () => listening('debug=3\nlisten="nowhere" 10.0.0.1'),
    (error: ScriptErrors) => {
      assert.deepEqual(
        error.errors.map(({ message }) => message),
        ['ser.cfg:2:8: could not resolve nowhere (no such name, address or interface here)'],
      )
      return true
    },
  )
})

test('the hosts to be looked up beforehand are those of the sockets', () => {
  const { interfaces } = surroundings
  assert.deepEqual(hostsAskedFor(assignments('listen="pc" eth0'), interfaces), ['pc', '10.0.0.1', '10.0.0.2'])
  assert.deepEqual(hostsAskedFor(assignments(''), interfaces), ['127.0.0.1', '10.0.0.1', '10.0.0.2'])
})
