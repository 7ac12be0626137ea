// Path and flows: what a registrar keeps of the way to a phone, and how requests take it (RFC 3327, RFC 5626).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, headerValues, request, responseTo, RouteRun, type Sent } from '../route-run.js'

const LINES = 'modparam("registrar", "use_path", 1) modparam("registrar", "outbound_mode", 1)'
const ROUTE = `route {
  if (method == "REGISTER") { save("location"); break; };
  if (!lookup("location")) { sl_send_reply("404", "Nobody"); break; };
  t_relay(); }`
const ONE = '<sip:bob@10.0.1.1>'
const TWO = '<sip:bob@10.0.1.2>'

class Registering {
  readonly run: RouteRun
  #number = 0

  constructor(lines = LINES) {
    this.run = new RouteRun(`${lines}\n${ROUTE}`)
  }

  register(contact: string, ...headers: string[]): Sent {
    const number = ++this.#number
    const parts = { headers: [`Contact: ${contact}`, ...headers], cseq: number, branch: `z9hG4bKr${number}` }
    return this.run.receive(request('REGISTER', 'sip:example.com', { ...parts, callId: `c${number}` }))[0]!
  }

  /** What reaches whom, with the Routes it takes. */
  call(): Sent[] {
    const branch = `z9hG4bKc${++this.#number}`
    const sent = this.run.receive(request('INVITE', 'sip:bob@example.com', { branch, callId: branch }))
    return sent.filter(({ bytes }) => bytes.startsWith('INVITE') || / 404 /.test(bytes))
  }
}

const routesOf = (sent: Sent): string => `${brief(sent)} by ${headerValues(sent, 'Route').join(' | ')}`

test('requests take the Path of each binding', () => {
  const bob = new Registering()
  bob.register(ONE, 'Path: <sip:10.0.2.1;lr>, <sip:far;lr>')
  bob.register(TWO, 'Path: <sip:10.0.2.2;lr>')
  bob.register('<sip:bob@10.0.1.3>')
  assert.deepEqual(bob.call().map(routesOf), [
    '10.0.2.1 INVITE by <sip:10.0.2.1;lr>, <sip:far;lr>',
    '10.0.2.2 INVITE by <sip:10.0.2.2;lr>',
    '10.0.1.3 INVITE by ',
  ])
})

test('a new registration brings a new Path, or none', () => {
  const bob = new Registering()
  bob.register(ONE, 'Path: <sip:10.0.2.1;lr>')
  bob.register(ONE, 'Path: <sip:10.0.2.2;lr>')
  assert.deepEqual(bob.call().map(routesOf), ['10.0.2.2 INVITE by <sip:10.0.2.2;lr>'])
  bob.register(ONE)
  assert.deepEqual(bob.call().map(routesOf), ['10.0.1.1 INVITE by '])
})

test('without use_path a Path means nothing', () => {
  const bob = new Registering('')
  assert.deepEqual(headerValues(bob.register(ONE, 'Supported: path', 'Path: <sip:10.0.2.1;lr>'), 'Path'), [])
  assert.deepEqual(bob.call().map(routesOf), ['10.0.1.1 INVITE by '])
})

test('the 200 repeats the Path for who understands it', () => {
  const bob = new Registering()
  const path = ['Path: <sip:a;lr>', 'Path: <sip:b;lr>']
  assert.deepEqual(headerValues(bob.register(ONE, 'Supported: path', ...path), 'Path'), [
    '<sip:a;lr>, <sip:b;lr>',
  ])
  assert.deepEqual(headerValues(bob.register(ONE, ...path), 'Path'), [])
})

test('a Path that cannot be followed is refused, and nothing is bound', () => {
  const bob = new Registering()
  for (const path of ['sip:10.0.2.1', '<tel:1>', `<sip:${'h'.repeat(2100)};lr>`])
    assert.equal(brief(bob.register(ONE, `Path: ${path}`)), '10.0.0.1 400')
  assert.deepEqual(bob.call().map(brief), ['10.0.0.1 404'])
})

