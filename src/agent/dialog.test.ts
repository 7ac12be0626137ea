// Within and around dialogs: re-INVITE, hold, other requests, route sets, forks, refusals, transfer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../errors.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import { BackToBack, response } from './back-to-back.js'
import type { Phone } from './phone.js'

const ALICE = 5070
const BOB = 5080
const BOB_URI = 'sip:bob@10.0.0.1:5080'

function inCall(): { net: BackToBack; alice: Phone; bob: Phone } {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const bob = net.phone('bob', BOB, { behaviour: { incoming: { kind: 'answer' } } })
  net.order(alice, { verb: 'call', target: BOB_URI })
  assert.equal(bob.calls[0]!.state, 'established')
  return { net, alice, bob }
}

test('hold and resume: sendonly is answered with recvonly, the session version counts up', () => {
  const { net, alice, bob } = inCall()
  net.order(alice, { verb: 'hold' })
  assert.match(bob.calls[0]!.sdpRemote!, /a=sendonly/)
  assert.match(alice.calls[0]!.sdpRemote!, /a=recvonly/)
  assert.deepEqual([alice.calls[0]!.hold, bob.calls[0]!.hold], ['local', 'remote'])
  net.order(alice, { verb: 'resume' })
  assert.deepEqual([alice.calls[0]!.hold, bob.calls[0]!.hold], ['none', 'none'])
  assert.match(bob.calls[0]!.sdpRemote!, /o=- 1 3 IN IP4/)
  assert.equal(bob.received.at(-1)!.message.header(Header.CSEQ), '3 ACK')
  assert.deepEqual(
    alice.requests.map(({ method, status }) => `${method} ${status}`),
    ['INVITE 200', 'INVITE 200'],
  )
})

test('the callee can offer too, and both stay in the call', () => {
  const { net, alice, bob } = inCall()
  net.order(bob, { verb: 'reinvite' })
  assert.deepEqual(
    bob.requests.map(({ status }) => status),
    [200],
  )
  assert.deepEqual([alice.calls[0]!.state, bob.calls[0]!.state], ['established', 'established'])
  assert.equal(net.wire.at(-1)!.bytes.slice(0, 3), 'ACK')
})

test('two re-INVITEs that cross are both refused with 491, and the one who called waits longer', () => {
  const { net, alice, bob } = inCall()
  net.delayMs = 50
  net.order(alice, { verb: 'hold' })
  net.order(bob, { verb: 'reinvite' })
  net.run(100)
  const refusals = net.wire.filter(({ bytes }) => bytes.startsWith('SIP/2.0 491'))
  assert.deepEqual(refusals.map(({ from }) => from).sort(), [ALICE, BOB])
  net.run(5000)
  assert.deepEqual(
    bob.requests.map(({ status }) => status),
    [491, 200],
  )
  assert.deepEqual(
    alice.requests.map(({ status }) => status),
    [491, 200],
  )
  const again = net.wire.filter(({ at, bytes }) => at > 100 && bytes.startsWith('INVITE'))
  assert.deepEqual(
    again.map(({ from }) => from),
    [BOB, ALICE],
  )
})

test('a refused re-INVITE leaves the call as it was', () => {
  const { net, alice, bob } = inCall()
  net.order(bob, { verb: 'behave', statuses: { INVITE: 488 } })
  net.order(alice, { verb: 'hold' })
  assert.deepEqual([alice.calls[0]!.hold, alice.calls[0]!.state], ['none', 'established'])
  assert.equal(alice.requests[0]!.status, 488)
})

test('a re-INVITE answered with 481 ends the call', () => {
  const { net, alice, bob } = inCall()
  net.order(bob, { verb: 'behave', statuses: { INVITE: 481 } })
  net.order(alice, { verb: 'hold' })
  assert.equal(alice.calls[0]!.state, 'ended')
})

