// Loops and breadth (RFC 5393), which SER does not look at.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, headerValues, OWN, request, responseTo, RouteRun, type Sent } from '../modules/route-run.js'

const FORKING = `route {
  if (method == "INVITE") { append_branch("sip:b@10.0.1.2"); append_branch("sip:c@10.0.1.3"); };
  t_on_failure("1");
  if (!t_relay()) sl_reply_error(); }
failure_route[1] { append_branch("sip:d@10.0.1.4"); t_relay(); }`

const INVITE = (headers: readonly string[] = []) => request('INVITE', 'sip:a@10.0.1.1', { headers })

/** The request as it comes back from somebody it was sent to. */
function returned({ bytes }: Sent, change: (text: string) => string = (text) => text): string {
  return change(bytes.replace('\r\nVia', '\r\nVia: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bKback\r\nVia'))
}

function again(change?: (text: string) => string): string[] {
  const run = new RouteRun(FORKING, 'rfc3261')
  const [, relayed] = run.receive(INVITE())
  return run.receive(returned(relayed!, change), { from: { ...OWN, address: '10.0.1.1' } }).map(brief)
}

test('what comes back to go where it went is a loop', () => {
  assert.deepEqual(again(), ['10.0.1.1 482'])
})

for (const [what, change] of [
  ['another Request-URI', (text: string) => text.replace('sip:a@', 'sip:x@')],
  ['another Route', (text: string) => text.replace('\r\nTo', '\r\nRoute: <sip:10.0.2.2;lr>\r\nTo')],
  ['credentials', (text: string) => text.replace('\r\nTo', '\r\nProxy-Authorization: Digest a="b"\r\nTo')],
  ['another CSeq', (text: string) => text.replace('CSeq: 1', 'CSeq: 2')],
  ['another tag', (text: string) => text.replace('tag=a1', 'tag=a2')],
] as const)
  test(`with ${what} it is none`, () => {
    assert.notDeepEqual(again(change), ['10.0.1.1 482'])
  })

test('the branch parameter of a loop is still ours: its responses find the call', () => {
  const run = new RouteRun('route { t_relay(); }', 'rfc3261')
  const [, relayed] = run.receive(INVITE())
  assert.deepEqual(run.receive(responseTo(relayed, 180)).map(brief), ['10.0.0.1 180'])
})

const breadths = (sent: readonly Sent[]): (readonly string[])[] =>
  sent.filter(({ bytes }) => bytes.startsWith('INVITE')).map((one) => headerValues(one, 'Max-Breadth'))

test('the breadth is shared out, and that of branches that have ended is free again', () => {
  const run = new RouteRun(FORKING, 'rfc3261')
  const sent = run.receive(INVITE(['Max-Breadth: 7']))
  assert.deepEqual(breadths(sent), [['2'], ['2'], ['2']])
  for (const relayed of sent.slice(1, 3))
    assert.deepEqual(breadths(run.receive(responseTo(relayed, 486))), [])
  assert.deepEqual(breadths(run.receive(responseTo(sent[3], 486))), [['7']])
})

test('without the header it is 60, and SER knows nothing of it', () => {
  assert.deepEqual(breadths(new RouteRun(FORKING, 'rfc3261').receive(INVITE())), [['20'], ['20'], ['20']])
  assert.deepEqual(breadths(new RouteRun(FORKING).receive(INVITE(['Max-Breadth: 1']))), [['1'], ['1'], ['1']])
})

test('with too little breadth the request is refused with 440, and goes to nobody', () => {
  for (const breadth of [0, 2]) {
    const sent = new RouteRun(FORKING, 'rfc3261').receive(INVITE([`Max-Breadth: ${breadth}`]))
    assert.deepEqual(sent.map(brief), ['10.0.0.1 100', '10.0.0.1 440'])
  }
})
