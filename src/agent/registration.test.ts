// A phone against a scripted registrar: what it sends, what it makes of the answers, when it refreshes.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import { BackToBack, response } from './back-to-back.js'
import type { PhoneOptions } from './options.js'
import type { Phone } from './phone.js'

const ALICE = 5070
const REGISTRAR = 5060
const proxy = { transport: 'udp', address: '10.0.0.1', port: REGISTRAR } as const
const CONTACT = `sip:alice@10.0.0.1:${ALICE}`

function setUp(
  answer: (request: Message) => string[],
  options: Partial<PhoneOptions> = {},
): [BackToBack, Phone] {
  const net = new BackToBack()
  net.stub(REGISTRAR, answer)
  return [net, net.phone('alice', ALICE, { proxy, ...options })]
}

const accept =
  (...lines: string[]) =>
  (request: Message) => [response(request, '200 OK', 'r', ...lines)]

test('REGISTER goes to the domain, through the outbound proxy, with To = From = AOR and the own contact', () => {
  const [net, alice] = setUp(accept(`Contact: <${CONTACT}>;expires=120;q=0.5`))
  net.order(alice, { verb: 'register', expiresS: 600, q: 0.5 })
  const { message } = alice.sent[0]!
  assert.equal(message.requestUri, 'sip:example.com')
  assert.match(message.header(Header.FROM)!, /^<sip:alice@example.com>;tag=/)
  assert.equal(message.header(Header.TO), '<sip:alice@example.com>')
  assert.equal(message.header(Header.CONTACT), `<${CONTACT}>;q=0.5`)
  assert.equal(message.header(Header.EXPIRES), '600')
  const { state, status, grantedS, expiresAt, bindings } = alice.registration
  assert.deepEqual(
    { state, status, grantedS, expiresAt },
    {
      ...{ state: 'registered', status: 200, grantedS: 120, expiresAt: 120_000 },
    },
  )
  assert.deepEqual(bindings, [{ uri: CONTACT, q: 0.5, expiresS: 120 }])
})

test('a registration is refreshed before it expires, with the same Call-ID and the next CSeq', () => {
  const [net, alice] = setUp(accept(`Contact: <${CONTACT}>;expires=100`))
  net.order(alice, { verb: 'register' })
  net.run(270_000)
  assert.deepEqual(
    net.lines(ALICE),
    [0, 90_000, 180_000, 270_000].map((at) => `${at} REGISTER sip:example.com`),
  )
  const sent = alice.sent.map(({ message }) => [message.callId, message.header(Header.CSEQ)])
  assert.equal(new Set(sent.map(([callId]) => callId)).size, 1)
  assert.deepEqual(
    sent.map(([, cseq]) => cseq),
    ['1 REGISTER', '2 REGISTER', '3 REGISTER', '4 REGISTER'],
  )
})

test('without refresh the binding is left to expire', () => {
  const [net, alice] = setUp(accept(`Contact: <${CONTACT}>;expires=100`))
  net.order(alice, { verb: 'register', refresh: false })
  net.run(1_000_000)
  assert.equal(alice.registration.requests, 1)
})

test('the time granted may stand in the Expires header', () => {
  const [net, alice] = setUp(accept(`Contact: <${CONTACT}>`, 'Expires: 77'))
  net.order(alice, { verb: 'register' })
  assert.equal(alice.registration.grantedS, 77)
})

test('unregistering stops the refresh and removes the own contact; removing all sends *', () => {
  const [net, alice] = setUp((request) => [
    response(
      request,
      '200 OK',
      'r',
      ...(request.valuesOf(Header.CONTACT)[0]?.endsWith('=0') ? [] : [`Contact: <${CONTACT}>`]),
    ),
  ])
  net.order(alice, { verb: 'register' })
  net.order(alice, { verb: 'unregister' })
  assert.equal(alice.sent[1]!.message.header(Header.CONTACT), `<${CONTACT}>;expires=0`)
  assert.deepEqual([alice.registration.state, alice.registration.bindings], ['unregistered', []])
  net.order(alice, { verb: 'removeAllBindings' })
  const last = alice.sent[2]!.message
  assert.deepEqual([last.header(Header.CONTACT), last.header(Header.EXPIRES)], ['*', '0'])
  net.run(10_000_000)
  assert.equal(alice.registration.requests, 3)
})

test('a query has no Contact and shows the bindings', () => {
  const [net, alice] = setUp(accept('Contact: <sip:a@h>;expires=5, <sip:b@h;transport=tcp>;q=0.25;expires=6'))
  net.order(alice, { verb: 'queryBindings' })
  assert.equal(alice.sent[0]!.message.header(Header.CONTACT), undefined)
  assert.deepEqual(alice.registration.bindings, [
    { uri: 'sip:a@h', q: undefined, expiresS: 5 },
    { uri: 'sip:b@h;transport=tcp', q: 0.25, expiresS: 6 },
  ])
  assert.equal(alice.registration.state, 'none')
})

test('several contacts can be registered at once', () => {
  const [net, alice] = setUp(accept())
  const contacts = [
    { uri: 'sip:a@h', q: 0.5 },
    { uri: 'sip:b@h', expiresS: 60 },
  ]
  net.order(alice, { verb: 'register', contacts })
  assert.deepEqual(alice.sent[0]!.message.valuesOf(Header.CONTACT), [
    '<sip:a@h>;q=0.5',
    '<sip:b@h>;expires=60',
  ])
})

