// Requests of our own: where they go, what they look like, and what comes of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RouteRun, brief, headerValues, responseTo } from '../route-run.js'
import { tm } from './index.js'
import { sendOwn, type OwnRequest } from './uac.js'

const BOB = { address: '10.0.0.2', port: 5060 }

/** An engine that has been told to send; the statuses that it is told of are kept. */
function sending(wanted: Partial<OwnRequest> = {}, profile: 'ser' | 'rfc3261' = 'ser') {
  const run = new RouteRun('alias=own.example\nroute { break; }', profile)
  const statuses: number[] = []
  const request = {
    method: 'MESSAGE',
    uri: 'sip:bob@10.0.0.2',
    from: 'sip:a@b',
    to: 'sip:c@d',
    headers: '',
    body: '',
  }
  sendOwn(run.engine.use(tm), { ...request, ...wanted }, (status) => statuses.push(status))
  // What was sent leaves with the next input.
  const sent = run.give({ type: 'wake' })
  return { run, statuses, sent }
}

test('a request is complete, and its response ends it', () => {
  const { run, statuses, sent } = sending({ headers: 'Subject: x\r\n', body: 'hi' })
  const [message] = sent
  assert.match(
    message!.bytes,
    /^MESSAGE sip:bob@10.0.0.2 SIP\/2.0\r\nVia: SIP\/2.0\/UDP 10.0.0.9;branch=z9hG4bK[^\r]+\r\nFrom: <sip:a@b>;tag=\w{16}\r\nTo: <sip:c@d>\r\nCall-ID: \w{32}@10.0.0.9\r\nCSeq: 1 MESSAGE\r\nSubject: x\r\nUser-Agent: Sipwright\r\nContent-Length: 2\r\n\r\nhi$/,
  )
  run.receive(responseTo(message, 100), { from: BOB })
  run.receive(responseTo(message, 202), { from: BOB })
  run.receive(responseTo(message, 200), { from: BOB })
  assert.deepEqual(statuses, [202])
  run.until(60_000)
  assert.equal(run.engine.use(tm).store.count, 0)
})

test('by the RFC it has Max-Forwards', () => {
  assert.deepEqual(headerValues(sending({}, 'rfc3261').sent[0]!, 'Max-Forwards'), ['70'])
})

test('over UDP it is sent again until it times out', () => {
  const { run, statuses } = sending()
  assert.equal(run.until(31_000).filter((one) => one.bytes.startsWith('MESSAGE')).length > 5, true)
  assert.deepEqual(statuses, [408])
})

test('the URI says over what, a name is looked up, and our own domain is us', () => {
  assert.equal(sending({ uri: 'sip:bob@10.0.0.2;transport=tcp' }).sent[0]!.transport, 'tcp')
  const named = sending({ uri: 'sip:bob@there.example:5070' })
  assert.deepEqual(named.sent, [])
  assert.deepEqual(named.run.answer({ kind: 'addresses', addresses: ['10.0.0.7'] }).map(brief), [
    '10.0.0.7 MESSAGE',
  ])
  assert.equal(sending({ uri: 'sip:bob@own.example' }).sent[0]!.to, '10.0.0.9:5060')
})

test('what leads nowhere, or would begin a line of its own, is not sent', () => {
  for (const wanted of [
    { uri: 'tel:+49' },
    { uri: 'sip:bob@10.0.0.2;transport=smoke' },
    { uri: 'sip:bob@10.0.0.2\r\nX: y' },
    { from: 'sip:a@b>\r\nX: y' },
    { to: 'sip:a\0@b' },
  ]) {
    const { statuses, sent } = sending(wanted)
    assert.deepEqual([statuses, sent], [[478], []], JSON.stringify(wanted))
  }
  const { run, statuses } = sending({ uri: 'sip:bob@nowhere.example:5060' })
  run.answer({ kind: 'failure', reason: 'NXDOMAIN' })
  run.answer({ kind: 'failure', reason: 'NXDOMAIN' })
  assert.deepEqual(statuses, [478])
  const six = sending({ uri: 'sip:bob@[2001:db8::1]' })
  assert.deepEqual([six.statuses, six.sent], [[503], []])
})