test('the ACK of a refusal takes the Route of its INVITE', () => {
  const bob = new Registering()
  bob.register(ONE, 'Path: <sip:10.0.2.1;lr>')
  const [invite] = bob.call()
  const ack = bob.run.receive(responseTo(invite, 486)).find((sent) => brief(sent) === '10.0.2.1 ACK')
  assert.deepEqual(headerValues(ack!, 'Route'), ['<sip:10.0.2.1;lr>'])
})

const flow = (user: string, regId: string): string =>
  `<sip:${user}@10.0.1.1;ob>;reg-id=${regId};+sip.instance="<urn:uuid:1>"`
const OUTBOUND = 'Supported: path, outbound'

test('a flow is known by its phone and number, not by its URI', () => {
  const bob = new Registering()
  bob.register(flow('one', '1'), OUTBOUND)
  bob.register(flow('one', '2'), OUTBOUND)
  const reply = bob.register(flow('two', '1'), OUTBOUND)
  const users = headerValues(reply, 'Contact')[0]!
    .split(', ')
    .map((value) => /sip:(\w+)@.*reg-id=(\d)/.exec(value)!)
  assert.deepEqual(
    users.map(([, user, regId]) => `${user} ${regId}`),
    ['one 2', 'two 1'],
  )
  assert.deepEqual(headerValues(reply, 'Require'), ['outbound'])
  assert.deepEqual(headerValues(reply, 'Flow-Timer'), [])
})

test('reg-id is a number above zero, once a request, from who supports it', () => {
  const bob = new Registering()
  for (const bad of [flow('a', '0'), flow('a', 'x'), `${flow('a', '1')}, ${flow('b', '2')}`])
    assert.equal(brief(bob.register(bad, OUTBOUND)), '10.0.0.1 400', bad)
  const reply = bob.register(flow('a', '0'))
  assert.equal(brief(reply), '10.0.0.1 200', 'without Supported: outbound it means nothing')
  assert.deepEqual(headerValues(reply, 'Require'), [])
})

test('through a proxy that keeps no flow there is none: 439', () => {
  const bob = new Registering()
  const via = 'Via: SIP/2.0/UDP phone.example.net;branch=z9hG4bKphone'
  const through = (path: string): string =>
    brief(bob.register(flow('a', '1'), via, OUTBOUND, `Path: ${path}`))
  assert.equal(through('<sip:10.0.2.1;lr>'), '10.0.0.1 439')
  assert.equal(through('<sip:inner;lr>, <sip:x@10.0.2.1;lr;ob>'), '10.0.0.1 200')
})

test('the flows of a phone are tried one after the other', () => {
  const bob = new Registering()
  const via = 'Via: SIP/2.0/UDP phone.example.net;branch=z9hG4bKphone'
  bob.register(flow('a', '1'), via, OUTBOUND, 'Path: <sip:x@10.0.2.1;lr;ob>')
  bob.register(flow('a', '2'), via, OUTBOUND, 'Path: <sip:y@10.0.2.2;lr;ob>')
  const [first, ...others] = bob.call()
  assert.equal(routesOf(first!), '10.0.2.1 INVITE by <sip:x@10.0.2.1;lr;ob>')
  assert.deepEqual(others, [])
  const second = bob.run.receive(responseTo(first, 430)).find(({ bytes }) => bytes.startsWith('INVITE'))
  assert.equal(routesOf(second!), '10.0.2.2 INVITE by <sip:y@10.0.2.2;lr;ob>')
  assert.deepEqual(bob.run.receive(responseTo(second, 486)).map(brief), ['10.0.2.2 ACK', '10.0.0.1 486'])
})

test('when all flows have failed the caller hears of it', () => {
  const bob = new Registering()
  bob.register(flow('a', '1'), OUTBOUND)
  bob.register(flow('b', '2'), OUTBOUND)
  const [first] = bob.call()
  const [, second] = bob.run.receive(responseTo(first, 430))
  assert.deepEqual(bob.run.receive(responseTo(second, 430)).map(brief), ['10.0.1.1 ACK', '10.0.0.1 430'])
})