test('423 makes the phone ask for the time the registrar wants, but not for ever', () => {
  const [net, alice] = setUp((request) => {
    const asked = Number(request.header(Header.EXPIRES))
    return asked < 300
      ? [response(request, '423 Interval Too Brief', 'r', 'Min-Expires: 300')]
      : accept()(request)
  })
  net.order(alice, { verb: 'register', expiresS: 60 })
  assert.deepEqual([alice.registration.state, alice.registration.grantedS], ['registered', 300])

  let least = 100
  const [mad, bob] = setUp((request) => [response(request, '423 No', 'r', `Min-Expires: ${least++}`)])
  mad.order(bob, { verb: 'register', expiresS: 60 })
  assert.deepEqual([bob.registration.state, bob.registration.status], ['refused', 423])
  assert.equal(bob.registration.requests, 4)
})

test('a registrar that stays silent refuses with 408 after 32 s', () => {
  const [net, alice] = setUp(() => [])
  net.order(alice, { verb: 'register' })
  net.run(31_999)
  assert.equal(alice.registration.state, 'registering')
  net.run(1)
  assert.deepEqual([alice.registration.state, alice.registration.status], ['refused', 408])
})

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/** A registrar that wants alice's password "secret"; it judges by RFC 2617's formula, written out here again. */
function wantsDigest(request: Message): string[] {
  const value = request.headerNamed('Authorization')
  if (value === undefined)
    return [
      response(
        request,
        '401 Unauthorized',
        'r',
        'WWW-Authenticate: Digest realm="ex, ample", nonce="n1", qop="auth,auth-int", opaque="o"',
      ),
    ]
  const of = (name: string) => new RegExp(`[ ,]${name}="?([^",]*(?:, ample)?)`).exec(value)?.[1]
  const a1 = md5('alice:ex, ample:secret')
  const a2 = md5(`REGISTER:${of('uri')}`)
  const right = md5(`${a1}:n1:${of('nc')}:${of('cnonce')}:${of('qop')}:${a2}`)
  return of('response') === right && of('opaque') === 'o'
    ? accept(`Contact: <${CONTACT}>;expires=60`)(request)
    : [response(request, '403 Forbidden', 'r')]
}

test('a challenge is answered with a digest and the next CSeq', () => {
  const [net, alice] = setUp(wantsDigest, { password: 'secret' })
  net.order(alice, { verb: 'register' })
  assert.equal(alice.registration.state, 'registered')
  assert.deepEqual(
    alice.sent.map(({ message }) => message.header(Header.CSEQ)),
    ['1 REGISTER', '2 REGISTER'],
  )
  const challenge = { at: 0, method: 'REGISTER', status: 401, realm: 'ex, ample', stale: false }
  assert.deepEqual(alice.challenges, [challenge])
})

test('a wrong password is refused; no password leaves the 401 as the answer', () => {
  const [net, alice] = setUp(wantsDigest, { password: 'wrong' })
  net.order(alice, { verb: 'register' })
  assert.deepEqual([alice.registration.state, alice.registration.status], ['refused', 403])
  const [other, bob] = setUp(wantsDigest)
  other.order(bob, { verb: 'register' })
  assert.deepEqual([bob.registration.status, bob.registration.requests], [401, 1])
})

test('a registrar that never accepts the digest is asked twice only, a stale nonce is followed a few times', () => {
  const [net, alice] = setUp(
    (request) => [response(request, '401 No', 'r', 'WWW-Authenticate: Digest realm="r", nonce="n"')],
    { password: 'x' },
  )
  net.order(alice, { verb: 'register' })
  assert.deepEqual([alice.registration.status, alice.registration.requests], [401, 2])
  const [endless, bob] = setUp(
    (request) => [
      response(request, '401 No', 'r', 'WWW-Authenticate: Digest realm="r", nonce="n", stale=true'),
    ],
    { password: 'x' },
  )
  endless.order(bob, { verb: 'register' })
  assert.deepEqual([bob.registration.status, bob.registration.requests], [401, 4])
})

test('an INVITE challenged by a proxy is acknowledged, sent again with credentials, and its ACK carries them too', () => {
  const [net, alice] = setUp(
    (request) => {
      if (request.method === 'ACK') return []
      if (request.headerNamed('Proxy-Authorization') !== undefined)
        return [response(request, '200 OK', 'b', `Contact: <sip:b@10.0.0.1:${REGISTRAR}>`)]
      return [
        response(
          request,
          '407 Proxy Authentication Required',
          'p',
          'Proxy-Authenticate: Digest realm="r", nonce="n"',
        ),
      ]
    },
    { password: 'x' },
  )
  net.order(alice, { verb: 'call', target: 'bob' })
  assert.deepEqual(
    alice.sent.map(({ message }) => `${message.method} ${message.header(Header.CSEQ)}`),
    ['INVITE 1 INVITE', 'ACK 1 ACK', 'INVITE 2 INVITE', 'ACK 2 ACK'],
  )
  assert.ok(alice.sent[3]!.message.headerNamed('Proxy-Authorization')!.includes('realm="r"'))
  assert.equal(alice.calls[0]!.state, 'established')
})