test('other requests within the call: INFO, MESSAGE, OPTIONS, UPDATE are answered with 200', () => {
  const { net, alice, bob } = inCall()
  for (const method of ['INFO', 'MESSAGE', 'OPTIONS', 'UPDATE'])
    net.order(alice, { verb: 'request', method, within: true, body: method === 'MESSAGE' ? 'hello' : '' })
  assert.deepEqual(
    alice.requests.map(({ method, status }) => `${method} ${status}`),
    ['INFO 200', 'MESSAGE 200', 'OPTIONS 200', 'UPDATE 200'],
  )
  const last = bob.received.at(-1)!.message
  assert.deepEqual([last.toTag, last.fromTag], [bob.calls[0]!.localTag, bob.calls[0]!.remoteTag])
  assert.equal(last.header(Header.CSEQ), '5 UPDATE')
})

test('an UPDATE with a new Contact moves the remote target', () => {
  const { net, alice, bob } = inCall()
  const headers = [['Contact', '<sip:alice@10.0.0.1:5999>']] as const
  net.order(alice, { verb: 'request', method: 'UPDATE', within: true, headers })
  assert.equal(bob.calls[0]!.remoteTarget, 'sip:alice@10.0.0.1:5999')
})

test('an unknown method is refused with 501, one not served with 405 and Allow, a required extension with 420', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB)
  net.order(alice, { verb: 'request', method: 'FLY', target: BOB_URI })
  net.order(alice, { verb: 'request', method: 'SUBSCRIBE', target: BOB_URI })
  assert.deepEqual(
    alice.requests.map(({ status }) => status),
    [501, 405],
  )
  assert.match(alice.received.at(-1)!.message.headerNamed('Allow')!, /INVITE, ACK, CANCEL, BYE/)
  net.order(alice, {
    verb: 'request',
    method: 'OPTIONS',
    target: BOB_URI,
    headers: [['Require', 'wings, tail']],
  })
  assert.equal(alice.requests[2]!.status, 420)
  assert.equal(alice.received.at(-1)!.message.headerNamed('Unsupported'), 'wings, tail')
})

test('OPTIONS outside of calls tells what the phone can do', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB, { behaviour: { supported: ['path'] }, userAgent: 'Bob/1' })
  net.order(alice, { verb: 'request', method: 'OPTIONS', target: BOB_URI })
  const { message } = alice.received[0]!
  assert.deepEqual(
    ['Allow', 'Accept', 'Supported', 'User-Agent', 'Contact'].map((name) => message.headerNamed(name)),
    [
      'INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, INFO, NOTIFY, UPDATE, PRACK, REFER',
      'application/sdp',
      'path',
      'Bob/1',
      `<${BOB_URI}>`,
    ],
  )
})

test('a request for a dialog that does not exist, and a CANCEL of nothing, get 481', () => {
  const { net, alice } = inCall()
  const request = (method: string, to: string, branch: string) =>
    [
      `${method} ${BOB_URI} SIP/2.0`,
      `Via: SIP/2.0/UDP 10.0.0.1:5999;branch=z9hG4bK${branch}`,
      'Max-Forwards: 70',
      'From: <sip:x@y>;tag=1',
      `To: <sip:bob@z>${to}`,
      'Call-ID: nobody',
      `CSeq: 1 ${method}`,
      '',
      '',
    ].join('\r\n')
  const before = net.wire.length
  for (const [index, method] of ['BYE', 'INFO', 'OPTIONS', 'INVITE'].entries())
    net.inject(5999, BOB, request(method, ';tag=no', String(index)))
  net.inject(5999, BOB, request('BYE', '', 'a'))
  net.inject(5999, BOB, request('CANCEL', '', 'b'))
  net.inject(5999, BOB, request('ACK', ';tag=no', 'c'))
  assert.deepEqual(net.lines(BOB, before), Array(6).fill('0 481 Call/Transaction Does Not Exist'))
  assert.equal(alice.calls[0]!.state, 'established')
})

