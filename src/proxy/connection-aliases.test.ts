// Connections that are meant by the port of a Via.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, RouteRun } from '../modules/route-run.js'
import { ConnectionAliases } from './connection-aliases.js'

const AT = { address: '10.0.0.7', port: 5062 }

test('an alias leads to its connection as long as that lives', () => {
  const aliases = new ConnectionAliases()
  assert.equal(aliases.find('tcp', AT), undefined)
  assert.equal(aliases.add('tcp', AT.address, AT.port, 3), true)
  assert.equal(aliases.find('tcp', AT), 3)
  assert.equal(aliases.find('tls', AT), undefined)
  assert.equal(aliases.find('tcp', { ...AT, port: 5063 }), undefined)
  aliases.add('tcp', AT.address, AT.port, 4)
  aliases.closed(3)
  assert.equal(aliases.find('tcp', AT), 4, 'the newest connection has it')
  aliases.closed(4)
  assert.equal(aliases.find('tcp', AT), undefined)
})

test('a connection has a few aliases at most', () => {
  const aliases = new ConnectionAliases()
  const taken = [1, 2, 3, 4, 5].map((port) => aliases.add('tcp', AT.address, port, 9))
  assert.deepEqual(taken, [true, true, true, true, false])
})

/** What a call to the phone takes after it has sent an OPTIONS over connection 5 from port 40000. */
function connectionAfter(script: string, via: string): number | undefined {
  const run = new RouteRun(`tcp_accept_aliases=yes\nroute { ${script} }`)
  const options = request('OPTIONS', 'sip:example.com', {}).replace(/^Via:.*$/m, via)
  run.receive(options, { from: { address: AT.address, port: 40_000 }, transport: 'tcp', connection: 5 })
  const call = request('INVITE', `sip:bob@${AT.address}:${AT.port};transport=tcp`, {})
  return run.receive(call).find(({ bytes }) => bytes.startsWith('INVITE'))?.connection
}

const RELAY = 'if (method == "INVITE") { t_relay(); break; };'
const VIA = `Via: SIP/2.0/TCP ${AT.address}:${AT.port};branch=z9hG4bKa`

test('force_tcp_alias names the connection by the port of the Via, or by another', () => {
  assert.equal(connectionAfter(`${RELAY} force_tcp_alias();`, VIA), 5)
  assert.equal(connectionAfter(`${RELAY} force_tcp_alias(5062);`, VIA.replace(':5062', '')), 5)
  assert.equal(connectionAfter(`${RELAY} force_tcp_alias(5070);`, VIA), undefined)
  assert.equal(connectionAfter(RELAY, VIA), undefined)
})

test('tcp_accept_aliases takes the word of the Via for it', () => {
  assert.equal(connectionAfter(RELAY, `${VIA};alias`), 5)
  assert.equal(connectionAfter(RELAY, VIA.replace(';branch', ';alias;branch')), 5)
  assert.equal(connectionAfter(RELAY, `${VIA};aliased=1`), undefined)
})
