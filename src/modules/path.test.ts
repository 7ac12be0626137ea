// The proxy next to the phones: its Path, and the flows that it names (RFC 3327, RFC 5626).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, CALLER, headerValues, request, RouteRun, type Sent } from './route-run.js'

const SCRIPT = `route {
  flow_route();
  if (method == "REGISTER") add_path_flow();
  if (method == "INVITE") record_route_flow();
  if (method == "OPTIONS") add_path();
  loose_route();
  t_relay(); }`
const HOME = { address: '10.0.0.2', port: 5060 }

function relayed(sent: readonly Sent[]): Sent {
  return sent.find(({ bytes }) => !bytes.startsWith('SIP/'))!
}

const register = (headers: readonly string[] = []) =>
  request('REGISTER', 'sip:10.0.0.2;transport=udp', { headers })

/** A phone's flow over a stream: the engine, and the Path that names it. */
function overTcp(): { run: RouteRun; path: string } {
  const run = new RouteRun(SCRIPT)
  const sent = run.receive(register(), {
    from: { ...CALLER, port: 40_000 },
    transport: 'tcp',
    connection: 31,
  })
  return { run, path: headerValues(relayed(sent), 'Path')[0]! }
}

function fromHome(run: RouteRun, route: string): Sent[] {
  const parts = { headers: [`Route: ${route}`], branch: 'z9hG4bKhome' }
  return run.receive(request('INVITE', 'sip:alice@192.0.2.1', parts), { from: HOME })
}

test('add_path puts our address above the Path that is there', () => {
  const run = new RouteRun(SCRIPT)
  const sent = run.receive(request('OPTIONS', 'sip:10.0.0.2', { headers: ['Path: <sip:inner;lr>'] }))
  assert.deepEqual(headerValues(relayed(sent), 'Path'), ['<sip:10.0.0.9;lr>', '<sip:inner;lr>'])
})

test('the Path of a flow names it, and leads back over its connection', () => {
  const { run, path } = overTcp()
  assert.match(path, /^<sip:tcp-10\.0\.0\.9-5060-10\.0\.0\.1-40000-1f-[0-9a-f]{20}@10\.0\.0\.9;lr;ob>$/)
  const invite = relayed(fromHome(run, path))
  assert.deepEqual([invite.transport, invite.to], ['tcp', '10.0.0.1:40000'])
  assert.deepEqual(headerValues(invite, 'Route'), [])
})

test('a flow over datagrams leads back to where they came from', () => {
  const run = new RouteRun(SCRIPT)
  const sent = run.receive(register(), { from: { ...CALLER, port: 40_000 } })
  const [path] = headerValues(relayed(sent), 'Path')
  assert.equal(relayed(fromHome(run, path!)).to, '10.0.0.1:40000')
})

test('a name that is forged is refused with 403, a flow that is gone with 430', () => {
  const { run, path } = overTcp()
  assert.deepEqual(fromHome(run, path.replace('10.0.0.1-', '10.0.0.7-')).map(brief), ['10.0.0.2 403'])
  assert.deepEqual(fromHome(run, '<sip:x@10.0.0.9;lr>').map(brief), ['10.0.0.2 403'])
  run.give({ type: 'closed', connection: 31, transport: 'tcp', remote: CALLER, reason: 'closed' })
  assert.deepEqual(fromHome(run, path).map(brief), ['10.0.0.2 430'])
})

test('what came through another proxy is no flow to the phone', () => {
  const run = new RouteRun(SCRIPT)
  const sent = run.receive(register(['Via: SIP/2.0/UDP phone;branch=z9hG4bKp']))
  assert.deepEqual(headerValues(relayed(sent), 'Path'), ['<sip:10.0.0.9;lr>'])
})

test('the Record-Route of a flow names it; a request of the phone itself goes the other way', () => {
  const run = new RouteRun(SCRIPT)
  const invite = relayed(run.receive(request('INVITE', 'sip:bob@10.0.0.2')))
  const [route] = headerValues(invite, 'Record-Route')
  assert.match(route!, /^<sip:udp-10\.0\.0\.9-5060-10\.0\.0\.1-5060--[0-9a-f]{20}@10\.0\.0\.9;/)
  const bye = (from: typeof HOME, branch: string) =>
    relayed(run.receive(request('BYE', 'sip:x@10.0.0.3', { headers: [`Route: ${route}`], branch }), { from }))
  assert.equal(bye(HOME, 'z9hG4bK1').to, '10.0.0.1:5060')
  assert.equal(bye(CALLER, 'z9hG4bK2').to, '10.0.0.3:5060')
})
