// Content-Length follows the edits of a body, and nothing else (the original leaves a wrong one as it is).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerValues, request, runRoute, type Sent } from '../modules/route-run.js'

function relayed(script: string, text: string): Sent {
  const run = runRoute(`route { ${script} t_relay(); }`, text)
  return run.sent.find(({ bytes }) => bytes.startsWith('INVITE'))!
}

const invite = (uri = 'sip:bob@10.0.0.2') => request('INVITE', uri, { body: 'v=0 alpha beta' })

const bodyOf = ({ bytes }: Sent): string => bytes.slice(bytes.indexOf('\r\n\r\n') + 4)

test('an edited body has its new length', () => {
  const sent = relayed('replace("alpha", "something"); replace("beta", "");', invite())
  assert.equal(bodyOf(sent), 'v=0 something ')
  assert.deepEqual(headerValues(sent, 'Content-Length'), ['14'])
})

test('edited headers change nothing, and a wrong length of a body that nobody edited stays', () => {
  assert.deepEqual(headerValues(relayed('append_hf("X: y\\r\\n");', invite()), 'Content-Length'), ['14'])
  const wrong = invite().replace('Content-Length: 14', 'Content-Length: 7')
  assert.deepEqual(headerValues(relayed('', wrong), 'Content-Length'), ['7'])
})

test('on a stream there is always one, for the body as it is sent', () => {
  const without = invite('sip:bob@10.0.0.2;transport=tcp').replace('Content-Length: 14\r\n', '')
  assert.deepEqual(headerValues(relayed('', without), 'Content-Length'), ['14'])
  assert.deepEqual(headerValues(relayed('replace("alpha", "1");', without), 'Content-Length'), ['10'])
})

test('a message whose headers have no end gets no length that it did not have', () => {
  const open = invite().replace(/Content-Length[^]*$/, 'Content-Length: 5\r\n')
  const run = runRoute('route { append_hf("X: y\\r\\n"); forward("10.0.0.2", 5060); }', open)
  for (const sent of run.sent) assert.deepEqual(headerValues(sent, 'Content-Length'), ['5'])
})
