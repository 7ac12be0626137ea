// Record-Route and Route: every row of the table of the recorded server, and what the RFC wants instead.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileName } from '../proxy/profile.js'
import { headerValues, OWN, request, RouteRun, runRoute, type Sent } from './route-run.js'

const RECORDING = 'route { record_route(); forward(10.0.1.1, 5060); }'
const LOOSE = `route {
  if (loose_route()) { t_relay(); break; };
  sl_send_reply("404", "Not routed"); }`

function first(script: string, text: string, profile: ProfileName = 'ser'): Sent {
  const sent = runRoute(script, text, { profile }).sent.filter(({ bytes }) => !/^SIP\/2.0 100/.test(bytes))
  assert.equal(sent.length, 1)
  return sent[0]!
}

function routed(routes: readonly string[], uri = 'sip:bob@10.0.1.1', profile: ProfileName = 'ser') {
  const headers = [...routes.map((route) => `Route: ${route}`), 'Max-Forwards: 70']
  const sent = first(LOOSE, request('BYE', uri, { headers }), profile)
  return { to: sent.to, line: sent.bytes.split('\r\n')[0]!, routes: headerValues(sent, 'Route') }
}

test('Record-Route shows our address, the tag of From and lr, and stands above all other headers', () => {
  const sent = first(
    RECORDING,
    request('INVITE', 'sip:bob@10.0.1.1', { headers: ['Record-Route: <sip:p;lr>'] }),
  )
  assert.deepEqual(headerValues(sent, 'Record-Route'), ['<sip:10.0.0.9;ftag=a1;lr>', '<sip:p;lr>'])
  assert.match(sent.bytes.split('\r\n')[1]!, /^Record-Route: <sip:10\.0\.0\.9/)
})

for (const [about, lines, value] of [
  ['enable_full_lr writes lr=on', 'modparam("rr", "enable_full_lr", 1)', '<sip:10.0.0.9;ftag=a1;lr=on>'],
  ['append_fromtag 0 leaves ftag out', 'modparam("rr", "append_fromtag", 0)', '<sip:10.0.0.9;lr>'],
  ['add_username writes the user', 'modparam("rr", "add_username", 1)', '<sip:bob@10.0.0.9;ftag=a1;lr>'],
  [
    'advertised address and port are shown',
    'advertised_address="sip.example.com"\nadvertised_port=5070',
    '<sip:sip.example.com:5070;ftag=a1;lr>',
  ],
] as const)
  test(about, () => {
    const sent = first(`${lines}\n${RECORDING}`, request('INVITE', 'sip:bob@10.0.1.1'))
    assert.deepEqual(headerValues(sent, 'Record-Route'), [value])
  })

test('record_route twice writes one header and complains', () => {
  const script = 'route { record_route(); record_route(); forward(10.0.1.1, 5060); }'
  const run = runRoute(script, request('INVITE', 'sip:bob@10.0.1.1'))
  assert.equal(headerValues(run.sent[0]!, 'Record-Route').length, 1)
  assert.deepEqual(run.logs, ['ERROR: record_route: called twice'])
})

test('record_route_preset writes the address it is given', () => {
  const script = 'route { record_route_preset("1.2.3.4:5090"); forward(10.0.1.1, 5060); }'
  assert.deepEqual(headerValues(first(script, request('INVITE', 'sip:bob@10.0.1.1')), 'Record-Route'), [
    '<sip:1.2.3.4:5090;ftag=a1;lr>',
  ])
})

test('a request that leaves over another transport gets two Record-Routes, the outgoing one on top', () => {
  const script = 'route { record_route(); t_relay_to_tcp("10.0.1.1", "5060"); }'
  const text = request('OPTIONS', 'sip:bob@10.0.1.1')
  assert.deepEqual(headerValues(first(script, text), 'Record-Route'), [
    '<sip:10.0.0.9;transport=tcp;r2=on;ftag=a1;lr>',
    '<sip:10.0.0.9;r2=on;ftag=a1;lr>',
  ])
  assert.deepEqual(
    headerValues(first(`modparam("rr", "enable_double_rr", 0)\n${script}`, text), 'Record-Route'),
    ['<sip:10.0.0.9;ftag=a1;lr>'],
  )
})

test('without Route loose_route is false', () => {
  assert.match(routed([]).line, /^SIP\/2\.0 404/)
})

test('our Route as the last one is false for SER and true by the RFC, which sends to the Request-URI', () => {
  assert.match(routed(['<sip:10.0.0.9;lr>']).line, /^SIP\/2\.0 404/)
  const sent = routed(['<sip:10.0.0.9;lr=on>'], 'sip:bob@10.0.1.1', 'rfc3261')
  assert.deepEqual(sent, { to: '10.0.1.1:5060', line: 'BYE sip:bob@10.0.1.1 SIP/2.0', routes: [] })
})