test('a request within the dialog with a lower CSeq than before gets 500', () => {
  const { net, alice, bob } = inCall()
  net.order(alice, { verb: 'request', method: 'INFO', within: true, headers: [['CSeq', '7 INFO']] })
  net.order(alice, { verb: 'request', method: 'INFO', within: true, headers: [['CSeq', '6 INFO']] })
  assert.equal(alice.requests[1]!.status, 500)
  assert.equal(bob.calls[0]!.state, 'established')
})

/** A proxy that forwards INVITEs twice over different paths would look like this to the phone. */
test('the same INVITE over two paths is answered with 482 the second time', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB)
  net.order(alice, { verb: 'call', target: BOB_URI })
  const copy = net.wire[0]!.bytes.replace(/branch=z9hG4bK/, 'branch=z9hG4bKother')
  net.inject(ALICE, BOB, copy)
  assert.equal(net.lines(BOB).at(-1), '0 482 Loop Detected')
})

test('the route set: Record-Routes reversed for the caller, in order for the callee, loose routing keeps the target', () => {
  const net = new BackToBack()
  const proxy = { transport: 'udp', address: '10.0.0.1', port: 5060 } as const
  const alice = net.phone('alice', ALICE, { proxy })
  const seen: Message[] = []
  net.stub(5060, (request) => {
    seen.push(request)
    const routes = ['Record-Route: <sip:10.0.0.1:5062;lr>, <sip:10.0.0.1:5060;lr>', `Contact: <${BOB_URI}>`]
    return request.method === 'ACK' ? [] : [response(request, '200 OK', 'b', ...routes)]
  })
  net.order(alice, { verb: 'call', target: 'bob' })
  net.order(alice, { verb: 'hangup' })
  assert.deepEqual(
    seen.map(({ method, requestUri }) => `${method} ${requestUri}`),
    ['INVITE sip:bob@example.com', `ACK ${BOB_URI}`, `BYE ${BOB_URI}`],
  )
  assert.deepEqual(seen[2]!.valuesOf(Header.ROUTE), ['<sip:10.0.0.1:5060;lr>', '<sip:10.0.0.1:5062;lr>'])
  assert.deepEqual(alice.calls[0]!.routeSet, ['<sip:10.0.0.1:5060;lr>', '<sip:10.0.0.1:5062;lr>'])
})

test('a strict router gets itself in the Request-URI and the target as the last route', () => {
  const net = new BackToBack()
  const proxy = { transport: 'udp', address: '10.0.0.1', port: 5060 } as const
  const alice = net.phone('alice', ALICE, { proxy })
  const seen: Message[] = []
  net.stub(5060, (request) => {
    seen.push(request)
    const headers = [
      'Record-Route: <sip:10.0.0.1:5062;lr>',
      'Record-Route: <sip:10.0.0.1:5060>',
      `Contact: <${BOB_URI}>`,
    ]
    return request.method === 'ACK' ? [] : [response(request, '200 OK', 'b', ...headers)]
  })
  net.order(alice, { verb: 'call', target: 'bob' })
  assert.equal(seen[1]!.requestUri, 'sip:10.0.0.1:5060')
  assert.deepEqual(seen[1]!.valuesOf(Header.ROUTE), ['<sip:10.0.0.1:5062;lr>', `<${BOB_URI}>`])
})

test('a forked call: every 2xx is acknowledged, all but the first answer are hung up', () => {
  const net = new BackToBack()
  const proxy = { transport: 'udp', address: '10.0.0.1', port: 5060 } as const
  const alice = net.phone('alice', ALICE, { proxy })
  const seen: string[] = []
  net.stub(5060, (request) => {
    seen.push(`${request.method} ${request.toTag ?? ''}`)
    const answer = (tag: string) => response(request, '200 OK', tag, `Contact: <sip:${tag}@10.0.0.1:5060>`)
    if (request.method === 'INVITE')
      return [
        response(request, '180 Ringing', 'b1'),
        response(request, '180 Ringing', 'b2'),
        answer('b2'),
        answer('b1'),
        answer('b2'),
      ]
    return request.method === 'BYE' ? [response(request, '200 OK', '')] : []
  })
  net.order(alice, { verb: 'call', target: 'bob' })
  assert.deepEqual(seen, ['INVITE ', 'ACK b2', 'ACK b1', 'BYE b1', 'ACK b2'])
  const { state, answeredBy, ringback, remoteTag } = alice.calls[0]!
  assert.deepEqual(
    { state, answeredBy, ringback, remoteTag },
    {
      ...{ state: 'established', answeredBy: ['b2', 'b1'], ringback: 2, remoteTag: 'b2' },
    },
  )
})

