// Responses whose connection is gone, and requests whose server is.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Closed } from '../../endpoint.js'
import { brief, request, responseTo, RouteRun, type Sent } from '../route-run.js'

const RELAY = 'route { t_relay(); }'
const PHONE = { address: '10.0.0.7', port: 40_000 }
const HEADERS = { headers: ['Max-Forwards: 70'] }

const isOver = (reason: Closed['reason'], port: number, connection: number): Closed => ({
  ...{ type: 'closed', transport: 'tcp', connection, remote: { address: PHONE.address, port }, reason },
})

/** The 200 after the caller's connection has ended; `via` is where the caller says that it listens. */
function answered(via: string): { run: RouteRun; sent: Sent[] } {
  const run = new RouteRun(RELAY, 'rfc3261')
  const text = request('OPTIONS', 'sip:bob@10.0.1.1', HEADERS).replace(
    /^Via:.*$/m,
    `Via: SIP/2.0/TCP ${via};branch=z9hG4bKa`,
  )
  const [asked] = run.receive(text, { from: PHONE, transport: 'tcp', connection: 5 })
  run.give(isOver('closed', PHONE.port, 5))
  const sent = run.receive(responseTo(asked, 200), { from: { address: '10.0.1.1', port: 5060 } })
  return { run, sent }
}

test('a response whose connection is gone goes to where the Via says', () => {
  const { sent } = answered('10.0.0.7:5071')
  assert.deepEqual(
    sent.map((one) => [brief(one), one.to, one.connection]),
    [['10.0.0.7 200', '10.0.0.7:5071', undefined]],
  )
})

test('where nobody takes it there, it goes to the servers of the name; taken once, it goes nowhere else', () => {
  const { run, sent } = answered('phone.example.net')
  assert.deepEqual(
    sent.map(({ to }) => to),
    ['10.0.0.7:5060'],
  )
  run.give(isOver('refused', 5060, 6))
  const services = [1, 2].map((at) => ({ priority: at, weight: 0, port: 5060 + at, target: `10.0.0.2${at}` }))
  assert.deepEqual(
    run.answer({ kind: 'services', services }).map(({ to }) => to),
    ['10.0.0.21:5061'],
  )
  run.give({
    type: 'closed',
    transport: 'tcp',
    connection: 7,
    remote: { address: '10.0.0.21', port: 5061 },
    reason: 'closed',
  })
  assert.equal(run.sent.filter(({ bytes }) => bytes.startsWith('SIP/2.0 200')).length, 2)
})

/** An INVITE to a name with two servers; what the first one gets. */
function toTwoServers(): { run: RouteRun; first: Sent } {
  const run = new RouteRun(RELAY, 'rfc3261')
  run.receive(request('INVITE', 'sip:bob@far.example.net', HEADERS))
  run.answer({ kind: 'failure', reason: 'no NAPTR' })
  const services = [1, 2].map((at) => ({ priority: at, weight: 0, port: 5060, target: `10.0.1.${at}` }))
  const [first] = run.answer({ kind: 'services', services })
  return { run, first: first! }
}

test('the next server gets the request, as a branch of its own, where the first answers 503', () => {
  const { run, first } = toTwoServers()
  const [ack, second] = run.receive(responseTo(first, 503), { from: { address: '10.0.1.1', port: 5060 } })
  assert.deepEqual([first, ack!, second!].map(brief), ['10.0.1.1 INVITE', '10.0.1.1 ACK', '10.0.1.2 INVITE'])
  assert.notEqual(/branch=[^;\r]+/.exec(second!.bytes)![0], /branch=[^;\r]+/.exec(first.bytes)![0])
  const upstream = run.receive(responseTo(second, 486), { from: { address: '10.0.1.2', port: 5060 } })
  assert.deepEqual(upstream.map(brief), ['10.0.1.2 ACK', '10.0.0.1 486'])
})

test('a late 2xx of a server that was silent still goes up, and cancels the next one', () => {
  const { run, first } = toTwoServers()
  const next = run.until(32_000).filter((sent) => brief(sent) === '10.0.1.2 INVITE')
  assert.equal(next.length, 1)
  run.receive(responseTo(next[0], 180), { from: { address: '10.0.1.2', port: 5060 } })
  const late = run.receive(responseTo(first, 200), { from: { address: '10.0.1.1', port: 5060 } })
  assert.deepEqual(late.map(brief), ['10.0.0.1 200', '10.0.1.2 CANCEL'])
})

test('what is too long for a datagram goes over TCP, and over UDP after all where that is refused', () => {
  const run = new RouteRun(RELAY, 'rfc3261')
  const body = 'x'.repeat(1300)
  const long = request('MESSAGE', 'sip:bob@10.0.1.1', { ...HEADERS, body })
  const [sent] = run.receive(long)
  assert.deepEqual([sent!.transport, /^Via: SIP\/2\.0\/(\w+)/m.exec(sent!.bytes)?.[1]], ['tcp', 'TCP'])
  const remote = { address: '10.0.1.1', port: 5060 }
  const [again] = run.give({ type: 'closed', transport: 'tcp', connection: 9, remote, reason: 'refused' })
  assert.deepEqual([again!.transport, /^Via: SIP\/2\.0\/(\w+)/m.exec(again!.bytes)?.[1]], ['udp', 'UDP'])
  const [relayed] = run.receive(responseTo(again, 200), { from: remote })
  assert.equal(brief(relayed!), '10.0.0.1 200')
})