for (const routes of [['<sip:10.0.0.9;lr>', '<sip:10.0.2.2;lr>'], ['<sip:10.0.0.9;lr>, <sip:10.0.2.2;lr>']])
  test(`our Route is taken off and the next one is where it goes, ${routes.length} header(s)`, () => {
    assert.deepEqual(routed(routes), {
      to: '10.0.2.2:5060',
      line: 'BYE sip:bob@10.0.1.1 SIP/2.0',
      routes: ['<sip:10.0.2.2;lr>'],
    })
  })

test('both Routes of a double Record-Route are taken off', () => {
  const both = ['<sip:10.0.0.9;transport=tcp;r2=on;lr>', '<sip:10.0.0.9;r2=on;lr>', '<sip:10.0.2.2;lr>']
  assert.deepEqual(routed(both).routes, ['<sip:10.0.2.2;lr>'])
})

test('a Route of somebody else between the two stays', () => {
  const [ours, between] = ['<sip:10.0.0.9;r2=on;lr>', '<sip:10.0.2.2;lr>']
  const sent = routed([ours, between, ours])
  assert.equal(sent.to, '10.0.2.2:5060')
  assert.deepEqual(sent.routes, [between, ours])
})

test('a Route that is not ours is followed and kept', () => {
  assert.deepEqual(routed(['<sip:10.0.2.2:5070;lr>']), {
    to: '10.0.2.2:5070',
    line: 'BYE sip:bob@10.0.1.1 SIP/2.0',
    routes: ['<sip:10.0.2.2:5070;lr>'],
  })
})

test('before a strict router its URI goes into the request line and ours to the end of Route', () => {
  assert.deepEqual(routed(['<sip:10.0.0.9;lr>', '<sip:10.0.2.2>', '<sip:10.0.3.3;lr>']), {
    to: '10.0.2.2:5060',
    line: 'BYE sip:10.0.2.2 SIP/2.0',
    routes: ['<sip:10.0.3.3;lr>', '<sip:bob@10.0.1.1>'],
  })
})

test('behind a strict router the target is the last Route', () => {
  const routes = ['<sip:10.0.2.2;lr>', '<sip:bob@10.0.1.1>']
  assert.deepEqual(routed(routes, 'sip:10.0.0.9;ftag=a1;lr', 'rfc3261'), {
    to: '10.0.2.2:5060',
    line: 'BYE sip:bob@10.0.1.1 SIP/2.0',
    routes: ['<sip:10.0.2.2;lr>'],
  })
  const ser = routed(routes, 'sip:10.0.0.9;ftag=a1;lr')
  assert.equal(ser.line, 'BYE sip:10.0.0.9;ftag=a1;lr SIP/2.0', 'SER leaves the URI')
  assert.equal(ser.to, '10.0.2.2:5060')
})

test('a Route that cannot be read is ignored', () => {
  assert.match(routed(['<sip:10.0.2.2;lr']).line, /^SIP\/2\.0 404/)
})

const TLS = { transport: 'tls', address: OWN.address, port: 5061 } as const

test('what is to be secure has a sips Record-Route where TLS comes in, and one for SER as ever', () => {
  const recorded = (profile: ProfileName): string[] => {
    const run = new RouteRun('route { record_route(); t_relay(); }', profile, {}, [TLS])
    const relayed = run.receive(request('MESSAGE', 'sips:bob@10.0.1.1'))
    return headerValues(relayed[0]!, 'Record-Route')
  }
  assert.deepEqual(recorded('rfc3261'), ['<sips:10.0.0.9:5061;ftag=a1;lr>'])
  assert.deepEqual(recorded('ser'), [
    '<sip:10.0.0.9:5061;transport=tls;r2=on;ftag=a1;lr>',
    '<sip:10.0.0.9;r2=on;ftag=a1;lr>',
  ])
})

test('a request leaves by the socket that the second Route of ours names', () => {
  const other = { transport: 'tcp', address: OWN.address, port: 5070 } as const
  const run = new RouteRun(LOOSE, 'rfc3261', {}, [other])
  const headers = [
    'Route: <sip:10.0.0.9;r2=on;lr>',
    'Route: <sip:10.0.0.9:5070;transport=tcp;r2=on;lr>',
    'Max-Forwards: 70',
  ]
  const [sent] = run.receive(request('BYE', 'sip:bob@10.0.1.1;transport=tcp', { headers }))
  assert.match(headerValues(sent!, 'Via')[0]!, /^SIP\/2.0\/TCP 10\.0\.0\.9:5070;/)
})