test('extra forks are kept when the phone is told so', () => {
  const net = new BackToBack()
  const proxy = { transport: 'udp', address: '10.0.0.1', port: 5060 } as const
  const alice = net.phone('alice', ALICE, { proxy, behaviour: { endsExtraForks: false } })
  const seen: string[] = []
  net.stub(5060, (request) => {
    seen.push(request.method)
    return request.method === 'INVITE' ? ['b1', 'b2'].map((tag) => response(request, '200 OK', tag)) : []
  })
  net.order(alice, { verb: 'call', target: 'sip:bob@10.0.0.1:5060' })
  assert.deepEqual(seen, ['INVITE', 'ACK', 'ACK'])
})

test('a transfer: REFER, 202, a new call of the transferee, NOTIFYs about it', () => {
  const { net, alice, bob } = inCall()
  const carol = net.phone('carol', 5090, { behaviour: { incoming: { kind: 'answer' } } })
  net.order(alice, { verb: 'transfer', target: 'sip:carol@10.0.0.1:5090' })
  assert.equal(carol.calls[0]!.state, 'established')
  assert.equal(alice.requests[0]!.status, 202)
  const notes = alice.received
    .filter(({ message }) => message.method === 'NOTIFY')
    .map(({ message }) => message.body)
  assert.deepEqual(notes, ['SIP/2.0 100 Trying\r\n', 'SIP/2.0 200 OK\r\n'])
  assert.equal(bob.calls.length, 2)
})

test('a BYE of the caller before the answer ends the callee: 200 to BYE, 487 to the INVITE', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  const bob = net.phone('bob', BOB)
  net.order(alice, { verb: 'call', target: BOB_URI })
  net.order(alice, { verb: 'request', method: 'BYE', within: true })
  assert.equal(bob.calls[0]!.state, 'ended')
  assert.deepEqual(net.lines(BOB).slice(1).sort(), ['0 200 OK', '0 487 Request Terminated'])
})

test('a body that the phone does not understand gets 415 and Accept', () => {
  const net = new BackToBack()
  const alice = net.phone('alice', ALICE)
  net.phone('bob', BOB)
  net.order(alice, { verb: 'call', target: BOB_URI, body: '<x/>', headers: [['Content-Type', 'text/xml']] })
  assert.equal(alice.calls[0]!.status, 415)
  assert.equal(alice.received[0]!.message.headerNamed('Accept'), 'application/sdp')
})

test('an order that cannot be carried out says what there is', () => {
  const { net, alice, bob } = inCall()
  const message = (act: () => void): string => {
    let text = ''
    assert.throws(act, (error: unknown) => error instanceof UsageError && (text = error.message) !== '')
    return text
  }
  assert.equal(
    message(() => net.order(bob, { verb: 'answer' })),
    'phone bob has no call to answer; it has call 1 (callee): established',
  )
  assert.match(
    message(() => net.order(alice, { verb: 'hangup', call: 9 })),
    /no call 9 to hang up/,
  )
  assert.match(
    message(() => net.order(alice, { verb: 'fly' } as never)),
    /a phone has no order "fly"; it has call, ring/,
  )
  assert.match(
    message(() => net.order(alice, { verb: 'respond', status: 200 })),
    /no unanswered request/,
  )
})
