// What is refused before the script runs, and what becomes of the refusal's ACK.

import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import { brief, request, RouteRun } from '../modules/route-run.js'

const SCRIPT = 'loadmodule "sl"\nloadmodule "tm"\nroute { t_relay(); }'
const INVITE = request('INVITE', 'sip:bob@10.0.0.2', { cseq: 1 }).replace('CSeq: 1 INVITE', 'CSeq: 1 BYE')

function ack(toTag: string): string {
  return request('ACK', 'sip:bob@10.0.0.2', { to: `<sip:bob@example.com>;tag=${toTag}` })
}

it('the ACK of a refusal goes no further, another one does', () => {
  const run = new RouteRun(SCRIPT, 'rfc3261')
  const [refused] = run.receive(INVITE)
  assert.equal(brief(refused!), '10.0.0.1 400')
  const tag = /^To: .*;tag=(\S+)/m.exec(refused!.bytes)![1]!
  assert.deepEqual(run.receive(ack(tag)).map(brief), [])
  assert.deepEqual(run.receive(ack('another')).map(brief), ['10.0.0.2 ACK'])
})
